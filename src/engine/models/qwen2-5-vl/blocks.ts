/**
 * The blocks of Qwen2.5-VL as graphs over packed tokens: vision patch embedding, vision block,
 * merger, token embedding, decoder layer, head. Each is compiled once; layers differ only in the
 * weights that are bound. Sources: Qwen2.5-VL technical report (arXiv:2502.13923) and the published
 * checkpoints' arithmetic. Letters as in the glossary; every weight is [out, in].
 */
import { GraphBuilder } from '../../graph/builder.ts';
import type { Graph, Value } from '../../graph/value.ts';
import { type ModelConfig, VISION_NORM_EPS } from './config.ts';
import { type LoraPart, type LoraTarget, loraTargets } from './lora.ts';

/** LoRA as the blocks see it: which projections have factors, their rank and alpha / rank. */
export interface LoraShape {
  readonly rank: number;
  readonly scaling: number;
  readonly targets: readonly LoraTarget[];
}

/** A block's graph and the names of its weight inputs, without the layer prefix. */
export interface Block {
  readonly graph: Graph;
  readonly weights: readonly string[];
}

/** Adds weight inputs to a builder and remembers their names in order. */
class WeightInputs {
  readonly names: string[] = [];
  private readonly g: GraphBuilder;

  constructor(g: GraphBuilder) {
    this.g = g;
  }

  take(name: string, shape: readonly number[]): Value {
    this.names.push(name);
    return this.g.input(name, 'f32', shape);
  }
}

/** pixels [I, C*2*p*p] -> x [I, Dv]; the convolution of the checkpoint is a matrix product. */
export function patchEmbedBlock(config: ModelConfig): Block {
  const { vision } = config;
  const g = new GraphBuilder('vision-patch-embed');
  const weights = new WeightInputs(g);
  const width = vision.inChannels * vision.temporalPatchSize * vision.patchSize ** 2;
  const pixels = g.input('pixels', 'f32', ['I', width]);
  g.output('y', g.linear(pixels, weights.take('patch_embed', [vision.hiddenSize, width])));
  return { graph: g.finish(), weights: weights.names };
}

/** x [I, Dv] -> y [I, Dv]: pre-norm attention over `segments`, then a gated MLP; biases throughout. */
export function visionBlock(config: ModelConfig): Block {
  const { hiddenSize: d, numHeads: heads, intermediateSize: inner } = config.vision;
  const g = new GraphBuilder('vision-block');
  const w = new WeightInputs(g);
  const x = g.input('x', 'f32', ['I', d]);
  const rotary = rotaryInputs(g, 'I', d / heads);
  const normed = g.rmsNorm(x, w.take('norm1', [d]), { eps: VISION_NORM_EPS });
  const qkv = g.linear(normed.y, w.take('qkv', [3 * d, d]), w.take('qkv_bias', [3 * d]));
  const attended = g.attention(qkv, rotary.cos, rotary.sin, rotary.segments, {
    heads,
    kvHeads: heads,
    causal: false,
    scale: 1 / Math.sqrt(d / heads),
  });
  const proj = g.linear(attended.out, w.take('proj', [d, d]), w.take('proj_bias', [d]));
  const mid = g.addRmsNorm(x, proj, w.take('norm2', [d]), { eps: VISION_NORM_EPS });
  const gateUp = g.linear(
    mid.y,
    w.take('gate_up', [2 * inner, d]),
    w.take('gate_up_bias', [2 * inner]),
  );
  const down = g.linear(g.swiglu(gateUp), w.take('down', [d, inner]), w.take('down_bias', [d]));
  g.output('y', g.add(mid.sum, down));
  return { graph: g.finish(), weights: w.names };
}

/** x [I, Dv] -> y [I / merge^2, D]: norm, merge of 2x2 neighbours, two-layer MLP with exact GELU. */
export function mergerBlock(config: ModelConfig): Block {
  const { hiddenSize: d, spatialMergeSize: merge, outHiddenSize: out } = config.vision;
  const wide = d * merge ** 2;
  const g = new GraphBuilder('vision-merger');
  const w = new WeightInputs(g);
  const x = g.input('x', 'f32', ['I', d]);
  const normed = g.rmsNorm(x, w.take('ln_q', [d]), { eps: VISION_NORM_EPS });
  const merged = g.reshape(normed.y, ['J', wide]);
  const hidden = g.linear(merged, w.take('fc1', [wide, wide]), w.take('fc1_bias', [wide]));
  g.output('y', g.linear(gelu(g, hidden), w.take('fc2', [out, wide]), w.take('fc2_bias', [out])));
  return { graph: g.finish(), weights: w.names };
}

/** ids i32 [Nt] -> x [Nt, D]: text tokens only; image rows join in {@link placeImagesBlock}. */
export function embedBlock(config: ModelConfig): Block {
  const { hiddenSize: d, vocabSize } = config.text;
  const g = new GraphBuilder('embed');
  const w = new WeightInputs(g);
  const ids = g.input('ids', 'i32', ['N']);
  g.output('y', g.gatherRows(w.take('embed', [vocabSize, d]), ids));
  return { graph: g.finish(), weights: w.names };
}

/**
 * text [Nt, D] and image [J, D] rows -> x [N, D]: row n is row `place[n]` of the two stacked. An image
 * shared by several prompts is placed several times; its gradient is the sum over its places.
 */
export function placeImagesBlock(config: ModelConfig): Block {
  const { hiddenSize: d } = config.text;
  const g = new GraphBuilder('place-images');
  const text = g.input('text', 'f32', ['Nt', d]);
  const image = g.input('image', 'f32', ['J', d]);
  const place = g.input('place', 'i32', ['N']);
  g.output('y', g.gatherRows(g.concat([text, image], 0), place));
  return { graph: g.finish(), weights: [] };
}

/** What attention a decoder layer does: packed segments, the same with its cache kept, or one cached token. */
export type DecoderMode = 'train' | 'prefill' | 'decode';

export interface DecoderOptions {
  readonly mode: DecoderMode;
  readonly lora: LoraShape | undefined;
  /**
   * Only the rows `keep` i32 [R] go through the layer's second half: y is [R, D]. For the last layer,
   * whose other rows serve as keys and values and nothing else.
   */
  readonly keepsRows: boolean;
}

/**
 * x [N, D] -> y [N, D]. In `prefill` mode also kv [N, 2*K*E] (rotated keys, values), the shared
 * prefix of later decoding. In `decode` mode each row is one new token of a sequence, `rows` says
 * where its history is, and `cache` [R, T, 2*K*E] is appended to in place.
 */
export function decoderLayerBlock(
  config: ModelConfig,
  { mode, lora, keepsRows }: DecoderOptions,
): Block {
  const text = config.text;
  const { hiddenSize: d, numAttentionHeads: heads, numKeyValueHeads: kvHeads } = text;
  const e = d / heads;
  const inner = text.intermediateSize;
  const g = new GraphBuilder(`decoder-layer-${mode}${keepsRows ? '-kept' : ''}`);
  const w = new WeightInputs(g);
  const project = (x: Value, name: LoraPart['packed'], weight: Value, bias?: Value) => {
    const base = g.linear(x, weight, bias);
    return lora === undefined ? base : addLora(g, w, config, { x, base, name, lora });
  };

  const x = g.input('x', 'f32', ['N', d]);
  const normed = g.rmsNorm(x, w.take('input_norm', [d]), { eps: text.rmsNormEps });
  const wide = (heads + 2 * kvHeads) * e;
  const qkv = project(normed.y, 'qkv', w.take('qkv', [wide, d]), w.take('qkv_bias', [wide]));
  const shape = { heads, kvHeads, scale: 1 / Math.sqrt(e) };
  const attended =
    mode === 'decode' ? decodeStep(g, qkv, config, shape) : packedStep(g, qkv, e, shape, mode);
  const keep = keepsRows ? g.input('keep', 'i32', ['R']) : undefined;
  const kept = (rows: Value) => (keep === undefined ? rows : g.gatherRows(rows, keep));
  const projected = project(kept(attended), 'o', w.take('o', [d, heads * e]));
  const mid = g.addRmsNorm(kept(x), projected, w.take('post_norm', [d]), { eps: text.rmsNormEps });
  const hidden = g.swiglu(project(mid.y, 'gate_up', w.take('gate_up', [2 * inner, d])));
  // Not as the product's own addend: ONNX Runtime copies that on one thread first, which costs more.
  g.output('y', g.add(mid.sum, project(hidden, 'down', w.take('down', [d, inner]))));
  return { graph: g.finish(), weights: w.names };
}

interface HeadShape {
  readonly heads: number;
  readonly kvHeads: number;
  readonly scale: number;
}

function packedStep(
  g: GraphBuilder,
  qkv: Value,
  e: number,
  shape: HeadShape,
  mode: DecoderMode,
): Value {
  const rotary = rotaryInputs(g, 'N', e);
  const attended = g.attention(qkv, rotary.cos, rotary.sin, rotary.segments, {
    ...shape,
    causal: true,
  });
  if (mode === 'prefill') g.output('kv', attended.kv);
  return attended.out;
}

function decodeStep(g: GraphBuilder, qkv: Value, config: ModelConfig, shape: HeadShape): Value {
  const e = config.text.hiddenSize / shape.heads;
  const width = 2 * shape.kvHeads * e;
  const cos = g.input('cos', 'f32', ['N', e]);
  const sin = g.input('sin', 'f32', ['N', e]);
  const prefix = g.input('prefix_kv', 'f32', ['P', width]);
  const rows = g.input('rows', 'i32', ['N', 4]);
  const cache = g.input('cache', 'f32', ['R', 'T', width]);
  const attended = g.decodeAttention(qkv, cos, sin, prefix, rows, cache, shape);
  g.output('cache_out', attended.cache);
  return attended.out;
}

/**
 * Log-probability and entropy of chosen next tokens, in nats.
 * h [N, D] un-normed output of the last layer; index i32 [M] row that predicts; targets i32 [M];
 * inv_temperature [1] -> logprob [M], entropy [M] (and lse [M], which the backward pass reuses).
 */
export function scoreHeadBlock(config: ModelConfig): Block {
  const g = new GraphBuilder('score-head');
  const w = new WeightInputs(g);
  const hidden = normedRows(g, w, config);
  const targets = g.input('targets', 'i32', ['M']);
  const invTemperature = g.input('inv_temperature', 'f32', [1]);
  const score = g.tokenLogprob(hidden, lmHead(w, config), targets, invTemperature);
  g.output('logprob', score.logprob);
  g.output('entropy', score.entropy);
  return { graph: g.finish(), weights: w.names };
}

/** Raw logits of chosen rows: h [N, D], index i32 [M] -> hidden [M, D] (after the last norm), logits [M, V]. */
export function logitsHeadBlock(config: ModelConfig): Block {
  const g = new GraphBuilder('logits-head');
  const w = new WeightInputs(g);
  const hidden = normedRows(g, w, config);
  g.output('hidden', hidden);
  g.output('logits', g.linear(hidden, lmHead(w, config)));
  return { graph: g.finish(), weights: w.names };
}

/**
 * Next token of chosen rows: h [N, D], index i32 [B], params [B, 4], keys i64 [B, 2], suppressed
 * u8 [V] -> token i32 [B], logprob [B], entropy [B].
 */
export function sampleHeadBlock(config: ModelConfig): Block {
  const g = new GraphBuilder('sample-head');
  const w = new WeightInputs(g);
  const logits = g.linear(normedRows(g, w, config), lmHead(w, config));
  const params = g.input('params', 'f32', ['M', 4]);
  const keys = g.input('keys', 'i64', ['M', 2]);
  const suppressed = g.input('suppressed', 'u8', [config.text.vocabSize]);
  const drawn = g.sample(logits, params, keys, suppressed);
  g.output('token', drawn.token);
  g.output('logprob', drawn.logprob);
  g.output('entropy', drawn.entropy);
  return { graph: g.finish(), weights: w.names };
}

function normedRows(g: GraphBuilder, w: WeightInputs, config: ModelConfig): Value {
  const { hiddenSize: d, rmsNormEps } = config.text;
  const h = g.input('h', 'f32', ['N', d]);
  const index = g.input('index', 'i32', ['M']);
  return g.rmsNorm(g.gatherRows(h, index), w.take('norm', [d]), { eps: rmsNormEps }).y;
}

/** The output projection: the embedding itself when tied. */
function lmHead(w: WeightInputs, config: ModelConfig): Value {
  const name = config.tieWordEmbeddings ? 'embed' : 'lm_head';
  return w.take(name, [config.text.vocabSize, config.text.hiddenSize]);
}

function rotaryInputs(g: GraphBuilder, rows: string, e: number) {
  return {
    cos: g.input('cos', 'f32', [rows, e]),
    sin: g.input('sin', 'f32', [rows, e]),
    segments: g.input('segments', 'i32', ['S', 4]),
  };
}

/** gelu(x) = x/2 (1 + erf(x / sqrt 2)), the exact form. */
function gelu(g: GraphBuilder, x: Value): Value {
  const scalar = (value: number) => g.constant([value], { dtype: 'f32', shape: [1] });
  const half = g.mul(x, scalar(0.5));
  return g.mul(half, g.add(g.erf(g.mul(x, scalar(Math.SQRT1_2))), scalar(1)));
}

interface LoraSite {
  readonly x: Value;
  readonly base: Value;
  readonly name: LoraPart['packed'];
  readonly lora: LoraShape;
}

/**
 * base + scaling * (x A^T) B^T for each adapted projection inside a packed one (arXiv:2106.09685
 * eq. 3); rows of the packed output that have no factors get zero.
 */
function addLora(g: GraphBuilder, w: WeightInputs, config: ModelConfig, site: LoraSite): Value {
  const { x, base, name, lora } = site;
  const parts = loraTargets(config).filter((part) => part.packed === name);
  if (!parts.some((part) => lora.targets.includes(part.target))) return base;
  const deltas = parts.map((part) => {
    const rows = g.slice(base, { axis: 1, start: part.start, end: part.start + part.count });
    if (!lora.targets.includes(part.target)) return rows;
    const a = w.take(`${part.target}.lora_a`, [lora.rank, part.inputs]);
    const b = w.take(`${part.target}.lora_b`, [part.count, lora.rank]);
    const scaling = g.constant([lora.scaling], { dtype: 'f32', shape: [1] });
    return g.add(rows, g.mul(g.linear(g.linear(x, a), b), scaling));
  });
  return deltas.length === 1 ? (deltas[0] ?? base) : g.concat(deltas, 1);
}
