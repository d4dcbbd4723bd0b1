/**
 * What `rationale doctor` says, for the window: runs the engine's job once and keeps the answer until a
 * person asks again.
 */
import { z } from 'zod';
import { LabError } from '../../shared/errors.ts';
import type { JsonObject } from '../../shared/json.ts';
import { type DoctorReport, doctorProblem } from '../../shared/model/system.ts';
import { Supervisor } from '../engine/supervisor.ts';

export class Doctor {
  #report: Promise<DoctorReport> | undefined;

  /** @throws LabError `engine/crashed` and what else keeps the engine from answering */
  report(options: { readonly isFresh: boolean } = { isFresh: false }): Promise<DoctorReport> {
    if (this.#report === undefined || options.isFresh) {
      const asked = examine();
      this.#report = asked;
      // A failure is told once and not kept.
      asked.catch(() => {
        if (this.#report === asked) this.#report = undefined;
      });
    }
    return this.#report;
  }
}

async function examine(): Promise<DoctorReport> {
  const engine = new Supervisor();
  let row: JsonObject = {};
  const texts: string[] = [];
  try {
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
    const checkedAt = new Date().toISOString();
    return {
      ok: outcome.summary.ok ?? problems.length === 0,
      problems,
      text: texts.join('\n'),
      row,
      checkedAt,
    };
  } finally {
    await engine.dispose();
  }
}
