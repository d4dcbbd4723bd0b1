/**
 * The primitives that a thought is built from, over the same full grids as `follow`: transcribe the
 * picture, say what is at a cell, read named cells in any order, make one move.
 */
import type { Rng } from '../../rng.ts';
import {
  type GridScene,
  gridLabels,
  nameOf,
  type RenderedScene,
  renderScene,
  say,
  sceneContent,
  sceneHasHeldOut,
} from '../scenes.ts';
import type { SampleBody, TaskDefinition } from '../types.ts';
import { drawFollowScene, stepAnswer } from './follow.ts';

/** Walk lengths planted in the pictures of these tasks, so that they look like those of `follow`. */
const PLANTED: readonly [number, number] = [1, 6];

type Ask = (scene: GridScene, rendered: RenderedScene, rng: Rng, difficulty: number) => SampleBody;

function saySeen(scene: GridScene, index: number): string {
  const thing = scene.cells[index];
  return thing === undefined ? '.' : say(thing);
}

function everyIndex(scene: GridScene): number[] {
  return scene.cells.map((_, index) => index);
}

function body(
  scene: GridScene,
  rendered: RenderedScene,
  indices: readonly number[],
  rest: Pick<SampleBody, 'question' | 'answer' | 'answerType' | 'verifier'>,
): SampleBody {
  const steps = indices.map((index) => `${nameOf(scene, index)} ${saySeen(scene, index)}`);
  return {
    ...rest,
    ...gridLabels(scene, rendered, indices),
    steps,
    thought: steps.join(' '),
  };
}

/** Cells with what they hold, in the very form of a thought. */
function chain(scene: GridScene, indices: readonly number[]): string {
  return indices.map((index) => `${nameOf(scene, index)} ${saySeen(scene, index)}`).join(' ');
}

/** Transcribes the whole picture in reading order, cell by cell. */
export const askCaption: Ask = (scene, rendered) => {
  const answer = chain(scene, everyIndex(scene));
  return body(scene, rendered, everyIndex(scene), {
    question: 'describe',
    answer,
    answerType: 'words',
    verifier: { kind: 'sequence', params: { items: answer.split(' ') } },
  });
};

/** Reads `difficulty` named cells in random order, in the very form of a follow thought. */
export const askRead: Ask = (scene, rendered, rng, difficulty) => {
  const indices = rng.sample(everyIndex(scene), difficulty);
  const answer = chain(scene, indices);
  return body(scene, rendered, indices, {
    question: `read ${indices.map((index) => nameOf(scene, index)).join(' ')}`,
    answer,
    answerType: 'words',
    verifier: { kind: 'sequence', params: { items: answer.split(' ') } },
  });
};

/** What is at one cell. */
export const askAt: Ask = (scene, rendered, rng) => {
  const index = rng.pick(everyIndex(scene));
  const answer = saySeen(scene, index);
  return body(scene, rendered, [index], {
    question: `what is at ${nameOf(scene, index)}`,
    answer,
    answerType: 'words',
    verifier: { kind: 'sequence', params: { items: answer.split(' ') } },
  });
};

/** One move from a cell that is no cross. */
export const askStep: Ask = (scene, rendered, rng) => {
  const movers = everyIndex(scene).filter((index) => scene.cells[index]?.shape !== 'cross');
  const index = rng.pick(movers);
  const answer = stepAnswer(scene, index);
  return body(scene, rendered, [index], {
    question: `step from ${nameOf(scene, index)}`,
    answer,
    answerType: 'cell',
    verifier: { kind: 'exact', params: { text: answer } },
  });
};

function define(
  id: string,
  about: string,
  ask: Ask,
  options: Pick<TaskDefinition, 'levels' | 'harderLevels' | 'guessBound'>,
): TaskDefinition {
  return {
    id,
    about,
    ...options,
    draft(rng, { difficulty, heldOut }) {
      const { scene } = drawFollowScene(rng, rng.int(PLANTED[0], PLANTED[1]), heldOut);
      return {
        content: sceneContent(scene),
        heldOut: sceneHasHeldOut(scene),
        finish: (renderRng) =>
          ask(scene, renderScene(scene, renderRng), renderRng.fork('question'), difficulty),
      };
    },
  };
}

export const caption = define(
  'caption',
  'transcribe the whole picture in reading order',
  askCaption,
  { levels: [1, 1], harderLevels: [1, 1], guessBound: 0.02 },
);
export const read = define(
  'read',
  'say what is in each of several named cells, in the order asked',
  askRead,
  { levels: [3, 11], harderLevels: [12, 15], guessBound: 0.02 },
);
export const cellAt = define('at', 'say what is in one named cell', askAt, {
  levels: [1, 1],
  harderLevels: [1, 1],
  guessBound: 0.15,
});
export const step = define('step', 'make one move from a named cell', askStep, {
  levels: [1, 1],
  harderLevels: [1, 1],
  guessBound: 0.12,
});
