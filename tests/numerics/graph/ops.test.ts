/** Every row of the op table, forward and backward, from its own examples. */
import { describe, expect, test } from 'vitest';
import { opNames, rowOf } from '../../../src/engine/graph/ops/index.ts';
import { checkForward, checkGradient, checkSymbolic } from '../../oracle/check-op.ts';
import { naive } from '../../oracle/naive.ts';
import { naiveFused } from '../../oracle/naive-fused.ts';

/** Rows whose forward pass has no loop of its own, and what checks them instead. */
const WITHOUT_LOOP: Readonly<Record<string, string>> = {
  rmsNormGrad: 'slopes of rmsNorm',
  addRmsNormGrad: 'slopes of addRmsNorm',
  swigluGrad: 'slopes of swiglu',
  attentionGrad: 'slopes of attention',
  tokenLogprobGrad: 'slopes of tokenLogprob',
  sample: 'the kernel tests: it has no composite',
};

/** Rows whose examples do not survive a symbolic size, and why. */
const FIXED_SIZES: Readonly<Record<string, string>> = {
  split: 'sizes are numbers',
  slice: 'checked with symbolic sizes in shape.test.ts',
  reshape: 'checked with symbolic sizes in shape.test.ts',
  sample: 'no composite',
};

describe.each(opNames)('%s', (op) => {
  const { examples, composite } = rowOf(op);
  const runs = typeof composite !== 'object';

  test('has examples and an oracle', () => {
    expect(examples.length).toBeGreaterThan(0);
    expect(op in naive || op in naiveFused).toBe(!(op in WITHOUT_LOOP));
  });

  test.runIf(runs)('forward', () => {
    for (const example of examples) {
      checkForward(op, example, 'f32');
      checkForward(op, example, 'f64');
    }
  });

  test.runIf(runs)('symbolic sizes', () => {
    const checked = examples.map((example) => checkSymbolic(op, example));
    if (!(op in FIXED_SIZES)) expect(checked).toContain(true);
  });

  test.runIf(runs)('gradient', () => {
    for (const example of examples) checkGradient(op, example);
  });
});
