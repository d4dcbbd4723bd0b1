/** What people see: progress, tables, errors; and the tail of a stream. */
import { describe, expect, it } from 'vitest';
import { LineTail } from '../../../src/main/engine/line-tail.ts';
import { exitCodeOf, formatError } from '../../../src/main/terminal/exit.ts';
import { duration, ProgressDisplay } from '../../../src/main/terminal/progress.ts';
import { RunReport } from '../../../src/main/terminal/run-report.ts';
import { cell, formatRecord, formatTable } from '../../../src/main/terminal/table.ts';
import { LabError } from '../../../src/shared/errors.ts';

describe('progress', () => {
  const progress = (done: number, stage = 'train') =>
    ({ type: 'progress', stage, done, total: 10 }) as const;

  it('estimates the time left from the stage so far', () => {
    const written: string[] = [];
    let now = 0;
    const stream = { isTTY: true, columns: 120, write: (text: string) => written.push(text) };
    const display = new ProgressDisplay(stream, () => now);
    display.update(progress(0));
    now = 4000;
    display.update(progress(2));
    expect(written.at(-1)).toContain('2/10  16.0 s left');
    now = 20_000;
    display.update(progress(10));
    expect(written.at(-2)).toContain('10/10  in 20.0 s');
    expect(written.at(-1)).toBe('\n');
  });

  it('prints plain lines now and then where there is no terminal', () => {
    const written: string[] = [];
    let now = 0;
    const display = new ProgressDisplay({ write: (text) => written.push(text) }, () => now);
    for (; now < 25_000; now += 1000) display.update(progress(1));
    expect(written).toHaveLength(2);
    expect(written[0]).not.toContain('\u001b');
    display.update(progress(10));
    expect(written.at(-1)).toContain('10/10');
  });

  it('makes room for other text', () => {
    const written: string[] = [];
    const stream = { isTTY: true, write: (text: string) => written.push(text) };
    const display = new ProgressDisplay(stream, () => 0);
    display.update(progress(1));
    display.around(() => written.push('text\n'));
    expect(written.at(-2)).toBe('text\n');
    expect(written.at(-1)).toContain('1/10');
  });

  it('writes durations as people read them', () => {
    expect([4200, 65_000, 7_389_000].map(duration)).toEqual(['4.2 s', '1:05', '2:03:09']);
  });
});

describe('tables', () => {
  it('align text left and numbers right, with a dash for what is missing', () => {
    expect(formatTable([{ name: 'a', n: 1 }, { name: 'long', n: 22.5 }, { name: 'x' }])).toBe(
      ['name     n', 'a        1', 'long  22.5', 'x        -'].join('\n'),
    );
  });

  it('shows numbers to four figures', () => {
    expect([0.123456, 1e-7, 12, Number.NaN, 1234.567].map(cell)).toEqual([
      '0.1235',
      '1.00e-7',
      '12',
      'NaN',
      '1235',
    ]);
  });

  it('flattens records', () => {
    expect(formatRecord({ a: 1, b: { c: 'x' } })).toBe('a    1\nb.c  x');
  });
});

describe('run show', () => {
  it('thins long tables but keeps first and last step', () => {
    const report = new RunReport();
    for (let step = 1; step <= 1000; step++) {
      report.row({ kind: 'metrics', step, values: { loss: 1 / step } });
    }
    const lines = (report.end() ?? '').trim().split('\n');
    expect(lines.length).toBeLessThan(30);
    expect(lines[1]).toMatch(/^ *1 +1$/);
    expect(lines.at(-1)).toMatch(/^1000 /);
  });
});

describe('errors', () => {
  const error = new LabError('file/missing', '[file] no such file', { hint: 'write it' });

  it('print as two lines or as JSON', () => {
    expect(formatError(error, false)).toBe(
      'error[file/missing]: [file] no such file\nhint: write it',
    );
    expect(JSON.parse(formatError(error, true))).toMatchObject({
      error: { code: 'file/missing', hint: 'write it' },
    });
  });

  it('map to exit codes', () => {
    const codes = ['file/missing', 'engine/cancelled', 'internal', 'engine/crashed'] as const;
    expect(codes.map((code) => exitCodeOf(new LabError(code, '')))).toEqual([2, 130, 1, 1]);
  });
});

it('a tail keeps the last lines and joins pieces, also of one character', () => {
  const heard: string[] = [];
  const tail = new LineTail(2, (line) => heard.push(line));
  const bytes = Buffer.from('one\ntwö\nthree\nrest');
  for (const byte of bytes) tail.push(Uint8Array.of(byte));
  expect(heard).toEqual(['one', 'twö', 'three']);
  expect(tail.lines()).toEqual(['two'.replace('o', 'ö'), 'three', 'rest']);
});
