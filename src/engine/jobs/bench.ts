/**
 * `rationale bench`: the workloads of bench/workloads on a model folder, one row each. A folder
 * without weights is filled at random; speed does not depend on them.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LabError } from '../../shared/errors.ts';
import { jobParams } from '../../shared/protocol/jobs.ts';
import { computeAdvantages } from '../advantage/index.ts';
import { gemmPeak } from '../bench/gemm-peak.ts';
import { type Workload, workloads } from '../bench/workloads.ts';
import type { OnlineStages } from '../loop/online-types.ts';
import { initWeights } from '../models/qwen2-5-vl/init.ts';
import {
  packWeights,
  readConfig,
  readModelFolder,
  WEIGHTS_FILE,
  WEIGHTS_INDEX,
} from '../models/qwen2-5-vl/weights.ts';
import { compileObjective } from '../objective/compile.ts';
import { Policy } from '../policy/policy.ts';
import { resolveRecipe } from '../recipes/resolve.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { defineJob } from './define.ts';
import { openRuntime } from './open-runtime.ts';

const BENCH_MODEL = fileURLToPath(new URL('../../../resources/bench', import.meta.url));
const REPEATS = 5;
/** Rounds that are not counted: they compile programs, touch memory and let the JIT settle. */
const WARM_UP = 4;

export const bench = defineJob({
  name: 'bench',
  params: jobParams.bench,
  async run(context, params) {
    const runtime = openRuntime(params);
    const folder = params.model ?? BENCH_MODEL;
    const peak = await gemmPeak(runtime);
    for (const workload of chosen(folder, params)) {
      const policy = openBenchPolicy(runtime, folder);
      const row = await measure(policy, workload, {
        repeats: params.repeats ?? REPEATS,
        onRepeat: (done, total) => {
          context.signal.throwIfAborted();
          context.emit({ type: 'progress', stage: workload.name, done, total });
        },
      });
      policy.dispose();
      context.emit({
        type: 'row',
        row: {
          ...row,
          gemm_peak_gflops: round(peak, 1),
          share_of_peak: round(row.gflops / peak, 3),
        },
      });
    }
    return { ok: true };
  },
});

function chosen(
  folder: string,
  { workloads: names, text }: { readonly workloads: readonly string[]; readonly text: boolean },
): readonly Workload[] {
  const { vision } = readConfig(folder).config;
  // A tower that cannot take a 64x64 picture is compared on text as well.
  const picture = !text && 64 % (vision.patchSize * vision.spatialMergeSize) === 0;
  const all = workloads({ picture }, grpoStages);
  for (const name of names) {
    if (!all.some((workload) => workload.name === name)) {
      throw new LabError('cli/usage', `unknown workload '${name}'`, {
        hint: `workloads are: ${all.map((workload) => workload.name).join(', ')}`,
      });
    }
  }
  return names.length === 0 ? all : all.filter((workload) => names.includes(workload.name));
}

function openBenchPolicy(runtime: Runtime, folder: string): Policy {
  const hasWeights = [WEIGHTS_FILE, WEIGHTS_INDEX].some((name) => existsSync(join(folder, name)));
  if (!hasWeights) {
    const { config } = readConfig(folder);
    return new Policy(runtime, config, initWeights(config, 1));
  }
  const model = readModelFolder(folder);
  return new Policy(runtime, model.config, packWeights(model.config, model.tensors));
}

/** GRPO as the recipe has it, with random rewards: what is timed does not look at them. */
async function grpoStages(policy: Policy, beta: number): Promise<OnlineStages> {
  const recipe = resolveRecipe('grpo', {
    objective: { kl: beta === 0 ? null : { kind: 'k3', coefficient: beta } },
  });
  if (recipe.shape !== 'online-rl') throw new RangeError('grpo is an online recipe');
  const { advantage, objective } = recipe.slots;
  return {
    judge: (_prompt, completion) => ({
      text: '',
      terms: [(completion.ids[0] ?? 0) % 2],
      extracted: null,
      isRight: null,
    }),
    terms: ['parity'],
    weights: Float64Array.of(1),
    advantages: (input) => computeAdvantages(advantage, input),
    objective: compileObjective(policy.runtime, objective),
    ...(beta === 0 ? {} : { reference: policy.reference() }),
  };
}

interface Timing {
  readonly repeats: number;
  readonly onRepeat: (done: number, total: number) => void;
}

async function measure(policy: Policy, workload: Workload, timing: Timing) {
  const job = workload.prepare(policy);
  const seconds: number[] = [];
  let tokens = 0;
  let flops = 0;
  for (let i = 0; i < WARM_UP + timing.repeats; i++) {
    const started = performance.now();
    const work = await job.run();
    if (i >= WARM_UP) seconds.push((performance.now() - started) / 1000);
    tokens = work.tokens;
    flops = work.flops;
    timing.onRepeat(i + 1, WARM_UP + timing.repeats);
  }
  job.dispose();
  const median = seconds.toSorted((a, b) => a - b)[Math.floor(seconds.length / 2)] ?? Number.NaN;
  return {
    workload: workload.name,
    params: [...policy.params.values()].reduce((sum, tensor) => sum + tensor.size, 0),
    seconds: round(median, 4),
    seconds_min: round(Math.min(...seconds), 4),
    tokens_per_s: round(tokens / median, 1),
    peak_rss_mb: round(process.resourceUsage().maxRSS / 1024, 1),
    gflops: round(flops / median / 1e9, 2),
  };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
