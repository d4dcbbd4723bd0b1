/** Element type codes of ONNX's TensorProto, one per dtype. */
import type { DType } from '../value.ts';

export const ONNX_DTYPE = {
  f32: 1,
  u8: 2,
  i32: 6,
  i64: 7,
  bool: 9,
  f16: 10,
  f64: 11,
  bf16: 16,
} as const satisfies Record<DType, number>;
