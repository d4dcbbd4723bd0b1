/**
 * A program of its own: draws from fixed logits with fixed keys through the addon that RATIONALE_ADDON
 * names, and prints { token, logprob, entropy } as JSON.
 */
import { GraphBuilder } from '../../../src/engine/graph/builder.ts';
import { random, range } from '../../oracle/nd.ts';
import { testRuntime } from '../../oracle/run-graph.ts';

const ROWS = 48;
const VOCAB = 1009;
const SETTINGS = [
  [1, 0, 1, 0],
  [0.7, 40, 1, 0],
  [1.2, 0, 0.8, 0],
  [1, 0, 1, 0.1],
  [0.9, 50, 0.95, 0.02],
  [0, 0, 1, 0],
];

const g = new GraphBuilder('draw');
const logits = g.input('logits', 'f32', [ROWS, VOCAB]);
const params = g.input('params', 'f32', [ROWS, 4]);
const keys = g.input('keys', 'i64', [ROWS, 2]);
const suppressed = g.input('suppressed', 'u8', [VOCAB]);
const drawn = g.sample(logits, params, keys, suppressed);
for (const name of ['token', 'logprob', 'entropy'] as const) g.output(name, drawn[name]);

const runtime = testRuntime();
const { uniform } = random(11);
const spread = Float32Array.from({ length: ROWS * VOCAB }, () => 12 * uniform() - 6);
const settings = range(ROWS).flatMap((row) => SETTINGS[row % SETTINGS.length] ?? []);
const counters = range(ROWS).flatMap((row) => [2025n, BigInt(row * 31)]);
const out = {
  token: runtime.tensor('i32', [ROWS]),
  logprob: runtime.tensor('f32', [ROWS]),
  entropy: runtime.tensor('f32', [ROWS]),
};
const inputs = {
  logits: runtime.tensor('f32', [ROWS, VOCAB], spread),
  params: runtime.tensor('f32', [ROWS, 4], Float32Array.from(settings)),
  keys: runtime.tensor('i64', [ROWS, 2], BigInt64Array.from(counters)),
  suppressed: runtime.tensor(
    'u8',
    [VOCAB],
    Uint8Array.from(range(VOCAB), (v) => Number(v % 5 === 0)),
  ),
};
runtime.runSync([runtime.compile(g.finish()).bind(inputs, out)]);
const list = (tensor: (typeof out)[keyof typeof out]) =>
  Array.from(runtime.read(tensor) as Int32Array | Float32Array); // as: the dtypes of `out`
process.stdout.write(
  JSON.stringify({
    token: list(out.token),
    logprob: list(out.logprob),
    entropy: list(out.entropy),
  }),
);
