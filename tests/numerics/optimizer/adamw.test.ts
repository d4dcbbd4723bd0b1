/** AdamW on the device against the same update written as a loop over numbers (torch's arithmetic). */
import { describe, expect, it } from 'vitest';
import { AdamW, type AdamWSettings } from '../../../src/engine/optimizer/adamw.ts';
import { Rng } from '../../../src/engine/rng.ts';
import { Runtime } from '../../../src/engine/runtime/runtime.ts';

const runtime = Runtime.open({ threads: 1 });
/** Odd sizes, so that no kernel sees whole vectors only. */
const SHAPES: Record<'weight' | 'bias' | 'scale', readonly number[]> = {
  weight: [7, 33],
  bias: [19],
  scale: [1],
};
type Name = keyof typeof SHAPES;
const NAMES = Object.keys(SHAPES) as Name[]; // exactly the keys of the table above

interface Naive {
  readonly p: Map<Name, number[]>;
  readonly m: Map<Name, number[]>;
  readonly v: Map<Name, number[]>;
}

/** arXiv:1711.05101 as torch.optim.AdamW computes it, after clip_grad_norm_; in place. */
function naiveStep(
  state: Naive,
  gradients: Map<Name, Float32Array>,
  t: number,
  options: AdamWSettings & { learningRate: number; maxGradNorm: number },
): number {
  const { beta1, beta2, eps, weightDecay, learningRate, maxGradNorm, decays } = options;
  let square = 0;
  for (const gradient of gradients.values()) for (const g of gradient) square += g * g;
  const norm = Math.sqrt(square);
  const scale = Math.min(1, maxGradNorm / (norm + 1e-6));
  for (const name of NAMES) {
    const [p, m, v] = [state.p.get(name) ?? [], state.m.get(name) ?? [], state.v.get(name) ?? []];
    const decay = (decays?.(name) ?? true) ? weightDecay : 0;
    gradients.get(name)?.forEach((raw, i) => {
      const g = raw * scale;
      m[i] = beta1 * (m[i] ?? 0) + (1 - beta1) * g;
      v[i] = beta2 * (v[i] ?? 0) + (1 - beta2) * g * g;
      const corrected = (m[i] ?? 0) / (1 - beta1 ** t);
      const spread = Math.sqrt((v[i] ?? 0) / (1 - beta2 ** t)) + eps;
      p[i] = (p[i] ?? 0) * (1 - learningRate * decay) - (learningRate * corrected) / spread;
    });
  }
  return norm;
}

describe('AdamW', () => {
  it.each([
    ['clipped, every parameter decays', 0.5, {}],
    ['never clipped, no decay', Number.POSITIVE_INFINITY, { weightDecay: 0 }],
    ['clipped at times, biases do not decay', 16, { decays: (name: string) => name !== 'bias' }],
    ['short memory, large epsilon', 4, { beta1: 0, beta2: 0.5, eps: 1e-2 }],
  ])('%s: follows the naive loop', async (_, maxGradNorm, over) => {
    const settings: AdamWSettings = {
      ...{ beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0.1 },
      ...over,
    };
    const rng = Rng.from('adamw');
    const draw = (name: Name) =>
      Float32Array.from({ length: SHAPES[name].reduce((a, b) => a * b, 1) }, () =>
        rng.float(-1, 1),
      );
    const start = new Map(NAMES.map((name) => [name, draw(name)]));
    const tensors = (values: Map<Name, Float32Array>) =>
      new Map(NAMES.map((name) => [name, runtime.tensor('f32', SHAPES[name], values.get(name))]));
    const params = tensors(start);
    const buffers = tensors(start);
    const optimizer = new AdamW(runtime, params, buffers, settings);
    const zeros = () => new Map(NAMES.map((name) => [name, [...draw(name)].fill(0)]));
    const naive: Naive = {
      p: new Map([...start].map(([name, values]) => [name, [...values]])),
      m: zeros(),
      v: zeros(),
    };
    for (let t = 1; t <= 6; t++) {
      const options = { learningRate: 0.1 / t, maxGradNorm };
      const gradients = new Map(NAMES.map((name) => [name, draw(name).map((g) => g * t)]));
      for (const [name, tensor] of buffers) {
        const gradient = gradients.get(name);
        if (gradient !== undefined) runtime.write(tensor, gradient);
      }
      const norm = await optimizer.gradNorm();
      await optimizer.step(norm, options);
      const expected = naiveStep(naive, gradients, t, { ...settings, ...options });
      expect(norm / expected).toBeCloseTo(1, 6);
      const state = optimizer.state();
      for (const name of NAMES) {
        const tensor = params.get(name);
        if (tensor === undefined) throw new Error(name);
        expectClose(runtime.readF32(tensor), naive.p.get(name));
        expectClose(state.get(`m/${name}`)?.data, naive.m.get(name));
        expectClose(state.get(`v/${name}`)?.data, naive.v.get(name));
      }
    }
    expect(optimizer.updates).toBe(6);
    optimizer.dispose();
  });

  it('goes on from its saved state as if it had not stopped', async () => {
    const rng = Rng.from('state');
    const values = () => Float32Array.from({ length: 33 }, () => rng.float(-1, 1));
    const settings = { beta1: 0.9, beta2: 0.99, eps: 1e-8, weightDecay: 0.01 };
    const options = { learningRate: 1e-2, maxGradNorm: 1 };
    const param = runtime.tensor('f32', [33], values());
    const gradient = runtime.tensor('f32', [33], values());
    const make = () =>
      new AdamW(runtime, new Map([['w', param]]), new Map([['w', gradient]]), settings);
    const first = make();
    await first.step(await first.gradNorm(), options);
    const saved = { at: runtime.readF32(param), state: first.state(), updates: first.updates };
    await first.step(await first.gradNorm(), options);
    const expected = runtime.readF32(param);
    const second = make();
    runtime.write(param, saved.at);
    second.restore(saved.state, saved.updates);
    await second.step(await second.gradNorm(), options);
    expect(runtime.readF32(param)).toEqual(expected);
    expect(second.state()).toEqual(first.state());
  });
});

function expectClose(actual: Float32Array | undefined, expected: number[] | undefined): void {
  expect(actual).toHaveLength(expected?.length ?? -1);
  const largest = Math.max(...(expected ?? []).map(Math.abs));
  let worst = 0;
  expected?.forEach((value, i) => {
    worst = Math.max(worst, Math.abs(value - (actual?.[i] ?? Number.NaN)));
  });
  expect(worst / largest).toBeLessThan(3e-6);
}
