/** Finds the line of model or objective code that called into the graph room. */
const ROOM = /[\\/]engine[\\/]graph[\\/]/;
const DEPTH = 12;

/** `file:line:column` of the nearest caller outside this room; undefined where there is none. */
export function callSite(): string | undefined {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = DEPTH;
  const stack = new Error().stack ?? '';
  Error.stackTraceLimit = limit;
  for (const line of stack.split('\n').slice(1)) {
    if (ROOM.test(line) && !/[\\/]tests[\\/]/.test(line)) continue;
    const place = /\(?((?:file:\/\/)?[^()\s]+:\d+:\d+)\)?$/.exec(line)?.[1];
    if (place !== undefined && !line.includes('(node:')) return place.replace('file://', '');
  }
  return undefined;
}
