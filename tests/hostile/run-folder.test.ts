/**
 * Run folders that nobody's engine wrote: every file of them may hold anything. Nothing is executed,
 * nothing of another run is lost, and what can be read is read.
 */
import { appendFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Lab } from '../../src/main/lab.ts';
import { completion, writeRun } from '../support/rollout-run.ts';
import { dropWorkspace, temporaryWorkspace } from '../support/runs-lab.ts';
import { until } from '../support/until.ts';

let folder: string;
let lab: Lab;
const file = (name: string) => join(lab.path, 'runs', 'run-1', name);

beforeEach(async () => {
  folder = temporaryWorkspace();
  lab = await Lab.open({ workspace: join(folder, 'workspace') });
  writeRun(join(lab.path, 'runs'), 'good', { 1: [completion('p#1.0', 0, 'fine')] });
}, 60_000);
afterEach(async () => {
  await lab.dispose();
  dropWorkspace(folder);
}, 60_000);

const ids = () =>
  lab.runs
    .list({ params: [], isArchivedShown: true })
    .map(({ id }) => id)
    .sort();

async function read(expected: string[]): Promise<void> {
  await until(() => JSON.stringify(ids()) === JSON.stringify(expected));
  await lab.runs.settled();
}

describe('metrics', () => {
  it('of any name, size and step', async () => {
    writeRun(join(lab.path, 'runs'), 'run-1', {});
    const row = (step: unknown, values: string) => `{"step":${step},"values":${values}}\n`;
    appendFileSync(
      file('metrics.jsonl'),
      [
        row(1, '{"__proto__":1,"constructor":2,"a/b":1e308,"<img src=x>":3}'),
        row(2, '{"a/b":1e999}'),
        row(3, '{"a/b":-1e308}'),
        row(99_999_999_999, '{"a/b":1}'),
        row(-1, '{"a/b":1}'),
        row('1.5', '{"a/b":1}'),
        'null\n[]\n"text"\n',
        row(4, '{"a/b":4}'),
      ].join(''),
    );
    await read(['good', 'run-1']);
    const [series] = lab.runs.series({
      run: 'run-1',
      metrics: ['a/b'],
      x: 'step',
      from: null,
      to: null,
      maxPoints: 100,
    });
    expect(series?.points.map(({ step, last }) => [step, last])).toEqual([
      [1, 1e308],
      [3, -1e308],
      [4, 4],
    ]);
    expect(lab.runs.catalog('run-1').map(({ id }) => id)).toContain('<img src=x>');
    expect(Object.getPrototypeOf(lab.runs.get('run-1').latest)).toBe(Object.prototype);
    expect(lab.runs.health('run-1')).toBeInstanceOf(Array);
  });
});

describe('rollouts', () => {
  it('with lines of the wrong form, huge ones and texts that are code', async () => {
    const evil = '"><script>alert(1)</script> {{7*7}} \u0000 \u202e =cmd|calc';
    writeRun(join(lab.path, 'runs'), 'run-1', {
      1: [
        completion('p#1.0', 0, evil),
        completion('p#1.0', 1, 'x'.repeat(3_000_000), {
          ids: [1],
          tokens: ['x'],
          logprobs: [0],
          entropy: [0],
        }),
      ],
    });
    appendFileSync(
      file('rollouts/step-000001.jsonl'),
      '{"prompt":5}\nnot json\n{"prompt":"q","sample":0}\n',
    );
    writeFileSync(file('rollouts/step-99999999999999999999.jsonl'), '{}\n');
    writeFileSync(file('rollouts/step-1e9.jsonl'), '{}\n');
    await read(['good', 'run-1']);
    expect(lab.rollouts.steps('run-1')).toMatchObject([{ step: 1, groups: 1, completions: 2 }]);
    const detail = await lab.rollouts.group({ run: 'run-1', step: 1, prompt: 'p#1.0' });
    expect(detail.completions.find(({ sample }) => sample === 0)?.text).toBe(evil);
    expect(lab.rollouts.through('good', 'p')).toHaveLength(1);
  });

  it('that name pictures outside their folder show none', async () => {
    writeRun(join(lab.path, 'runs'), 'run-1', {
      1: [
        completion('p#1.0', 0, 'x', {
          images: ['../../../../etc/passwd', '/etc/passwd', 'a\u0000b'],
        }),
      ],
    });
    await read(['good', 'run-1']);
    const { sample } = await lab.rollouts.group({ run: 'run-1', step: 1, prompt: 'p#1.0' });
    expect(sample?.images).toEqual([]);
  });
});

describe('other files', () => {
  it('cannot hide a run that is one, nor make one of a link or an odd name', async () => {
    writeRun(join(lab.path, 'runs'), 'run-1', {});
    writeFileSync(
      file('events.jsonl'),
      '{"seq":"x"}\n{}\n{"seq":0,"at":"never","kind":"finished","data":{}}\n',
    );
    writeFileSync(file('lab.jsonl'), '{"at":"x"}\n{"at":1,"kind":"crashed","data":{"code":5}}\n');
    writeFileSync(file('lock'), '{"pid":1,"startedAt":5}');
    mkdirSync(file('evaluations'));
    writeFileSync(file('evaluations/step-000001.json'), '{"accuracy":"high"}');
    symlinkSync(join(lab.path, 'runs', 'good'), join(lab.path, 'runs', 'linked'));
    mkdirSync(join(lab.path, 'runs', 'odd name <b>'));
    writeFileSync(join(lab.path, 'runs', 'odd name <b>', 'run.json'), '{}');
    await read(['good', 'run-1']);
    expect(lab.runs.get('run-1')).toMatchObject({ status: 'failed', error: null });
    expect(lab.runs.evaluations('run-1')).toEqual([]);
  });
});
