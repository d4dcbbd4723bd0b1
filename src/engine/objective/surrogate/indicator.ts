/** A condition as 1 or 0 of the dtype of `like`, for counting. No gradient. */
import type { Ops, Value } from '../define.ts';

export function indicator(g: Ops, condition: Value, like: Value): Value {
  return g.cast(condition, like.dtype);
}
