/** The committed traces: what the build writes, true to their pictures, short, from the train split. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  baseBundle,
  parseCompletion,
  sampleById,
  verify,
} from '../../../src/engine/world/index.ts';
import { TRACE_FILES, type TraceRow } from '../../../src/engine/world/traces.ts';
import { readGrid, spoken } from './pixels.ts';

const FOLDER = join(import.meta.dirname, '../../../resources/traces');

describe.each(Object.entries(TRACE_FILES))('%s', (name, build) => {
  const text = readFileSync(join(FOLDER, `${name}.jsonl`), 'utf8');
  const rows: TraceRow[] = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

  it('is what the build writes', () => {
    expect(text).toBe(
      build()
        .map((row) => `${JSON.stringify(row)}\n`)
        .join(''),
    );
  });

  it('has right answers to train-split questions in the exact form, each scene once', () => {
    expect(new Set(rows.map(({ world }) => world)).size).toBe(rows.length);
    for (const { world, completion } of rows) {
      const sample = sampleById(world);
      const { answer, thought, wellFormed } = parseCompletion(completion);
      expect(sample.split).toBe('train');
      expect(wellFormed && verify(sample.verifier, answer ?? ''), `${world}: ${completion}`).toBe(
        true,
      );
      expect((thought ?? '').split(' ').length).toBeLessThan(80);
    }
  });
});

it('follow traces name what their pictures show, all lengths in any prefix', () => {
  for (const [name, lengths] of [
    ['follow', 6],
    ['follow-prose', 6],
    ['follow-short', 3],
  ] as const) {
    const rows: TraceRow[] = readFileSync(join(FOLDER, `${name}.jsonl`), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    rows.forEach(({ world, completion }, row) => {
      const sample = sampleById(world);
      const grid = sample.images[0] === undefined ? [] : readGrid(sample.images[0]);
      const named = [
        ...completion.matchAll(/ ([a-d])([1-4]) (\w+) (circle|square|triangle|cross)/g),
      ];
      expect(named.length).toBe((row % lengths) + 2);
      for (const [, column = '', line = '', colour, shape] of named) {
        expect(spoken(grid['abcd'.indexOf(column) + 4 * (Number(line) - 1)])).toBe(
          `${colour} ${shape}`,
        );
      }
    });
  }
});

it('base material is the one the bundled checkpoint was trained on', () => {
  // A change here means that build:starter would no longer make the committed weights.
  const hash = createHash('sha256');
  for (const stage of ['captions', 'mix'] as const) {
    for (let index = 0; index < 8; index++) {
      const bundle = baseBundle({ seed: 1, index, stage });
      hash.update(bundle[0]?.images[0]?.rgb ?? '');
      hash.update(
        JSON.stringify(
          bundle.map(({ question, completion, unscored, patchLabels }) => [
            question,
            completion,
            unscored,
            patchLabels,
          ]),
        ),
      );
    }
  }
  expect(hash.digest('hex').slice(0, 16)).toBe('9fdff12ac6b38707');
});
