/** JSON values as they cross processes, files and the command line. */
import { z } from 'zod';

/** Any JSON object; numbers may be NaN or infinite inside the engine, JSON text shows those as null. */
export const jsonObject = z.record(z.string(), z.unknown());
export type JsonObject = Readonly<Record<string, unknown>>;
