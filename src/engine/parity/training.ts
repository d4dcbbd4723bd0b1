/**
 * Training against the references: the AdamW trajectory of torch, and LoRA logits and gradients of
 * PEFT.
 */
import { peftName } from '../models/qwen2-5-vl/lora-weights.ts';
import { unpackWeights } from '../models/qwen2-5-vl/weights.ts';
import { ADAMW_DEFAULTS } from '../optimizer/adamw.ts';
import { Arena } from '../policy/arena.ts';
import { Learner } from '../policy/learner.ts';
import { boundWeights, filled, Trunk } from '../policy/pass.ts';
import type { Policy } from '../policy/policy.ts';
import { compare, type ParityRow, type Tolerance } from './difference.ts';
import { CaseTensors, type Expected, type Fixture } from './fixture.ts';
import { GRADIENTS, isReal, LOGITS, norm, padded, prepare, supervised } from './work.ts';

const TRAJECTORY: Tolerance = { abs: 1e-5 };

export async function* checkAdamW(
  policy: Policy,
  fixture: Fixture,
  expected: NonNullable<Expected['adamw']>,
): AsyncGenerator<ParityRow> {
  const work = prepare(policy, new CaseTensors(fixture, expected.case));
  const saved = new CaseTensors(fixture, 'adamw');
  const learner = new Learner(policy, {
    beta1: expected.betas[0],
    beta2: expected.betas[1],
    eps: expected.eps,
    weightDecay: expected.weight_decay,
  });
  const at = (tensor: string) => ({ case: 'adamw', tensor });
  for (const [step, reference] of expected.trajectory.entries()) {
    const loss = await supervised(learner, work);
    const gradNorm = await learner.update({
      learningRate: expected.lr,
      maxGradNorm: expected.clip_grad_norm,
    });
    yield compare(at(`loss_${step + 1}`), [loss], [reference.loss], { abs: 1e-4 });
    yield compare(
      at(`grad_norm_${step + 1}`),
      [gradNorm],
      [reference.grad_norm_before_clip],
      GRADIENTS,
    );
    const after = unpackWeights(policy.config, policy.snapshot());
    for (const name of saved.names(`after_step_${step + 1}/`)) {
      const parameter = name.slice(name.indexOf('/') + 1);
      yield compare(at(name), after.get(parameter)?.data ?? [], saved.f32(name), TRAJECTORY);
    }
  }
  learner.dispose();
}

export async function checkLora(
  policy: Policy,
  fixture: Fixture,
  lora: {
    readonly name: string;
    readonly expected: {
      readonly loss: number;
      readonly grad_norms: Readonly<Record<string, number>>;
    };
  },
): Promise<ParityRow[]> {
  const work = prepare(policy, new CaseTensors(fixture, lora.name));
  const tensors = new CaseTensors(fixture, `lora/${lora.name}`);
  const at = (tensor: string) => ({ case: tensors.name, tensor });
  const arena = new Arena(policy.runtime);
  const trunk = new Trunk(policy, arena, { packed: work.packed, stages: policy.inferenceStages() });
  const stage = policy.logitsStage();
  const index = Int32Array.from({ length: work.packed.tokens }, (_, i) => i);
  const head = stage.block.forward(arena, {
    h: trunk.hidden,
    index: filled(policy, arena, { dtype: 'i32', shape: [index.length], data: index }),
    ...boundWeights(policy, stage),
  });
  await policy.runtime.run([...trunk.steps, head.step]);
  const { vocabSize } = policy.config.text;
  const logits = head.outputs['logits'];
  if (logits === undefined) throw new RangeError('no output logits');
  const rows = [
    compare(
      at('logits'),
      padded(work, policy.runtime.readF32(logits), vocabSize),
      tensors.f32('logits'),
      LOGITS,
      isReal(work, vocabSize),
    ),
  ];
  arena.dispose();
  const learner = new Learner(policy, ADAMW_DEFAULTS);
  const loss = await supervised(learner, work);
  rows.push(compare(at('sft/loss'), [loss], [lora.expected.loss], LOGITS));
  const gradients = new Map(
    policy.trainable.map((name) => [peftName(name), learner.gradients.read(name)]),
  );
  for (const name of tensors.names('grad/')) {
    const actual = gradients.get(name.slice('grad/'.length)) ?? [];
    rows.push(compare(at(name), actual, tensors.f32(name), GRADIENTS));
  }
  const names = Object.keys(lora.expected.grad_norms);
  const norms = names.map((name) => norm(gradients.get(name) ?? new Float32Array([Number.NaN])));
  rows.push(
    compare(at('sft/grad_norms'), norms, Object.values(lora.expected.grad_norms), GRADIENTS),
  );
  learner.dispose();
  return rows;
}
