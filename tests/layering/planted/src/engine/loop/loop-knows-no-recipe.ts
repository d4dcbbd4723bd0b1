import '../recipes/target.ts';
