/**
 * A row as an item: its pictures decoded, its messages in order, what it does not say taken from the
 * sample of the starter world it names. In: a parsed JSON value and the folder pictures are named
 * from. Out: an item, or `dataset/bad-row` naming what is wrong.
 */
import { existsSync, realpathSync } from 'node:fs';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { z } from 'zod';
import { LabError } from '../../shared/errors.ts';
import { type TrainingRow, trainingRow } from '../../shared/protocol/rows.ts';
import { decodeImage } from '../files/image.ts';
import { sampleById } from '../world/dataset.ts';
import type { Item } from './item.ts';
import { readConversation, readPlaceholders } from './messages.ts';
import { toItem } from './world-source.ts';

export interface RowPlace {
  /** Folder that pictures are named from; nothing outside it is read. */
  readonly root: string;
  /** Names the row in errors. */
  readonly name: string;
  /** Id of a row that gives none. */
  readonly fallbackId: string;
}

type Bad = (problem: string, cause?: unknown) => LabError;

/** @throws LabError `dataset/bad-row`, `image/*`, `file/missing` */
export async function rowItem(json: unknown, place: RowPlace): Promise<Item> {
  const bad: Bad = (problem, cause) =>
    new LabError('dataset/bad-row', `${place.name}: ${problem}`, { cause });
  const parsed = trainingRow.safeParse(json);
  if (!parsed.success) throw bad(z.prettifyError(parsed.error));
  const row = parsed.data;
  const sample = row.world === undefined ? undefined : worldItem(row.world, bad);
  const shown = await shownBy(row, (name) => pathInside(place.root, name, bad), sample);
  const asked = askedBy(row, shown, sample, bad);
  return {
    id: row.id ?? sample?.id ?? place.fallbackId,
    ...asked,
    ...shown,
    ...judgedBy(row, sample),
    world: sample?.id,
    task: row.task ?? sample?.task ?? 'file',
    difficulty: row.difficulty ?? sample?.difficulty,
    completion: row.completion ?? row.chosen ?? asked.completion ?? sample?.completion,
    rejected: row.rejected ?? sample?.rejected,
  };
}

function askedBy(
  row: TrainingRow,
  { images, medium }: Pick<Item, 'images' | 'medium'>,
  sample: Item | undefined,
  bad: Bad,
): Pick<Item, 'question' | 'messages' | 'completion'> {
  const pictures = { images: images.length, isClip: medium === 'video' && images.length > 0 };
  if (row.messages !== undefined) return readConversation(row.messages, pictures, bad);
  const question = row.prompt ?? row.question ?? sample?.question;
  if (question === undefined) throw bad('expected a text in `prompt` or `question`, or `messages`');
  return { question, messages: readPlaceholders(question, pictures), completion: undefined };
}

function judgedBy(row: TrainingRow, sample: Item | undefined): Pick<Item, 'answer' | 'verifier'> {
  const answer = row.answer ?? row.solution;
  const judged =
    answer === undefined && sample !== undefined
      ? { answer: sample.answer, verifier: sample.verifier }
      : { answer: answer ?? '', verifier: { kind: 'exact', params: { text: answer ?? '' } } };
  return row.verifier === undefined ? judged : { ...judged, verifier: row.verifier };
}

function worldItem(id: string, bad: Bad): Item {
  try {
    return toItem(sampleById(id));
  } catch (thrown) {
    throw bad(LabError.from(thrown).message, thrown);
  }
}

/** The pictures or frames a row names, else those of its sample of the starter world. */
async function shownBy(
  row: TrainingRow,
  resolved: (name: string) => string,
  sample: Item | undefined,
): Promise<Pick<Item, 'images' | 'medium' | 'media'>> {
  const isClip = row.frames.length > 0;
  const media = isClip ? row.frames : row.images;
  if (media.length === 0 && sample !== undefined) {
    return { images: sample.images, medium: sample.medium, media };
  }
  const images = await Promise.all(media.map((name) => decodeImage(resolved(name))));
  return { images, medium: isClip ? 'video' : 'pictures', media };
}

/** Data may name pictures in its own folder only, links included. */
function pathInside(root: string, name: string, bad: Bad): string {
  if (name.includes('\0')) throw bad(`picture ${JSON.stringify(name)} is no file name`);
  const folder = resolve(root);
  const path = resolve(folder, name);
  const isOutside = (from: string, to: string) => relative(from, to).split(sep)[0] === '..';
  const leadsOut = () => existsSync(path) && isOutside(realpathSync(folder), realpathSync(path));
  if (isAbsolute(name) || isOutside(folder, path) || leadsOut())
    throw bad(`picture ${name} is outside ${folder}`);
  return path;
}
