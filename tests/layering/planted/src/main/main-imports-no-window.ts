import '../renderer/target.ts';
