/** Learning-rate schedules against their closed forms. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Schedule, scheduleFactor } from '../../../src/engine/optimizer/schedule.ts';

const schedule = (over: Partial<Schedule>): Schedule => ({
  kind: 'constant',
  warmupSteps: 0,
  floor: 0,
  ...over,
});

describe('scheduleFactor', () => {
  it('warms up linearly and never starts at zero', () => {
    const at = (step: number) => scheduleFactor(schedule({ warmupSteps: 4 }), step, 100);
    expect([0, 1, 2, 3, 4, 99].map(at)).toEqual([0.25, 0.5, 0.75, 1, 1, 1]);
  });

  it('falls linearly to the floor', () => {
    const linear = schedule({ kind: 'linear', warmupSteps: 10, floor: 0.1 });
    expect(scheduleFactor(linear, 10, 110)).toBe(1);
    expect(scheduleFactor(linear, 60, 110)).toBeCloseTo(0.55, 12);
    expect(scheduleFactor(linear, 110, 110)).toBeCloseTo(0.1, 12);
    expect(scheduleFactor(linear, 500, 110)).toBeCloseTo(0.1, 12);
  });

  it('follows half a cosine', () => {
    // Visionary-R1's KL weight: beta/2 (1 + cos(pi x epoch)) of 0.04 at five points.
    const cosine = schedule({ kind: 'cosine' });
    const betas = [0, 25, 50, 75, 100].map((step) => 0.04 * scheduleFactor(cosine, step, 100));
    for (const [at, beta] of [0.04, 0.0341, 0.02, 0.0059, 0].entries()) {
      expect(betas[at]).toBeCloseTo(beta, 4);
    }
  });

  it('stays between floor and 1 and never rises after the warm-up', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('constant' as const, 'linear' as const, 'cosine' as const),
        fc.nat(50),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 200 }),
        (kind, warmupSteps, floor, total) => {
          let previous = 1;
          for (let step = 0; step <= total + 3; step++) {
            const factor = scheduleFactor({ kind, warmupSteps, floor }, step, total);
            expect(factor).toBeGreaterThanOrEqual(step < warmupSteps ? 0 : floor - 1e-12);
            expect(factor).toBeLessThanOrEqual(1 + 1e-12);
            if (step >= warmupSteps) {
              expect(factor).toBeLessThanOrEqual(previous + 1e-12);
              previous = factor;
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('survives a warm-up as long as the run', () => {
    expect(scheduleFactor(schedule({ kind: 'cosine', warmupSteps: 5 }), 5, 5)).toBe(1);
  });
});
