/**
 * What `rationale doctor` says, for the window: runs the engine's job once and keeps the answer until a
 * person asks again.
 */
import { z } from 'zod';
import { LabError } from '../../shared/errors.ts';
import type { JsonObject } from '../../shared/json.ts';
import { type DeviceStatus, type DoctorReport, doctorProblem } from '../../shared/model/system.ts';
import type { JobRunner } from '../engine/ask.ts';

/** What is read of the doctor's row; the rest is shown as it is. */
const devices = z.object({
  cpu: z.object({ model: z.string() }),
  cuda: z
    .object({
      isUsable: z.boolean(),
      devices: z.array(z.object({ name: z.string(), memoryBytes: z.int().optional() })),
    })
    .optional(),
});

export class Doctor {
  readonly #engine: JobRunner;
  #asked: Promise<DoctorReport> | undefined;
  #last: DoctorReport | undefined;

  constructor(engine: JobRunner) {
    this.#engine = engine;
  }

  /** The last report, without asking. */
  get last(): DoctorReport | undefined {
    return this.#last;
  }

  /** @throws LabError `engine/crashed` and what else keeps the engine from answering */
  report(options: { readonly isFresh: boolean } = { isFresh: false }): Promise<DoctorReport> {
    if (this.#asked === undefined || options.isFresh) {
      const asked = examine(this.#engine);
      this.#asked = asked;
      asked.then(
        (report) => {
          this.#last = report;
        },
        () => {
          // A failure is told once and not kept.
          if (this.#asked === asked) this.#asked = undefined;
        },
      );
    }
    return this.#asked;
  }

  /** The device that work runs on, once the engine has told. */
  device(chosen: 'auto' | 'cpu' | 'cuda'): DeviceStatus | null {
    const found = devices.safeParse(this.#last?.row);
    if (!found.success) return null;
    const { cpu, cuda } = found.data;
    const card = cuda?.isUsable === true && chosen !== 'cpu' ? cuda.devices[0] : undefined;
    return {
      kind: card === undefined ? 'cpu' : 'cuda',
      name: card?.name ?? cpu.model,
      usedBytes: null,
      totalBytes: card?.memoryBytes ?? null,
    };
  }
}

async function examine(engine: JobRunner): Promise<DoctorReport> {
  let row: JsonObject = {};
  const texts: string[] = [];
  const outcome = await engine.run(
    'doctor',
    {},
    {
      onEvent(event) {
        if (event.type === 'row') row = event.row;
        if (event.type === 'report') texts.push(event.text);
      },
    },
  );
  if (outcome.kind === 'failed') throw outcome.error;
  if (outcome.kind === 'cancelled') {
    throw new LabError('engine/cancelled', '[doctor] the engine was stopped');
  }
  const problems = z.array(doctorProblem).catch([]).parse(row['problems']);
  const ok = outcome.summary.ok ?? problems.length === 0;
  return { ok, problems, text: texts.join('\n'), row, checkedAt: new Date().toISOString() };
}
