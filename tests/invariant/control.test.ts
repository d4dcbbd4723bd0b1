/**
 * What a person changes while a run goes on: it applies from the step that was told, is recorded, is
 * the same again after a stop, and what does not fit is refused with a reason.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ControlHandler } from '../../src/engine/jobs/define.ts';
import {
  inspectRun,
  listCheckpoints,
  listRollouts,
  readEvents,
  readMetrics,
  readRollouts,
} from '../../src/engine/run-folder/read.ts';
import { Supervisor } from '../../src/main/engine/supervisor.ts';
import type { ControlCommand } from '../../src/shared/protocol/control.ts';
import type { JobEvent } from '../../src/shared/protocol/messages.ts';
import { evaluationRecord, rolloutRow } from '../../src/shared/protocol/results.ts';
import { writeTinyModel } from '../support/tiny-folder.ts';
import { metricsOf, runTraining } from '../support/train-run.ts';

let base: string;
let model: string;
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'rationale-control-'));
  model = await writeTinyModel(base);
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const KL = { 'model.reference': 'initial', 'objective.kl': { kind: 'k3', coefficient: 0.1 } };

function start(set: Record<string, unknown> = {}, steps = 4) {
  const runs = mkdtempSync(join(base, 'runs-'));
  return {
    action: 'start',
    recipe: 'grpo',
    model,
    runs,
    steps,
    seed: 3,
    device: 'cpu',
    threads: 2,
    set: {
      'data.tasks': { follow: 1, bar: 1 },
      'training.promptsPerStep': 2,
      'rollout.groupSize': 3,
      'rollout.maxCompletionTokens': 8,
      'reward.terms': [{ kind: 'length-penalty', cushion: 1 }, { kind: 'answer-accuracy' }],
      ...set,
    },
  };
}

const runIn = (runs: string) => join(runs, readdirSync(runs)[0] ?? '');

/** Sends commands once the metrics of a step are out. */
function atStep(step: number, commands: readonly ControlCommand[], answers: unknown[] = []) {
  return (event: JobEvent, send: ControlHandler) => {
    if (event.type !== 'metric' || event.step !== step) return;
    for (const command of commands) {
      try {
        answers.push(send(command));
      } catch (thrown) {
        answers.push(thrown);
      }
    }
  };
}

const rates = (run: string) =>
  readMetrics(run).map(({ values }) => values['optimizer/learning_rate'] ?? Number.NaN);

describe('a change', () => {
  it('applies from the step that was told, is recorded, and is the same after a stop', async () => {
    const changes: ControlCommand[] = [
      { kind: 'lr-scale', value: 0.5 },
      { kind: 'kl-weight', value: 2 },
    ];
    const whole = start(KL);
    const answers: unknown[] = [];
    const { error } = await runTraining(whole, { onEvent: atStep(2, changes, answers) });
    expect(error).toBeUndefined();
    expect(answers).toEqual([{ step: 3 }, { step: 3 }]);
    const run = runIn(whole.runs);
    const [one, two, three, four] = rates(run);
    expect(two).toBe(one);
    expect(three).toBeCloseTo(0.5 * (one ?? 0), 12);
    expect(four).toBe(three);
    expect(readEvents(run).flatMap(({ kind, data }) => (kind === 'changed' ? [data] : []))).toEqual(
      [
        { what: 'lr-scale', from: 1, to: 0.5, step: 3 },
        { what: 'kl-weight', from: 0.1, to: 2, step: 3 },
      ],
    );

    // The same run, stopped after step 3 and resumed from step 1, where it has its checkpoint.
    const parted = start({ ...KL, 'training.checkpointEvery': 1 });
    await runTraining(parted, { onEvent: atStep(2, changes), stopAfter: 3 });
    const stopped = runIn(parted.runs);
    for (const { step, path } of listCheckpoints(stopped)) {
      if (step > 1) rmSync(path, { recursive: true });
    }
    const resumed = {
      action: 'resume',
      run: 'latest',
      runs: parted.runs,
      device: 'cpu',
      threads: 2,
    };
    expect((await runTraining(resumed)).error).toBeUndefined();
    expect(metricsOf(stopped)).toEqual(metricsOf(run));
  });

  it('of the KL weight changes the loss and nothing that was sampled before', async () => {
    const [plain, changed] = [start(KL, 2), start(KL, 2)];
    await runTraining(plain);
    await runTraining(changed, { onEvent: atStep(1, [{ kind: 'kl-weight', value: 50 }]) });
    const loss = (runs: string) =>
      readMetrics(runIn(runs)).map(({ values }) => values['objective/loss']);
    expect(loss(changed.runs)[0]).toBe(loss(plain.runs)[0]);
    expect(loss(changed.runs)[1]).not.toBe(loss(plain.runs)[1]);
  });

  it('that does not fit is refused with a reason', async () => {
    const answers: unknown[] = [];
    const params = start({ 'objective.kl': null }, 3);
    await runTraining(params, {
      onEvent: atStep(
        2,
        [
          { kind: 'kl-weight', value: 1 },
          { kind: 'stop-step', value: 1 },
        ],
        answers,
      ),
    });
    expect(answers).toMatchObject([
      { code: 'run/control-refused', message: expect.stringContaining('no KL term') },
      { code: 'run/control-refused', message: expect.stringContaining('step 2 has begun') },
    ]);
    expect(readEvents(runIn(params.runs)).map(({ kind }) => kind)).not.toContain('changed');
  });

  it('of the last step ends the run there, or later than planned', async () => {
    const [sooner, later] = [start(), start({}, 2)];
    await runTraining(sooner, { onEvent: atStep(1, [{ kind: 'stop-step', value: 2 }]) });
    await runTraining(later, { onEvent: atStep(2, [{ kind: 'stop-step', value: 3 }]) });
    for (const [params, step] of [
      [sooner, 2],
      [later, 3],
    ] as const) {
      expect(inspectRun(runIn(params.runs))).toMatchObject({ status: 'finished', step });
      expect(listCheckpoints(runIn(params.runs)).at(-1)?.step).toBe(step);
    }
  });
});

describe('a request', () => {
  it('for a checkpoint, an evaluation and the end is served at the border of the step', async () => {
    const params = start({ 'evaluation.n': 6 });
    await runTraining(params, {
      onEvent(event, send) {
        atStep(1, [{ kind: 'checkpoint-now' }, { kind: 'evaluate-now' }])(event, send);
        atStep(2, [{ kind: 'stop-and-save' }])(event, send);
      },
    });
    const run = runIn(params.runs);
    expect(inspectRun(run)).toMatchObject({ status: 'cancelled', step: 2 });
    expect(listCheckpoints(run).map(({ step }) => step)).toEqual([1, 2]);
    const file = join(run, 'evaluations', 'step-000001.json');
    const record = evaluationRecord.parse(JSON.parse(readFileSync(file, 'utf8')));
    expect(record).toMatchObject({ step: 1, n: 6, reason: 'asked' });
    expect(record.items).toHaveLength(6);
    const [first] = readMetrics(run);
    expect(first?.values['evaluation/accuracy']).toBe(record.accuracy);
    expect(first?.values['reward/mean']).toBeTypeOf('number');
    const resumed = {
      action: 'resume',
      run: 'latest',
      runs: params.runs,
      device: 'cpu',
      threads: 2,
    };
    expect((await runTraining(resumed)).error).toBeUndefined();
    expect(inspectRun(run)).toMatchObject({ status: 'finished', step: 4 });
  });

  it('to evaluate is refused where nothing is held out', async () => {
    const answers: unknown[] = [];
    const data = new URL('../../resources/traces/follow-short.jsonl', import.meta.url).pathname;
    const params = { ...start({}, 1), recipe: 'sft', data, set: { 'training.promptsPerStep': 1 } };
    await runTraining(params, { onEvent: atStep(1, [{ kind: 'evaluate-now' }], answers) });
    expect(answers).toMatchObject([{ code: 'run/control-refused' }]);
  });
});

it('planned evaluations are at the start, on the way and at the end', async () => {
  const params = start({ 'evaluation.n': 4, 'training.evaluateEvery': 2 }, 3);
  await runTraining(params);
  const run = runIn(params.runs);
  expect(readdirSync(join(run, 'evaluations'))).toEqual([
    'step-000000.json',
    'step-000002.json',
    'step-000003.json',
  ]);
  const found = readMetrics(run).map(({ step, values }) => [step, 'evaluation/accuracy' in values]);
  expect(found).toEqual([
    [0, true],
    [1, false],
    [2, true],
    [3, true],
  ]);
});

it('rollout rows say what was asked, answered and meant, token by token', async () => {
  const params = start(KL, 1);
  await runTraining(params);
  const [file] = listRollouts(runIn(params.runs));
  const rows = readRollouts(file ?? { step: 0, path: '' }).map((row) => rolloutRow.parse(row));
  expect(rows.map(({ group, sample }) => [group, sample])).toEqual([
    [0, 0],
    [0, 1],
    [0, 2],
    [1, 0],
    [1, 1],
    [1, 2],
  ]);
  for (const row of rows) {
    expect(row.world).toMatch(/^(follow|bar)\/train\//);
    expect(row.target).not.toBe('');
    expect(row.right).toBe(false);
    expect(row.term_names).toEqual(['length-penalty', 'answer-accuracy']);
    expect(row.tokens).toHaveLength(row.ids.length);
    expect(row.ref_logprobs).toHaveLength(row.ids.length);
    // The first step's policy is its reference.
    for (const [i, value] of (row.ref_logprobs ?? []).entries())
      expect(value).toBeCloseTo(row.logprobs[i] ?? 0, 3);
    expect(row.tokens?.join('')).toContain(row.text);
  }
});

it('a conversation is trained on and written with its rollouts, ready to be asked again', async () => {
  const data = join(base, 'talk.jsonl');
  const messages = [
    { role: 'system', content: 'be brief' },
    { role: 'user', content: 'left or right' },
    { role: 'assistant', content: 'left' },
    { role: 'user', content: 'sure' },
  ];
  writeFileSync(data, `${JSON.stringify({ messages, answer: 'yes' })}\n`);
  const params = { ...start({ 'data.suffix': ' think' }, 1), data };
  expect((await runTraining(params)).error).toBeUndefined();
  const [file] = listRollouts(runIn(params.runs));
  const [row] = readRollouts(file ?? { step: 0, path: '' }).map((line) => rolloutRow.parse(line));
  expect(row).toMatchObject({ question: 'sure think', target: 'yes', world: null, images: [] });
  expect(row?.messages?.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user']);
  expect(row?.messages?.at(-1)?.content).toEqual([{ type: 'text', text: 'sure think' }]);
});

it('an engine process takes commands, waits, and ends at once when it is cancelled', async () => {
  const supervisor = new Supervisor();
  const params = start({ 'objective.kl': null }, 500);
  const cancel = new AbortController();
  const events: JobEvent[] = [];
  const told: Promise<unknown>[] = [];
  const outcome = supervisor.run(
    'train',
    { ...params, action: 'start', device: 'cpu' },
    {
      signal: cancel.signal,
      onEvent(event) {
        events.push(event);
        if (event.type === 'metric' && event.step === 2) {
          told.push(
            supervisor.control({ kind: 'pause' }),
            supervisor.control({ kind: 'lr-scale', value: 0 }),
          );
          told.push(
            supervisor.control({ kind: 'kl-weight', value: 0 }).catch((error: unknown) => error),
          );
        }
        if (event.type === 'event' && event.kind === 'paused') cancel.abort();
      },
    },
  );
  expect(await outcome).toEqual({ kind: 'cancelled' });
  const answers = await Promise.all(told);
  expect(answers).toMatchObject([
    { step: expect.any(Number) },
    { step: expect.any(Number) },
    { code: 'run/control-refused' },
  ]);
  await expect(supervisor.control({ kind: 'resume' })).rejects.toMatchObject({
    code: 'run/control-refused',
  });
  await supervisor.dispose();
  const run = runIn(params.runs);
  expect(inspectRun(run).status).toBe('cancelled');
  expect(readEvents(run).map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['started', 'changed', 'checkpoint', 'paused', 'cancelled']),
  );
}, 60_000);

it('an evaluation that was cut off is made up for when the run is resumed', async () => {
  const set = { 'evaluation.n': 4, 'training.evaluateEvery': 2, 'training.checkpointEvery': 2 };
  const params = start(set, 4);
  await runTraining(params, { stopAfter: 3 });
  const run = runIn(params.runs);
  for (const { step, path } of listCheckpoints(run))
    if (step > 2) rmSync(path, { recursive: true });
  const evaluations = () => readdirSync(join(run, 'evaluations'));
  const resume = { action: 'resume', run: 'latest', runs: params.runs, device: 'cpu', threads: 2 };
  rmSync(join(run, 'evaluations', 'step-000002.json'));
  expect((await runTraining(resume)).error).toBeUndefined();
  expect(evaluations()).toEqual(['step-000000.json', 'step-000002.json', 'step-000004.json']);
});
