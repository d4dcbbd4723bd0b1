import '../runtime/target.ts';
