/**
 * The rewards on samples of every starter task: the reference completions earn everything, and an
 * answer that the world's own strict reading takes is never refused here.
 */
import { describe, expect, it } from 'vitest';
import { compileReward, rewardSlot } from '../../../src/engine/reward/index.ts';
import { verifyAnswer } from '../../../src/engine/reward/verify/index.ts';
import { makeSample } from '../../../src/engine/world/dataset.ts';
import { TASKS, type TaskId } from '../../../src/engine/world/tasks/index.ts';
import { verify } from '../../../src/engine/world/verify.ts';

const PER_TASK = 12;
const samplesOf = (task: TaskId) =>
  Array.from({ length: PER_TASK }, (_, index) =>
    makeSample({ task, split: 'train', seed: 5, index }),
  );

// The roll-call's keys are its ids.
describe.each(Object.keys(TASKS) as TaskId[])('%s', (task) => {
  const samples = samplesOf(task);
  const reward = compileReward(
    rewardSlot.parse({
      terms: [{ kind: 'answer-accuracy' }, { kind: 'format-tags', weight: 0.2 }],
    }),
  );

  it('pays the reference trace in full and the direct answer without the form', () => {
    for (const sample of samples) {
      expect(reward.score(sample, sample.trace).terms).toEqual([1, 1]);
      expect(reward.score(sample, sample.direct).terms).toEqual([1, 0]);
    }
  });

  it('agrees with the strict reading of the world on answers of its own form', () => {
    for (const sample of samples) {
      for (const other of samples) {
        expect([sample.id, other.answer, verifyAnswer(sample, other.answer).isCorrect]).toEqual([
          sample.id,
          other.answer,
          verify(sample.verifier, other.answer),
        ]);
      }
    }
  });
});
