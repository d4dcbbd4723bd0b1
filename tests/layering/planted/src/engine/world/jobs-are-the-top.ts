import '../jobs/target.ts';
