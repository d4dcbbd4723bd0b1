/** Border parsing, the wire form of errors, and the facts that are written in two places. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { LabError } from '../../../src/shared/errors.ts';
import { parseOrThrow } from '../../../src/shared/parse.ts';
import { PRODUCT_VERSION } from '../../../src/shared/product.ts';
import { jobParams } from '../../../src/shared/protocol/jobs.ts';
import { engineMessage } from '../../../src/shared/protocol/messages.ts';

const schema = z.object({ a: z.object({ b: z.int() }), c: z.string().default('x') });
const subject = { code: 'config/invalid', what: 'thing', hint: 'do this' } as const;

describe('parseOrThrow', () => {
  it('returns the parsed value with its defaults', () => {
    expect(parseOrThrow(schema, { a: { b: 1 } }, subject)).toEqual({ a: { b: 1 }, c: 'x' });
  });

  it('names the field and what arrived, and carries the hint', () => {
    try {
      parseOrThrow(schema, { a: { b: 'seven' } }, subject);
      expect.unreachable();
    } catch (thrown) {
      const error = LabError.from(thrown);
      expect(error.code).toBe('config/invalid');
      expect(error.message).toMatch(/^\[thing\] a\.b: .*\(got "seven"\)$/);
      expect(error.hint).toBe('do this');
    }
  });

  it('survives values that are not objects and long values', () => {
    for (const value of [null, undefined, 3, [], 'x'.repeat(10_000), () => 1]) {
      expect(() => parseOrThrow(schema, value, subject)).toThrow(LabError);
    }
    try {
      parseOrThrow(schema, { a: { b: 'y'.repeat(5000) } }, subject);
    } catch (thrown) {
      expect(LabError.from(thrown).message.length).toBeLessThan(300);
    }
  });
});

describe('errors on the wire', () => {
  it('keep code, message, hint, details, stack and cause', () => {
    const cause = new LabError('file/missing', 'inner');
    const error = new LabError('recipe/invalid', 'outer', { hint: 'h', details: { n: 1 }, cause });
    const message = engineMessage.parse({ type: 'failed', error: error.toWire() });
    expect(message.type).toBe('failed');
    const back = LabError.fromWire(error.toWire());
    expect(back).toMatchObject({ code: 'recipe/invalid', hint: 'h', details: { n: 1 } });
    expect(back.stack).toBe(error.stack);
    expect(back.cause).toMatchObject({ code: 'file/missing', message: 'inner' });
  });

  it('wraps what is not an error', () => {
    expect(LabError.from('text')).toMatchObject({ code: 'internal', message: 'text' });
  });
});

describe('job parameters', () => {
  it('fill in their defaults', () => {
    expect(jobParams.train.parse({ action: 'start', recipe: 'grpo' })).toEqual({
      action: 'start',
      recipe: 'grpo',
      set: {},
      runs: 'runs',
      device: 'auto',
    });
    expect(jobParams.eval.parse({}).temperature).toBe(0);
    expect(jobParams.generate.parse({ prompt: 'x' }).temperature).toBe(1);
  });

  it('refuse paths where a run id is expected', () => {
    for (const run of ['../up', '/etc', 'a/b', '', '.hidden']) {
      expect(jobParams['run-show'].safeParse({ run }).success).toBe(false);
    }
  });
});

it('the version is that of package.json', () => {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  expect(z.object({ version: z.string() }).parse(JSON.parse(text)).version).toBe(PRODUCT_VERSION);
});
