import '../reward/target.ts';
