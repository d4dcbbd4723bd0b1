import '../loop/target.ts';
