import '../advantage/target.ts';
