/**
 * `rationale doctor`: one object that says what this machine can do, and for everything that is
 * missing how to get it. `ok` is about the CPU path; a machine without a GPU is not ill.
 */
import { existsSync, statSync } from 'node:fs';
import { platform, release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { LabError } from '../../shared/errors.ts';
import type { JsonObject } from '../../shared/json.ts';
import { PRODUCT_VERSION } from '../../shared/product.ts';
import { jobParams } from '../../shared/protocol/jobs.ts';
import { probeDevices } from '../runtime/device.ts';
import { defineJob } from './define.ts';

const STARTER = fileURLToPath(new URL('../../../resources/starter', import.meta.url));

interface Problem {
  readonly part: string;
  readonly reason: string;
  readonly fix: string;
}

export const doctor = defineJob({
  name: 'doctor',
  params: jobParams.doctor,
  async run(context) {
    const problems: Problem[] = [];
    const devices = devicesOrProblem(problems);
    const starter = starterOrProblem(problems);
    const ok = problems.length === 0;
    context.emit({
      type: 'row',
      row: {
        ok,
        version: PRODUCT_VERSION,
        node: process.versions.node,
        system: `${platform()} ${release()} ${process.arch}`,
        ...devices,
        starter,
        problems,
      },
    });
    context.emit({ type: 'report', text: verdict(problems, devices) });
    return { ok };
  },
});

function devicesOrProblem(problems: Problem[]): JsonObject {
  try {
    const { cpu, cuda, onnxRuntime } = probeDevices();
    return { cpu, cuda, onnxRuntime };
  } catch (thrown) {
    const { message, hint } = LabError.from(thrown);
    problems.push({ part: 'native runtime', reason: message, fix: hint ?? 'npm run build:native' });
    return {};
  }
}

function starterOrProblem(problems: Problem[]): JsonObject {
  const weights = `${STARTER}/model.safetensors`;
  if (existsSync(weights)) return { path: STARTER, sizeBytes: statSync(weights).size };
  problems.push({
    part: 'starter model',
    reason: `no model.safetensors in ${STARTER}`,
    fix: 'check out the whole repository, or make it again: npm run build:starter',
  });
  return { path: STARTER, sizeBytes: 0 };
}

function verdict(problems: readonly Problem[], devices: JsonObject): string {
  const lines = problems.map(
    ({ part, reason, fix }) => `missing: ${part} (${reason})\n  get it: ${fix}`,
  );
  const cuda = devices['cuda'] as { isUsable: boolean; missing: readonly Problem[] } | undefined; // as probed above
  if (cuda?.isUsable === false) {
    lines.push('CUDA is not usable here; the CPU is. For CUDA:');
    for (const { part, reason, fix } of cuda.missing)
      lines.push(`  ${part}: ${reason}\n    get it: ${fix}`);
  }
  lines.push(problems.length === 0 ? 'everything that is needed is here' : 'not ready');
  return lines.join('\n');
}
