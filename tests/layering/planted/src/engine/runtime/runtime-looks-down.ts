import '../models/target.ts';
