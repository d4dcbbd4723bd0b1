/** Arithmetic on symbolic sizes: what is equal, what broadcasts, what a reshape or slice may do. */
import { describe, expect, test } from 'vitest';
import {
  addDims,
  broadcast,
  broadcastAxes,
  reshapeTarget,
  sliceSize,
} from '../../../src/engine/graph/shape.ts';

describe('broadcast', () => {
  test('names are equal to themselves and stretch ones', () => {
    expect(broadcast(['B', 1, 3], ['T', 1])).toEqual(['B', 'T', 3]);
    expect(broadcast([], ['N'], [1])).toEqual(['N']);
    expect(broadcast([0], [1])).toEqual([0]);
  });
  test('different names never broadcast', () => {
    expect(() => broadcast(['B'], ['T'])).toThrow('shapes do not broadcast: got [B] and [T]');
    expect(() => broadcast(['B'], [4])).toThrow('[B] and [4]');
  });
  test('axes to sum over', () => {
    expect(broadcastAxes([1, 3], ['N', 'T', 3])).toEqual([0, 1]);
    expect(broadcastAxes([1], [1])).toEqual([]);
    expect(broadcastAxes([], [2, 3])).toEqual([0, 1]);
  });
});

describe('reshape', () => {
  test('a symbolic size keeps its place as 0', () => {
    expect(reshapeTarget(['N', 12], ['N', 3, 4])).toEqual([0, 3, 4]);
    expect(reshapeTarget(['B', 'T', 4], ['B', 'T', 2, 2])).toEqual([0, 0, 2, 2]);
  });
  test('one may move or be new, as -1', () => {
    expect(reshapeTarget(['B', 'T', 4], ['BT', 4])).toEqual([-1, 4]);
    expect(reshapeTarget([3, 'N'], ['N', 3])).toEqual([-1, 3]);
    expect(reshapeTarget(['N', 16], ['N/4', 64])).toEqual([-1, 64]);
  });
  test('two new ones are refused, and lost or changed sizes', () => {
    expect(() => reshapeTarget(['M', 4], ['A', 'B'])).toThrow('A and B are both unknown');
    expect(() => reshapeTarget(['N', 12], ['N', 3, 5])).toThrow('number of elements changes');
    expect(() => reshapeTarget([12], [5, 2])).toThrow('cannot reshape [12] to [5,2]');
    expect(() => reshapeTarget(['N', 4], [4, 4])).toThrow('a symbolic size is lost');
  });
});

describe('slice', () => {
  test('known sizes', () => {
    expect(sliceSize(7, 2, 5)).toBe(3);
    expect(sliceSize(7, -3, undefined)).toBe(3);
    expect(sliceSize(7, 1, -1)).toBe(5);
    expect(sliceSize(7, 7, undefined)).toBe(0);
  });
  test('symbolic sizes', () => {
    expect(sliceSize('N', 0, undefined)).toBe('N');
    expect(sliceSize('N', 1, undefined)).toBe('N-1');
    expect(sliceSize('N', 0, -1)).toBe('N-1');
    expect(sliceSize('N', 2, 5)).toBe(3);
    expect(sliceSize('N', -1, undefined)).toBe(1);
  });
  test('outside the axis', () => {
    expect(() => sliceSize(4, 0, 5)).toThrow('outside an axis of size 4');
    expect(() => sliceSize(4, 3, 1)).toThrow('outside an axis of size 4');
  });
});

test('sums of sizes', () => {
  expect(addDims([2, 3])).toBe(5);
  expect(addDims(['P', 1, 'T', 2])).toBe('P+T+3');
});
