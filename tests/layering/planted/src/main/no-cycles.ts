import { b } from './partner.ts';
export const a = (): unknown => b;
