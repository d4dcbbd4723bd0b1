/**
 * The CUDA ops on a real GPU against their composites on the CPU: runs where the driver, the CUDA provider
 * and a kernel compiler are there, and says so where it does not.
 */
import { expect, test } from 'vitest';
import { LabError } from '../../../src/shared/errors.ts';
import { testRuntime } from '../../oracle/run-graph.ts';

/** Why no CUDA runtime can be opened; undefined when one can. */
function unusable(): string | undefined {
  process.env['RATIONALE_TEST_DEVICE'] = 'cuda';
  try {
    testRuntime();
    return undefined;
  } catch (error) {
    if (error instanceof LabError && error.code === 'native/provider-missing') return error.message;
    throw error;
  }
}

const reason = unusable();
if (reason !== undefined) console.warn(`SKIPPED: nothing was run on a GPU: ${reason}`);

test.skipIf(reason !== undefined)('the CUDA runtime has every fused op', () => {
  expect(
    testRuntime()
      .capabilities()
      .map(({ op }) => op)
      .sort(),
  ).toEqual(
    [
      'AdamW',
      'AddRmsNorm',
      'AddRmsNormGrad',
      'Attention',
      'AttentionGrad',
      'DecodeAttention',
      'RmsNorm',
      'RmsNormGrad',
      'Sample',
      'ScatterAddRows',
      'SumSquares',
      'SwiGlu',
      'SwiGluGrad',
      'TokenLogprob',
      'TokenLogprobGrad',
    ].sort(),
  );
});

if (reason === undefined) await import('../../numerics/graph/fused.test.ts');
