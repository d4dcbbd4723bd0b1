/**
 * Questions about sparse scenes of coloured shapes: the attribute of one object, how many of a kind,
 * which of two colours is commoner, and what stands some hops away from a landmark. Difficulty is
 * the number of objects (attribute, count, compare) or of hops (relate).
 */

import type { Rng } from '../../rng.ts';
import { COLOURS, type Colour, isHeldOutPair, SHAPES, sayNumber } from '../lexicon.ts';
import {
  drawSparseScene,
  drawThing,
  findCells,
  type GridScene,
  gridLabels,
  nameOf,
  renderScene,
  sameThing,
  say,
  sceneContent,
  sceneHasHeldOut,
  type Thing,
} from '../scenes.ts';
import type { Draft, SampleBody, TaskDefinition } from '../types.ts';

const SIZE = { columns: 4, rows: 4 };

type Asked = Pick<SampleBody, 'question' | 'answer' | 'answerType' | 'verifier' | 'steps'> & {
  readonly evidence: readonly number[];
};

function draftOf(scene: GridScene, asked: Asked): Draft {
  const { evidence, ...rest } = asked;
  return {
    content: sceneContent(scene),
    heldOut: sceneHasHeldOut(scene),
    finish: (rng) => ({
      ...rest,
      ...gridLabels(scene, renderScene(scene, rng), evidence),
      thought: rest.steps.join(' '),
    }),
  };
}

function seen(scene: GridScene, index: number): string {
  const thing = scene.cells[index];
  return `${nameOf(scene, index)} ${thing === undefined ? '.' : say(thing)}`;
}

/** Things none of which passes the test. */
function drawOthers(rng: Rng, count: number, taken: (thing: Thing) => boolean): Thing[] {
  const others: Thing[] = [];
  while (others.length < count) {
    const thing = drawThing(rng);
    if (!taken(thing)) others.push(thing);
  }
  return others;
}

function objectsAt(difficulty: number): number {
  return 2 + 2 * difficulty;
}

export const attribute: TaskDefinition = {
  id: 'attribute',
  about:
    'name the colour of the only object of a shape, or the shape of the only object of a colour',
  levels: [1, 4],
  harderLevels: [5, 6],
  guessBound: 0.25,
  draft(rng, { difficulty, heldOut }) {
    const target = drawThing(rng, { heldOut });
    const byShape = rng.chance(0.5);
    const others = drawOthers(rng, objectsAt(difficulty) - 1, (thing) =>
      byShape ? thing.shape === target.shape : thing.colour === target.colour,
    );
    const scene = drawSparseScene(rng, SIZE, [target, ...others]);
    const evidence = findCells(scene, (thing) => sameThing(thing, target));
    const answer = byShape ? target.colour : target.shape;
    return draftOf(scene, {
      question: byShape
        ? `what colour is the ${target.shape}`
        : `what shape is the ${target.colour}`,
      answer,
      answerType: 'word',
      verifier: { kind: 'choice', params: choice(byShape ? COLOURS : SHAPES, answer) },
      steps: evidence.map((index) => seen(scene, index)),
      evidence,
    });
  },
};

function choice(
  options: readonly string[],
  answer: string,
): { options: readonly string[]; correct: number } {
  return { options, correct: options.indexOf(answer) };
}

/** Largest count asked; every count from none to this is planted equally often. */
const MAX_COUNT = 8;

export const count: TaskDefinition = {
  id: 'count',
  about: 'count the objects of a colour, of a shape, or of both',
  levels: [1, 4],
  harderLevels: [5, 6],
  guessBound: 0.25,
  draft(rng, { difficulty, heldOut }) {
    const objects = objectsAt(difficulty);
    const form = rng.pick(['colour', 'shape', 'both'] as const);
    const pattern = drawThing(rng, { heldOut });
    const matches = (thing: Thing): boolean =>
      (form === 'shape' || thing.colour === pattern.colour) &&
      (form === 'colour' || thing.shape === pattern.shape);
    const wanted = rng.int(heldOut ? 1 : 0, Math.min(MAX_COUNT, objects));
    const planted = Array.from({ length: wanted }, (_, index) => {
      if (form === 'both' || (heldOut && index === 0)) return pattern;
      return drawThing(
        rng,
        form === 'colour' ? { colour: pattern.colour } : { shape: pattern.shape },
      );
    });
    const scene = drawSparseScene(rng, SIZE, [
      ...planted,
      ...drawOthers(rng, objects - wanted, matches),
    ]);
    const evidence = findCells(scene, matches);
    const name = form === 'both' ? say(pattern) : pattern[form];
    const answer = sayNumber(evidence.length);
    return draftOf(scene, {
      question: `how many ${name}`,
      answer,
      answerType: 'number',
      verifier: { kind: 'number', params: { value: evidence.length, tolerance: 0 } },
      steps: [
        ...evidence.map((index, position) => `${seen(scene, index)} ${sayNumber(position + 1)}`),
        `total ${answer}`,
      ],
      evidence,
    });
  },
};

export const compare: TaskDefinition = {
  id: 'compare',
  about: 'say which of two colours has more objects, or that they are equal',
  levels: [1, 4],
  harderLevels: [5, 6],
  guessBound: 0.3,
  draft(rng, { difficulty, heldOut }) {
    const objects = objectsAt(difficulty);
    const special = drawThing(rng, { heldOut });
    const [left, right] = rng.shuffle([
      special.colour,
      rng.pick(COLOURS.filter((colour) => colour !== special.colour)),
    ]) as [Colour, Colour]; // two in, two out
    const equal = rng.chance(0.2);
    const most = Math.floor((objects - (equal ? 0 : 1)) / 2);
    const fewer = rng.int(heldOut ? 1 : 0, Math.max(heldOut ? 1 : 0, Math.min(4, most)));
    const extra = equal ? 0 : rng.int(1, Math.max(1, Math.min(3, objects - 2 * fewer)));
    const leftWins = rng.chance(0.5);
    const counts: readonly [Colour, number][] = [
      [left, fewer + (leftWins ? extra : 0)],
      [right, fewer + (leftWins ? 0 : extra)],
    ];
    const planted = counts.flatMap(([colour, amount]) =>
      Array.from({ length: amount }, () => drawThing(rng, { colour })),
    );
    const spot = planted.findIndex(({ colour }) => colour === special.colour);
    if (heldOut && spot >= 0) planted[spot] = special;
    const others = drawOthers(
      rng,
      Math.max(0, objects - planted.length),
      ({ colour }) => colour === left || colour === right,
    );
    const scene = drawSparseScene(rng, SIZE, [...planted, ...others]);
    const answer = equal ? 'equal' : leftWins ? left : right;
    const tally = ([colour, amount]: readonly [Colour, number]): string => {
      const cells = findCells(scene, (thing) => thing.colour === colour).map((index) =>
        nameOf(scene, index),
      );
      return [colour, ...cells, sayNumber(amount)].join(' ');
    };
    return draftOf(scene, {
      question: `more ${left} or ${right}`,
      answer,
      answerType: 'word',
      verifier: { kind: 'choice', params: choice([left, right, 'equal'], answer) },
      steps: counts.map(tally),
      evidence: findCells(scene, ({ colour }) => colour === left || colour === right),
    });
  },
};

const HOPS = [
  { word: 'right', dx: 1, dy: 0 },
  { word: 'left', dx: -1, dy: 0 },
  { word: 'above', dx: 0, dy: -1 },
  { word: 'below', dx: 0, dy: 1 },
] as const;

export const relate: TaskDefinition = {
  id: 'relate',
  about:
    'say what stands some hops (right, left, above, below) away from the only object of its kind',
  levels: [1, 4],
  harderLevels: [5, 6],
  guessBound: 0.15,
  draft(rng, { difficulty, heldOut }) {
    const landmark = drawThing(rng, { heldOut });
    const unusual = (thing: Thing): boolean => isHeldOutPair(thing.colour, thing.shape);
    const others = drawOthers(
      rng,
      SIZE.columns * SIZE.rows - 1,
      (thing) => sameThing(thing, landmark) || unusual(thing),
    );
    const scene = drawSparseScene(rng, SIZE, [landmark, ...others]);
    const start = findCells(scene, (thing) => sameThing(thing, landmark))[0] ?? 0;
    const visited = [start];
    const words: string[] = [];
    while (words.length < difficulty) {
      const here = visited[visited.length - 1] ?? 0;
      const before = visited[visited.length - 2];
      const options = HOPS.flatMap(({ word, dx, dy }) => {
        const column = (here % SIZE.columns) + dx;
        const row = Math.floor(here / SIZE.columns) + dy;
        const index = row * SIZE.columns + column;
        const outside = column < 0 || row < 0 || column >= SIZE.columns || row >= SIZE.rows;
        return outside || index === before ? [] : [{ word, index }]; // never straight back
      });
      const hop = rng.pick(options);
      words.push(hop.word);
      visited.push(hop.index);
    }
    const end = visited[visited.length - 1] ?? 0;
    const target = scene.cells[end];
    const answer = target === undefined ? '.' : say(target);
    return draftOf(scene, {
      question: `what is there ${words.join(' ')} from the ${say(landmark)}`,
      answer,
      answerType: 'words',
      verifier: { kind: 'sequence', params: { items: answer.split(' ') } },
      steps: visited.map((index, position) =>
        [seen(scene, index), ...words.slice(position, position + 1)].join(' '),
      ),
      evidence: visited,
    });
  },
};
