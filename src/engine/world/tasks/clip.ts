/**
 * Clips of three or four small frames: bring shuffled frames in order, say what happened between
 * two frames, say from which to which frame an object is there. Difficulty is the number of
 * bystanders, and of frames.
 */

import type { Rng } from '../../rng.ts';
import { sayNumber } from '../lexicon.ts';
import {
  drawThing,
  evidenceFor,
  type GridScene,
  renderScene,
  sameThing,
  say,
  sceneCaption,
  sceneContent,
  sceneHasHeldOut,
  sceneLabels,
  type Thing,
} from '../scenes.ts';
import type { Draft, SampleBody, TaskDefinition } from '../types.ts';

const SIZE = { columns: 4, rows: 4 };
const CELLS = SIZE.columns * SIZE.rows;

type Cells = (Thing | undefined)[];

function frame(cells: Cells): GridScene {
  return { ...SIZE, cells };
}

function clipDraft(
  frames: readonly GridScene[],
  watched: readonly (number | undefined)[],
  rest: Pick<SampleBody, 'question' | 'answer' | 'answerType' | 'verifier' | 'steps'>,
): Draft {
  return {
    content: `${frames.map(sceneContent).join('>')}`,
    heldOut: frames.some(sceneHasHeldOut),
    finish(rng) {
      const rendered = frames.map((scene, index) => renderScene(scene, rng.fork(index)));
      return {
        ...rest,
        images: rendered.map(({ image }) => image),
        caption: frames
          .map((scene, index) => `frame ${sayNumber(index + 1)} ${sceneCaption(scene)}`)
          .join(' '),
        boxes: frames.flatMap((scene, index) => {
          const cell = watched[index];
          const picture = rendered[index];
          return cell === undefined || picture === undefined
            ? []
            : evidenceFor(scene, picture, [cell], index);
        }),
        thought: rest.steps.join(' '),
        patchLabels: frames.flatMap(sceneLabels),
        meta: { ...SIZE, frames: frames.map(({ cells }) => cells.map((thing) => thing ?? null)) },
      };
    },
  };
}

/** Still bystanders at `count` of the free places, none of them the main thing. */
function placeBystanders(
  rng: Rng,
  cells: Cells,
  taken: readonly number[],
  count: number,
  main: Thing,
): void {
  const free = [...Array(CELLS).keys()].filter((index) => !taken.includes(index));
  for (const index of rng.sample(free, count)) {
    let thing = drawThing(rng);
    while (sameThing(thing, main)) thing = drawThing(rng);
    cells[index] = thing;
  }
}

const COURSES = [
  { word: 'right', dx: 1, dy: 0 },
  { word: 'left', dx: -1, dy: 0 },
  { word: 'up', dx: 0, dy: -1 },
  { word: 'down', dx: 0, dy: 1 },
] as const;

export const clipOrder: TaskDefinition = {
  id: 'clip-order',
  about: 'bring the shuffled frames of a moving object in order',
  levels: [1, 4],
  harderLevels: [5, 6],
  guessBound: 0.2,
  draft(rng, { difficulty, heldOut }) {
    const length = difficulty <= 2 ? 3 : 4;
    const course = rng.pick(COURSES);
    const main = drawThing(rng, { heldOut });
    const slack = SIZE.columns - length;
    const along = rng.int(0, slack);
    const across = rng.int(0, SIZE.rows - 1);
    const track = Array.from({ length }, (_, time) => {
      const position = course.dx + course.dy > 0 ? along + time : along + length - 1 - time;
      return course.dx !== 0 ? across * SIZE.columns + position : position * SIZE.columns + across;
    });
    const still: Cells = new Array(CELLS).fill(undefined);
    placeBystanders(rng, still, track, 2 * difficulty - 1, main);
    const moments = track.map((cell) =>
      frame(still.map((thing, index) => (index === cell ? main : thing))),
    );
    const shown = rng.shuffle([...Array(length).keys()]); // shown[i] is the moment of frame i
    const orderOfFrames = [...Array(length).keys()].map((time) => shown.indexOf(time));
    const answer = orderOfFrames.map((index) => sayNumber(index + 1)).join(' ');
    const frames = shown.flatMap((time) => moments[time] ?? []);
    const watched = shown.map((time) => track[time]);
    const places = watched.map(
      (cell) =>
        `${'abcd'[(cell ?? 0) % SIZE.columns]}${Math.floor((cell ?? 0) / SIZE.columns) + 1}`,
    );
    return clipDraft(frames, watched, {
      question: `${say(main)} goes ${course.word} order of frames`,
      answer,
      answerType: 'order',
      verifier: { kind: 'sequence', params: { items: answer.split(' ') } },
      steps: places.map((place, index) => `frame ${sayNumber(index + 1)} ${place}`),
    });
  },
};

const CLIP_LENGTH = 4;

export const clipBetween: TaskDefinition = {
  id: 'clip-between',
  about: 'say what happened between two frames: something came, went, or changed its colour',
  levels: [1, 4],
  harderLevels: [5, 6],
  guessBound: 0.12,
  draft(rng, { difficulty, heldOut }) {
    const asked = rng.int(0, CLIP_LENGTH - 2);
    let cells: Cells = new Array(CELLS).fill(undefined);
    const special = drawThing(rng, { heldOut });
    placeBystanders(rng, cells, [], 1 + difficulty, special);
    const frames = [frame(cells)];
    const events: { cell: number; text: string }[] = [];
    for (let step = 0; step < CLIP_LENGTH - 1; step++) {
      const next = [...cells];
      const event = happen(rng, next, step === asked ? special : drawThing(rng));
      events.push(event);
      cells = next;
      frames.push(frame(cells));
    }
    const answer = events[asked]?.text ?? '';
    return clipDraft(
      frames,
      frames.map((_, index) =>
        index === asked || index === asked + 1 ? events[asked]?.cell : undefined,
      ),
      {
        question: `what happened between frame ${sayNumber(asked + 1)} and ${sayNumber(asked + 2)}`,
        answer,
        answerType: 'words',
        verifier: { kind: 'sequence', params: { items: answer.split(' ') } },
        steps: [`frame ${sayNumber(asked + 2)} ${answer}`],
      },
    );
  },
};

/** Changes one cell: a free one gets `thing`, or a taken one loses its thing or takes another colour. */
function happen(rng: Rng, cells: Cells, thing: Thing): { cell: number; text: string } {
  const taken = [...cells.keys()].filter((index) => cells[index] !== undefined);
  const free = [...cells.keys()].filter((index) => cells[index] === undefined);
  const recolourable = taken.filter(
    (index) => cells[index]?.shape === thing.shape && cells[index]?.colour !== thing.colour,
  );
  const kind = rng.pick(['came', 'gone', 'became'] as const);
  if (kind === 'gone' && taken.length > 1) {
    const cell = rng.pick(taken);
    const text = `${cells[cell] === undefined ? '.' : say(cells[cell])} gone`;
    cells[cell] = undefined;
    return { cell, text };
  }
  if (kind === 'became' && recolourable.length > 0) {
    const cell = rng.pick(recolourable);
    const text = `${cells[cell] === undefined ? '.' : say(cells[cell])} became ${thing.colour}`;
    cells[cell] = thing;
    return { cell, text };
  }
  const cell = rng.pick(free);
  cells[cell] = thing;
  return { cell, text: `${say(thing)} came` };
}

export const clipWhen: TaskDefinition = {
  id: 'clip-when',
  about: 'say from which to which frame an object is there',
  levels: [1, 4],
  harderLevels: [5, 6],
  guessBound: 0.25,
  draft(rng, { difficulty, heldOut }) {
    const main = drawThing(rng, { heldOut });
    const spans = [...Array(CLIP_LENGTH).keys()].flatMap((start) =>
      [...Array(CLIP_LENGTH).keys()]
        .filter((end) => end >= start)
        .map((end) => [start, end] as const),
    );
    const [start, end] = rng.pick(spans.filter(([first, last]) => last - first < CLIP_LENGTH - 1));
    const cell = rng.int(0, CELLS - 1);
    const still: Cells = new Array(CELLS).fill(undefined);
    placeBystanders(rng, still, [cell], 1 + difficulty, main);
    const isThere = (time: number): boolean => time >= start && time <= end;
    const frames = [...Array(CLIP_LENGTH).keys()].map((time) =>
      frame(still.map((thing, index) => (index === cell && isThere(time) ? main : thing))),
    );
    const answer = `${sayNumber(start + 1)} ${sayNumber(end + 1)}`;
    return clipDraft(
      frames,
      frames.map((_, time) => (isThere(time) ? cell : undefined)),
      {
        question: `when is the ${say(main)} there`,
        answer,
        answerType: 'interval',
        verifier: { kind: 'interval', params: { start: start + 1, end: end + 1, minIou: 1 } },
        steps: frames.map(
          (_, time) => `frame ${sayNumber(time + 1)} ${isThere(time) ? 'yes' : 'no'}`,
        ),
      },
    );
  },
};
