import '../views/target.ts';
