/** Fuses are switched in the binary and nowhere else in it. */
import { expect, it } from 'vitest';
import { FUSES, readFuses, setFuses } from '../../../scripts/fuses.mjs';

const MARKER = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';

it('sets every fuse there is, leaves removed ones and the rest of the file alone', () => {
  const before = Buffer.from(`\x7fELF....${MARKER}\x01\x0810r01111.rest of the binary`, 'latin1');
  const after = Buffer.from(before);
  setFuses(after);
  const { states, at } = readFuses(after);
  expect(states.join('')).toBe('11r01100');
  expect(states).toHaveLength(FUSES.length);
  expect(after.subarray(0, at)).toEqual(before.subarray(0, at));
  expect(after.subarray(at + 8)).toEqual(before.subarray(at + 8));
});

it('refuses what is no Electron', () => {
  expect(() => readFuses(Buffer.from('#!/bin/sh'))).toThrow('no fuses');
});
