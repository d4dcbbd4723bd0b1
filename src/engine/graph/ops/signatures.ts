/**
 * The language of graphs: one method per row of the op table, as model and objective code calls it.
 * A method without a row, or a row without a method, does not compile (`ops/index.ts`).
 * Letters as in `engine/glossary.md`; `...` is any number of leading axes. Axes may be negative.
 */
import type { Dim, DType, Value } from '../value.ts';

/** A number stands for a scalar constant of the other operand's dtype. */
export type Operand = Value | number;

export interface ReduceOptions {
  /** Axes reduced; all of them where absent. */
  readonly axes?: readonly number[];
  /** Keep reduced axes with size 1. Default false. */
  readonly keep?: boolean;
}
export interface NormOptions {
  readonly eps: number;
}
export interface AttentionOptions {
  /** H, query heads. */
  readonly heads: number;
  /** K, key and value heads; divides H. */
  readonly kvHeads: number;
  readonly causal: boolean;
  /** Factor on the scores, usually E ** -0.5. */
  readonly scale: number;
}
export type DecodeOptions = Omit<AttentionOptions, 'causal'>;

export interface ElementwiseOps {
  /** Arithmetic broadcasts both ways as in NumPy. */
  add(a: Operand, b: Operand): Value;
  sub(a: Operand, b: Operand): Value;
  mul(a: Operand, b: Operand): Value;
  div(a: Operand, b: Operand): Value;
  /** On a tie each side gets half of the gradient (as torch.minimum). */
  minimum(a: Operand, b: Operand): Value;
  maximum(a: Operand, b: Operand): Value;
  neg(x: Value): Value;
  exp(x: Value): Value;
  log(x: Value): Value;
  sqrt(x: Value): Value;
  sigmoid(x: Value): Value;
  /** log(1 + exp(x)), exact for large |x|. */
  softplus(x: Value): Value;
  tanh(x: Value): Value;
  erf(x: Value): Value;
  abs(x: Value): Value;
  sign(x: Value): Value;
  /** The gradient passes inside the bounds and on them; a bound may be infinite. */
  clamp(x: Value, low: number, high: number): Value;
  /** `condition ? a : b`, element by element. */
  where(condition: Value, a: Operand, b: Operand): Value;
  equal(a: Operand, b: Operand): Value;
  less(a: Operand, b: Operand): Value;
  greater(a: Operand, b: Operand): Value;
  lessEqual(a: Operand, b: Operand): Value;
  greaterEqual(a: Operand, b: Operand): Value;
  and(a: Value, b: Value): Value;
  or(a: Value, b: Value): Value;
  not(x: Value): Value;
  cast(x: Value, dtype: DType): Value;
  /** x in the forward pass, a constant in the backward one. */
  stopGradient(x: Value): Value;
}

export interface MatmulOps {
  /** [...,M,K] x [...,K,N] -> [...,M,N]; leading axes broadcast. */
  matmul(a: Value, b: Value): Value;
  /** op(a) op(b) of two matrices, where op transposes on request. */
  gemm(a: Value, b: Value, options?: { transA?: boolean; transB?: boolean }): Value;
  /** x [N,K], w [O,K], c? [O] or [N,O] -> x w^T + c [N,O]. */
  linear(x: Value, w: Value, c?: Value): Value;
}

export interface MovementOps {
  /** At most one symbolic size of `shape` may be new; the others keep their place in x. */
  reshape(x: Value, shape: readonly Dim[]): Value;
  /** x in the shape of `ref`, for shapes with several symbolic sizes. */
  reshapeLike(x: Value, ref: Value): Value;
  transpose(x: Value, perm: readonly number[]): Value;
  concat(xs: readonly Value[], axis: number): Value;
  /** Elements [start, end) of one axis; negative counts from the end; no end = to the end. */
  slice(x: Value, options: { axis: number; start: number; end?: number }): Value;
  /** Consecutive parts of the given sizes, which add up to the axis. */
  split(x: Value, options: { axis: number; sizes: readonly number[] }): readonly Value[];
  /** Parts of x as long as each of `refs`: the reverse of concat where sizes are symbolic. */
  splitLike(x: Value, refs: readonly Value[], axis: number): readonly Value[];
  /** x broadcast to the shape of `ref`, whose elements do not matter. A number takes ref's dtype. */
  expandLike(x: Operand, ref: Value): Value;
  /** Zeros before and after x on one axis. */
  pad(x: Value, options: { axis: number; before: number; after: number }): Value;
  /** Zeros shaped like `ref` with x at [start, ...) of one axis: the reverse of slice. */
  padLike(x: Value, ref: Value, options: { axis: number; start: number }): Value;
  /** As many elements of one axis as `ref` has, from `start`: the reverse of padLike. */
  sliceLike(x: Value, ref: Value, options: { axis: number; start: number }): Value;
  unsqueeze(x: Value, axis: number): Value;
  squeeze(x: Value, axis: number): Value;
}

export interface ReduceOps {
  sum(x: Value, options?: ReduceOptions): Value;
  mean(x: Value, options?: ReduceOptions): Value;
  /** Maximum; elements that tie for it share the gradient equally (as torch.amax). */
  max(x: Value, options?: ReduceOptions): Value;
  /** How many elements `sum` adds up: a scalar of x's dtype. */
  count(x: Value, options?: Pick<ReduceOptions, 'axes'>): Value;
  /** Over the last axis. */
  softmax(x: Value): Value;
  logSoftmax(x: Value): Value;
}

export interface IndexOps {
  /** table [R,...], index i32 [N] -> [N,...]. */
  gatherRows(table: Value, index: Value): Value;
  /** rows [N,D], index i32 [N], like [R,D] -> [R,D]: sums of the rows with each index, 0 where none. */
  scatterAddRows(rows: Value, index: Value, like: Value): Value;
  /** x [N,V], index i32 [N] -> x[n, index[n]] [N]. */
  takeAlong(x: Value, index: Value): Value;
  /** 0, 1, 2, ... along one axis of `ref`, i32. */
  positions(ref: Value, axis: number): Value;
}

export interface NormaliseOps {
  /** x [N,D], w [D] -> y = x * rstd * w, rstd [N] = (mean(x^2) + eps)^-1/2. */
  rmsNorm(x: Value, w: Value, options: NormOptions): { readonly y: Value; readonly rstd: Value };
  rmsNormGrad(
    dy: Value,
    x: Value,
    w: Value,
    rstd: Value,
  ): { readonly dx: Value; readonly dw: Value };
  /** sum = x + r, then rmsNorm(sum, w). */
  addRmsNorm(
    x: Value,
    r: Value,
    w: Value,
    options: NormOptions,
  ): { readonly sum: Value; readonly y: Value; readonly rstd: Value };
  /** dx is also the gradient of r. */
  addRmsNormGrad(
    dsum: Value,
    dy: Value,
    sum: Value,
    w: Value,
    rstd: Value,
  ): { readonly dx: Value; readonly dw: Value };
  /** gateUp [N,2F] -> silu(first half) * second half [N,F]. */
  swiglu(gateUp: Value): Value;
  swigluGrad(gateUp: Value, dh: Value): Value;
}

export interface AttentionOps {
  /**
   * Rotary + softmax attention over packed rows. qkv [N,(H+2K)E], cos and sin [N,E],
   * segments i32 [M,4] = (start, length, prefixStart, prefixLength): a row of a segment sees the
   * rows of the prefix and those of its own segment (up to itself where causal).
   * @returns out [N,H*E]; lse [N,H], natural log of the softmax denominators; kv [N,2KE], rotated keys then values
   */
  attention(
    qkv: Value,
    cos: Value,
    sin: Value,
    segments: Value,
    options: AttentionOptions,
  ): { readonly out: Value; readonly lse: Value; readonly kv: Value };
  /** @returns dqkv [N,(H+2K)E] */
  attentionGrad(
    qkv: Value,
    cos: Value,
    sin: Value,
    segments: Value,
    out: Value,
    lse: Value,
    dout: Value,
    options: AttentionOptions,
  ): Value;
  /**
   * One new token per row. qkv [B,(H+2K)E], prefixKv [P,2KE], rows i32 [B,4] = (prefixStart,
   * prefixLength, slot, position), cache [R,T,2KE]: writes the row's key and value at
   * [slot, position] and attends to the prefix and to positions 0..position of its slot.
   */
  decodeAttention(
    qkv: Value,
    cos: Value,
    sin: Value,
    prefixKv: Value,
    rows: Value,
    cache: Value,
    options: DecodeOptions,
  ): { readonly out: Value; readonly cache: Value };
}

export interface HeadOps {
  /**
   * hidden [M,D], weight [V,D], targets i32 [M], invTemperature f32 [1], with
   * logits = hidden weight^T * invTemperature, which are never stored.
   * @returns logprob of the targets, entropy of the distributions, lse; each [M], nats
   */
  tokenLogprob(
    hidden: Value,
    weight: Value,
    targets: Value,
    invTemperature: Value,
  ): { readonly logprob: Value; readonly entropy: Value; readonly lse: Value };
  tokenLogprobGrad(
    hidden: Value,
    weight: Value,
    targets: Value,
    invTemperature: Value,
    entropy: Value,
    lse: Value,
    dlogprob: Value,
    dentropy: Value,
  ): { readonly dhidden: Value; readonly dweight: Value };
  /**
   * logits [B,V], params f32 [B,4] = (temperature, topK, topP, minP), keys i64 [B,2] = (seed,
   * counter), suppressed u8 [V]; a row's draw depends on nothing but its own logits and key.
   * @returns token i32, logprob and entropy f32 of softmax(logits / temperature); each [B]
   */
  sample(
    logits: Value,
    params: Value,
    keys: Value,
    suppressed: Value,
  ): { readonly token: Value; readonly logprob: Value; readonly entropy: Value };
}

export interface OptimizerOps {
  /**
   * torch.optim.AdamW in one step, meant to be bound in place. p, m, v, g of one shape; hyper f32 [8] =
   * (lr, beta1, beta2, eps, weightDecay, 1 - beta1^t, 1 - beta2^t, gradScale).
   */
  adamw(
    p: Value,
    m: Value,
    v: Value,
    g: Value,
    hyper: Value,
  ): { readonly p: Value; readonly m: Value; readonly v: Value };
  /** Sum of the squares of all elements, [1]. */
  sumSquares(x: Value): Value;
}

export interface Ops
  extends ElementwiseOps,
    MatmulOps,
    MovementOps,
    ReduceOps,
    IndexOps,
    NormaliseOps,
    AttentionOps,
    HeadOps,
    OptimizerOps {}

export type OpName = keyof Ops;
