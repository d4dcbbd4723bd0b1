/**
 * The CUDA ops as a session runs them (shapes, workspace, chunks, the runtime's Gemm), with emulated
 * kernels on the CPU provider: the suite's own oracle of fused ops, and the refusals that only they have.
 */
import { expect, test } from 'vitest';
import { GraphBuilder } from '../../../src/engine/graph/builder.ts';
import { testRuntime } from '../../oracle/run-graph.ts';
import { buildTarget } from './build.ts';

// Before the oracle opens a runtime: its tests are made for the kernels that this addon has.
process.env['RATIONALE_ADDON'] = buildTarget('rationale_emulated', 'out/rationale_emulated.node');

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

await import('../../numerics/graph/fused.test.ts');
