import '../storage/target.ts';
