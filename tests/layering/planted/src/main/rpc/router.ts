export type AppRouter = 1;
export const router = 1;
