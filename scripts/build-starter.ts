/**
 * Makes resources/starter from nothing: tokenizer, configuration and weights, trained by this engine.
 * `npm run build:starter -- [--tokens N] [--seed N] [--out DIR]`; equal arguments give equal bytes on
 * one machine. What the plan's numbers mean and where they come from: docs/starter.md.
 */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openTextParts } from '../src/engine/bundle/bundle.ts';
import { worldSource } from '../src/engine/data/world-source.ts';
import { answerItems, tally } from '../src/engine/evaluation/evaluate.ts';
import { initWeights } from '../src/engine/models/qwen2-5-vl/init.ts';
import { writeModelFolder } from '../src/engine/models/qwen2-5-vl/save.ts';
import {
  readConfig,
  toHostTensors,
  unpackWeights,
} from '../src/engine/models/qwen2-5-vl/weights.ts';
import { Policy } from '../src/engine/policy/policy.ts';
import { Runtime } from '../src/engine/runtime/runtime.ts';
import { BASE_PLAN, trainBase } from '../src/engine/starter/train-base.ts';
import { buildTokenizer } from '../src/engine/world/tokenizer/build.ts';

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    tokens: { type: 'string', default: String(BASE_PLAN.tokens) },
    seed: { type: 'string', default: String(BASE_PLAN.seed) },
    out: { type: 'string', default: join(root, 'resources', 'starter') },
    threads: { type: 'string' },
  },
});
const REPORT_EVERY = 50;
const CHECK_EVERY = 500;

const folder = values.out;
mkdirSync(folder, { recursive: true });
for (const name of ['config.json', 'generation_config.json', 'processor_config.json']) {
  copyFileSync(join(root, 'resources', 'bench', name), join(folder, name));
}
const { tokenizer, config: tokenizerConfig, chatTemplate } = buildTokenizer();
writeFileSync(join(folder, 'tokenizer.json'), `${JSON.stringify(tokenizer, null, 1)}\n`);
writeFileSync(
  join(folder, 'tokenizer_config.json'),
  `${JSON.stringify(tokenizerConfig, null, 2)}\n`,
);
writeFileSync(join(folder, 'chat_template.jinja'), chatTemplate);

const { config } = readConfig(folder);
const parts = openTextParts(folder, config);
const plan = { ...BASE_PLAN, tokens: Number(values.tokens), seed: Number(values.seed) };
const runtime = Runtime.open(
  values.threads === undefined ? {} : { threads: Number(values.threads) },
);
const policy = new Policy(runtime, config, initWeights(config, plan.seed));
const started = performance.now();
const seconds = () => ((performance.now() - started) / 1000).toFixed(0);

await trainBase(policy, parts, plan, async (progress) => {
  if (progress.step % REPORT_EVERY === 0) {
    const { step, tokens, loss, pictureLoss, gradNorm, rate } = progress;
    console.log(
      `${step}  ${(tokens / 1e6).toFixed(2)} Mtok  ${seconds()} s  loss ${loss.toFixed(3)}  picture ${pictureLoss.toFixed(3)}  norm ${gradNorm.toFixed(2)}  rate ${rate.toExponential(1)}`,
    );
  }
  if (progress.step % CHECK_EVERY === 0) {
    await save();
    console.log(await report(48));
  }
});
await save();
console.log(await report(200));
console.log(`starter written to ${folder} after ${seconds()} s`);

async function save(): Promise<void> {
  const tensors = toHostTensors(unpackWeights(config, policy.snapshot()));
  await writeModelFolder(join(folder, '.trained'), {
    config,
    tensors,
    dtype: 'f16',
    source: folder,
    overwrite: true,
  });
  for (const name of ['model.safetensors', 'config.json']) {
    copyFileSync(join(folder, '.trained', name), join(folder, name));
  }
}

/** Greedy accuracy on the dev split, direct and on request of a thought. */
async function report(n: number): Promise<string> {
  const lines: string[] = [];
  const check = async (
    name: string,
    task: string,
    range: readonly [number, number] | null,
    suffix: string,
  ) => {
    const source = worldSource({ tasks: { [task]: 1 }, split: 'dev', difficulty: range, seed: 5 });
    const items = await Promise.all(Array.from({ length: n }, (_, i) => source.at(i)));
    const asked = items.map((item) => ({ ...item, question: item.question + suffix }));
    const answered = await answerItems(policy, parts, asked, {
      draws: { maxTokens: 64, temperature: 0 },
      seed: 1,
    });
    lines.push(`${name} ${(100 * tally(answered).accuracy).toFixed(0)}`);
  };
  await check('at', 'at', null, '');
  await check('step', 'step', null, '');
  for (const range of [
    [1, 2],
    [3, 4],
    [5, 6],
  ] as const) {
    await check(`direct ${range.join('-')}`, 'follow', range, '');
    await check(`think ${range.join('-')}`, 'follow', range, ' think');
  }
  return `   ${lines.join('   ')}`;
}
