/**
 * What the engine computes with a model or adapter folder, for check-export.py:
 * `node scripts/reference/score-export.ts MODEL OUT.safetensors`. One question of the starter world with its
 * picture and its written completion in; ids, patches, grid and the logits of every token out.
 */
import { toCompletion, toPrompt, toVisuals } from '../../src/engine/bundle/bundle.ts';
import { worldSource } from '../../src/engine/data/world-source.ts';
import { writeSafetensors } from '../../src/engine/files/safetensors.ts';
import { fromF32, type HostTensor } from '../../src/engine/files/tensor-data.ts';
import { Arena } from '../../src/engine/policy/arena.ts';
import { packTrees } from '../../src/engine/policy/pack.ts';
import { boundWeights, filled, Trunk } from '../../src/engine/policy/pass.ts';
import { Runtime } from '../../src/engine/runtime/runtime.ts';
import { openModel } from '../../src/engine/training/open-model.ts';

const [folder, out] = process.argv.slice(2);
if (folder === undefined || out === undefined) {
  throw new Error('usage: score-export.ts MODEL OUT.safetensors');
}
const { bundle, policy } = openModel(Runtime.open({ threads: 2 }), folder);
const item = await worldSource({
  tasks: { follow: 1 },
  split: 'dev',
  difficulty: null,
  seed: 1,
}).at(0);
const visuals = toVisuals(bundle, item.images);
const prompt = toPrompt(bundle, { visuals, text: item.question });
const ids = Int32Array.of(...prompt.ids, ...toCompletion(bundle, item.completion ?? ''));

const packed = packTrees(policy.config, [{ prompt: { ids, visuals }, branches: [] }]);
const arena = new Arena(policy.runtime);
const trunk = new Trunk(policy, arena, { packed, stages: policy.inferenceStages() });
const stage = policy.logitsStage();
const index = Int32Array.from(ids, (_, i) => i);
const head = stage.block.forward(arena, {
  h: trunk.hidden,
  index: filled(policy, arena, { dtype: 'i32', shape: [ids.length], data: index }),
  ...boundWeights(policy, stage),
});
await policy.runtime.run([...trunk.steps, head.step]);
const { logits } = head.outputs;
if (logits === undefined) throw new Error('no logits');
const patches = visuals[0]?.patches ?? new Float32Array();
const grid = visuals[0]?.grid ?? [0, 0, 0];
const rows = grid[0] * grid[1] * grid[2];
await writeSafetensors(
  out,
  new Map<string, HostTensor>([
    ['prompt_length', numbers([prompt.ids.length])],
    ['input_ids', numbers(ids)],
    ['grid', numbers(grid)],
    ['pixel_values', fromF32([rows, patches.length / rows], patches, 'f32')],
    ['logits', fromF32(logits.shape, policy.runtime.readF32(logits), 'f32')],
  ]),
);
process.stdout.write(`${item.question}\n`);

/** Integers as f32: exact at these sizes. */
function numbers(values: ArrayLike<number>): HostTensor {
  return fromF32([values.length], Float32Array.from(values), 'f32');
}
