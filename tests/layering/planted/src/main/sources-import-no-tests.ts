import '../../tests/target.ts';
