import '../native/target.ts';
