/**
 * Two pictures, before and after: which transformation was applied to the whole, or which object
 * moved from where to where. Difficulty is the number of objects; from level 3 on an object gets
 * lost on the way, so that one glance at one object no longer settles it.
 */

import type { Rng } from '../../rng.ts';
import {
  drawSparseScene,
  drawThing,
  evidenceFor,
  findCells,
  type GridScene,
  nameOf,
  renderScene,
  sameThing,
  say,
  sceneCaption,
  sceneContent,
  sceneHasHeldOut,
  sceneLabels,
  type Thing,
} from '../scenes.ts';
import type { SampleBody, TaskDefinition } from '../types.ts';

const SIDE = 4;
const SIZE = { columns: SIDE, rows: SIDE };
const EDGE = SIDE - 1;

/** Where (column, row) goes under each transformation; shifts come in again at the other side. */
export const TRANSFORMS: Readonly<
  Record<string, (column: number, row: number) => readonly [number, number]>
> = {
  'turn right': (column, row) => [EDGE - row, column],
  'turn left': (column, row) => [row, EDGE - column],
  'turn around': (column, row) => [EDGE - column, EDGE - row],
  'mirror sideways': (column, row) => [EDGE - column, row],
  'mirror upright': (column, row) => [column, EDGE - row],
  'shift right': (column, row) => [(column + 1) % SIDE, row],
  'shift left': (column, row) => [(column + EDGE) % SIDE, row],
  'shift up': (column, row) => [column, (row + EDGE) % SIDE],
  'shift down': (column, row) => [column, (row + 1) % SIDE],
};

function destination(name: string, index: number): number {
  const [column, row] = TRANSFORMS[name]?.(index % SIDE, Math.floor(index / SIDE)) ?? [0, 0];
  return row * SIDE + column;
}

function transformed(scene: GridScene, name: string): GridScene {
  const cells: (Thing | undefined)[] = new Array(SIDE * SIDE).fill(undefined);
  scene.cells.forEach((thing, index) => {
    if (thing !== undefined) cells[destination(name, index)] = thing;
  });
  return { ...SIZE, cells };
}

/** Every object of the second picture is where the transformation of the first puts it. */
function explains(name: string, before: GridScene, after: GridScene): boolean {
  const expected = transformed(before, name);
  return after.cells.every(
    (thing, index) => thing === undefined || sameThing(thing, expected.cells[index]),
  );
}

function drawObjects(rng: Rng, count: number, heldOut: boolean): Thing[] {
  return Array.from({ length: count }, (_, index) =>
    drawThing(rng, { heldOut: heldOut && (index === 0 || rng.chance(0.3)) }),
  );
}

function pairLabels(
  before: GridScene,
  after: GridScene,
  rng: Rng,
  from: readonly number[],
  to: readonly number[],
): Pick<SampleBody, 'images' | 'caption' | 'boxes' | 'patchLabels' | 'meta'> {
  const first = renderScene(before, rng.fork('before'));
  const second = renderScene(after, rng.fork('after'));
  const plain = (scene: GridScene): unknown => scene.cells.map((thing) => thing ?? null);
  return {
    images: [first.image, second.image],
    caption: `first ${sceneCaption(before)} second ${sceneCaption(after)}`,
    boxes: [...evidenceFor(before, first, from, 0), ...evidenceFor(after, second, to, 1)],
    patchLabels: [...sceneLabels(before), ...sceneLabels(after)],
    meta: { ...SIZE, before: plain(before), after: plain(after) },
  };
}

export const transform: TaskDefinition = {
  id: 'transform',
  about: 'say how the second picture was made from the first: turned, mirrored or shifted',
  levels: [1, 4],
  harderLevels: [5, 6],
  guessBound: 0.2,
  draft(rng, { difficulty, heldOut }) {
    const lost = difficulty < 3 ? 0 : difficulty < 5 ? 1 : 2;
    for (;;) {
      const before = drawSparseScene(rng, SIZE, drawObjects(rng, 2 + difficulty, heldOut));
      const answer = rng.pick(Object.keys(TRANSFORMS));
      const whole = transformed(before, answer);
      const kept = rng.sample(
        findCells(whole, () => true),
        2 + difficulty - lost,
      );
      const after: GridScene = {
        ...SIZE,
        cells: whole.cells.map((thing, index) => (kept.includes(index) ? thing : undefined)),
      };
      if (Object.keys(TRANSFORMS).filter((name) => explains(name, before, after)).length !== 1)
        continue;
      const origins = findCells(before, () => true).filter((index) =>
        kept.includes(destination(answer, index)),
      );
      const steps = origins.slice(0, 3).map((index) => {
        const thing = before.cells[index];
        return `${thing === undefined ? '.' : say(thing)} ${nameOf(before, index)} to ${nameOf(after, destination(answer, index))}`;
      });
      return {
        content: `${sceneContent(before)}>${sceneContent(after)}`,
        heldOut: sceneHasHeldOut(before),
        finish: (renderRng) => ({
          ...pairLabels(
            before,
            after,
            renderRng,
            origins,
            origins.map((index) => destination(answer, index)),
          ),
          question: 'what change',
          answer,
          answerType: 'words',
          verifier: {
            kind: 'choice',
            params: {
              options: Object.keys(TRANSFORMS),
              correct: Object.keys(TRANSFORMS).indexOf(answer),
            },
          },
          steps,
          thought: steps.join(' '),
        }),
      };
    }
  },
};

export const moved: TaskDefinition = {
  id: 'moved',
  about: 'find the one object that moved: the cell it left and the cell it went to',
  levels: [1, 4],
  harderLevels: [5, 6],
  guessBound: 0.05,
  draft(rng, { difficulty, heldOut }) {
    const before = drawSparseScene(rng, SIZE, drawObjects(rng, 1 + 2 * difficulty, heldOut));
    const from = rng.pick(findCells(before, () => true));
    const to = rng.pick(
      [...before.cells.keys()].filter((index) => before.cells[index] === undefined),
    );
    const cells = [...before.cells];
    cells[to] = cells[from];
    cells[from] = undefined;
    const after: GridScene = { ...SIZE, cells };
    const thing = before.cells[from];
    const answer = `${nameOf(before, from)} ${nameOf(after, to)}`;
    const name = thing === undefined ? '.' : say(thing);
    const steps = [
      `first ${nameOf(before, from)} ${name} second ${nameOf(before, from)} empty`,
      `second ${nameOf(after, to)} ${name}`,
    ];
    return {
      content: `${sceneContent(before)}>${sceneContent(after)}`,
      heldOut: sceneHasHeldOut(before),
      finish: (renderRng) => ({
        ...pairLabels(before, after, renderRng, [from], [to]),
        question: 'what moved',
        answer,
        answerType: 'words',
        verifier: { kind: 'sequence', params: { items: answer.split(' ') } },
        steps,
        thought: steps.join(' '),
      }),
    };
  },
};
