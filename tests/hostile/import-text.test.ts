/** JSON and tables made to break an importer: refused with a reason, the rows beside them imported. */
import { describe, expect, it } from 'vitest';
import {
  expectBad,
  importPath,
  writeFile as write,
  writeLines,
} from '../support/import-fixture.ts';

const GOOD = JSON.stringify({ prompt: 'Is this read?', answer: 'yes' });

describe('JSON', () => {
  it.each([
    ['a text that is no JSON', '{"prompt": ', /not valid JSON/],
    ['a number', '17', /expected one JSON object, got a number/],
    ['a list', '[1]', /got a list/],
    ['the same key twice', '{"prompt":"a","prompt":"b"}', /"prompt" is there twice/],
    ['a key that is escaped and there twice', '{"prompt":"a","\\u0070rompt":"b"}', /there twice/],
    [
      'deep nesting',
      `{"prompt":"a","x":${'['.repeat(3000)}${']'.repeat(3000)}}`,
      /more than 64 levels/,
    ],
    [
      'very deep nesting',
      `{"prompt":"a","x":${'['.repeat(2e6)}${']'.repeat(2e6)}}`,
      /64 levels|not valid/,
    ],
    ['17 MB in one row', `{"prompt":"${'a'.repeat(17 * 2 ** 20)}"}`, /longer than 16 MB/],
    ['40 MB in one row', `{"prompt":"${'a'.repeat(40 * 2 ** 20)}"}`, /longer than 16 MB/],
    ['a row without anything to show', '{"other":1}', /nothing to show/],
  ])(
    '%s',
    async (_what, line, reason) => {
      await expectBad(write('a.jsonl', `${GOOD}\n${line}\n${GOOD}\n`), reason, 2);
      // A bracket that is missing takes the rest of a list with it.
      if (line.endsWith(' ')) return;
      await expectBad(write('a.json', `[${GOOD},${line},${GOOD}]`), reason, 2);
    },
    120_000,
  );

  it('names rows with bytes that are no UTF-8', async () => {
    const bytes = Buffer.concat([
      Buffer.from(`\ufeff${GOOD}\r\n{"prompt":"`),
      Buffer.from([0xff, 0xfe, 0x80]),
      Buffer.from(`"}\r\n\r\n${GOOD}`),
    ]);
    await expectBad(write('a.jsonl', bytes), /not valid UTF-8/, 2);
  });

  it('reads NaN and Infinity as null and says so', async () => {
    const path = write(
      'a.jsonl',
      `${GOOD}\n{"prompt":"NaN is a word","x":NaN,"y":[-Infinity, "NaN"]}`,
    );
    const { samples, result } = await importPath(path);
    expect(samples[1]?.extra).toEqual({ y: [null, 'NaN'] });
    expect(result.notes).toEqual([expect.stringMatching(/NaN/)]);
  });

  it('keeps __proto__ a column like others', async () => {
    const path = write('a.jsonl', '{"prompt":"a","__proto__":{"polluted":1},"constructor":"x"}');
    const { samples } = await importPath(path);
    expect(Object.keys(samples[0]?.extra ?? {})).toEqual(['__proto__', 'constructor']);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('lists the end of a file that was cut off', async () => {
    await expectBad(write('a.json', `[${GOOD},{"prompt":"a`), /ends in the middle/);
    await expectBad(write('a.jsonl', `${GOOD}\n{"prompt":"a`), /not valid JSON/);
  });

  it('keeps HTML and formulas as text', async () => {
    const text = '<img src=x onerror=alert(1)>=cmd|"/c calc"!A1';
    const { samples } = await importPath(writeLines('a.jsonl', [{ prompt: text, '<b>': text }]));
    expect(samples[0]?.messages[0]?.content).toEqual([{ type: 'text', text }]);
    expect(samples[0]?.extra).toEqual({ '<b>': text });
  });

  it('takes a thousand columns without a thousand filters', async () => {
    const columns = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`x"${i}`, i]));
    const {
      samples,
      columns: found,
      result,
    } = await importPath(writeLines('a.jsonl', [{ prompt: 'a', ...columns }]));
    expect(Object.keys(samples[0]?.extra ?? {})).toHaveLength(1000);
    expect(found.length).toBeLessThan(100);
    expect(result.notes).toEqual([expect.stringMatching(/first 64 columns/)]);
  });
});

describe('tables', () => {
  it('loses one line to a quote that is never closed', async () => {
    const path = write('a.csv', 'prompt,answer\na,1\n"b,2\nc,3\nd,4\n');
    const { samples, bad } = await importPath(path);
    expect(bad).toEqual([
      expect.objectContaining({ line: 2, reason: expect.stringMatching(/never closed/) }),
    ]);
    expect(samples.map(({ answer }) => answer)).toEqual(['1', '3', '4']);
  });

  it('names rows with too many or too few fields', async () => {
    const { samples, bad } = await importPath(write('a.csv', 'prompt,answer\na\nb,2\nc,3,4\n'));
    expect(bad.map(({ line }) => line)).toEqual([1, 3]);
    expect(samples).toHaveLength(1);
  });

  it('keeps formulas as text', async () => {
    const { samples } = await importPath(write('a.csv', 'prompt,answer\n=1+1,"@SUM(A1)"\n'));
    expect(samples[0]?.answer).toBe('@SUM(A1)');
  });
});
