/**
 * The CUDA ops as a session runs them (shapes, workspace, chunks, the runtime's Gemm), with emulated
 * kernels on the CPU provider: the suite's own oracle of fused ops, draws that must be those of the CPU
 * kernel, and the refusals that only these ops have.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { GraphBuilder } from '../../../src/engine/graph/builder.ts';
import { testRuntime } from '../../oracle/run-graph.ts';
import { buildTarget } from './build.ts';

const emulated = buildTarget('rationale_emulated', 'out/rationale_emulated.node');
// Before the oracle opens a runtime: its tests are made for the kernels that this addon has.
process.env['RATIONALE_ADDON'] = emulated;

test('the addon under test has the CUDA ops', () => {
  const g = new GraphBuilder('wide heads');
  const qkv = g.input('qkv', 'f32', [6, 3 * 130]);
  const angles = [g.input('cos', 'f32', [6, 130]), g.input('sin', 'f32', [6, 130])] as const;
  const segments = g.input('segments', 'i32', [1, 4]);
  const options = { heads: 1, kvHeads: 1, causal: true, scale: 1 };
  g.output('out', g.attention(qkv, ...angles, segments, options).out);
  const runtime = testRuntime();
  const program = runtime.compile(g.finish());
  const inputs = {
    qkv: runtime.tensor('f32', [6, 390]),
    cos: runtime.tensor('f32', [6, 130]),
    sin: runtime.tensor('f32', [6, 130]),
    segments: runtime.tensor('i32', [1, 4]),
  };
  const step = program.bind(inputs, { out: runtime.tensor('f32', [6, 130]) });
  expect(() => runtime.runSync([step])).toThrow(
    /\[Attention\] expected an even head size of at most 128 on CUDA, got 130/,
  );
});

test('draws the tokens that the CPU kernel draws', () => {
  const program = fileURLToPath(new URL('./draw-tokens.ts', import.meta.url));
  const draw = (addon: string | undefined) => {
    const { RATIONALE_ADDON: _, ...rest } = process.env;
    const env = addon === undefined ? rest : { ...rest, RATIONALE_ADDON: addon };
    const run = spawnSync(process.execPath, [program], { encoding: 'utf8', env });
    expect(run.stderr).toBe('');
    return JSON.parse(run.stdout) as Record<'token' | 'logprob' | 'entropy', number[]>; // as: its output
  };
  const [cpu, cuda] = [draw(undefined), draw(emulated)];
  expect(cuda.token).toEqual(cpu.token);
  expect(new Set(cpu.token).size).toBeGreaterThan(20);
  for (const name of ['logprob', 'entropy'] as const) {
    for (const [i, value] of cpu[name].entries()) expect(cuda[name][i]).toBeCloseTo(value, 5);
  }
});

await import('../../numerics/graph/fused.test.ts');
