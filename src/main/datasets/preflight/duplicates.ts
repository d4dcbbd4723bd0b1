/**
 * Rows that say the same. Comes in: for every row its text and pictures as short signatures. Goes out:
 * groups of rows that are the same, or nearly the same, and rows that also stand in another set.
 */
import { createHash } from 'node:crypto';
import { promptText, type Sample } from '../../../shared/model/sample.ts';
import { bandsOf, isNear, type Look } from './looks.ts';

/** What duplicates are found by. */
export interface Signature {
  /** The prompt, as written. */
  readonly text: string;
  /** The prompt without case, spacing and punctuation. */
  readonly plain: string;
  /** sha256 of the pictures and frames, in order. */
  readonly media: readonly string[];
  /** What is to be learnt: completions and answer. */
  readonly target: string;
  /** The answer alone; '' where there is none. */
  readonly answer: string;
}

export function signatureOf(sample: Sample): Signature {
  const { completion, rejected, answer } = sample;
  // A row without a prompt is its completion.
  const text = promptText(sample) || (completion ?? '');
  const media = [
    ...sample.images.map(({ sha256 }) => sha256),
    ...sample.videos.flatMap(({ frames }) => frames.map(({ sha256 }) => sha256)),
  ];
  return {
    text: shortHash(text),
    plain: shortHash(plainText(text)),
    media,
    target: shortHash(JSON.stringify([completion, rejected, answer])),
    answer: plainText(answer ?? ''),
  };
}

function plainText(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}.]+/gu, ' ')
    .trim();
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('base64').slice(0, 16);
}

const promptKey = ({ text, media }: Signature): string => `${text} ${media.join(' ')}`;

/** Rows that are in a group of several, and those of them that are not the first of it. */
export interface Groups {
  readonly rows: number[];
  readonly extra: number[];
  /** For each row another one of its group. */
  readonly partners: ReadonlyMap<number, number>;
}

export function exactGroups(signatures: readonly Signature[]): Groups {
  return groupsBy(signatures.map((signature) => `${promptKey(signature)} ${signature.target}`));
}

export function groupsBy(keys: readonly string[]): Groups {
  const first = new Map<string, number>();
  const pairs = new Pairs();
  keys.forEach((key, row) => {
    const known = first.get(key);
    if (known === undefined) first.set(key, row);
    else pairs.add(known, row);
  });
  return pairs.groups();
}

/** Rows and the earlier row each of them is like. */
class Pairs {
  readonly #partners = new Map<number, number>();
  readonly #extra: number[] = [];

  add(first: number, row: number): void {
    if (!this.#partners.has(first)) this.#partners.set(first, row);
    this.#partners.set(row, first);
    this.#extra.push(row);
  }

  groups(): Groups {
    const rows = [...this.#partners.keys()].sort((a, b) => a - b);
    return { rows, extra: this.#extra, partners: this.#partners };
  }
}

/** Finds earlier rows that are nearly the same as a row: same plain text, pictures alike. */
export class NearIndex {
  readonly #looks: (sha256: string) => Look | undefined;
  readonly #buckets = new Map<string, { row: number; signature: Signature }[]>();

  constructor(looks: (sha256: string) => Look | undefined) {
    this.#looks = looks;
  }

  /** @returns a row added before that is near; undefined when there is none */
  find(signature: Signature): number | undefined {
    for (const bucket of this.#bucketsOf(signature)) {
      for (const other of this.#buckets.get(bucket) ?? []) {
        if (this.#isNear(signature, other.signature)) return other.row;
      }
    }
    return undefined;
  }

  add(row: number, signature: Signature): void {
    for (const bucket of this.#bucketsOf(signature)) {
      const list = this.#buckets.get(bucket);
      if (list === undefined) this.#buckets.set(bucket, [{ row, signature }]);
      else list.push({ row, signature });
    }
  }

  #bucketsOf({ plain, media }: Signature): string[] {
    const [first] = media;
    const look = first === undefined ? undefined : this.#looks(first);
    const beginning = `${plain} ${media.length}`;
    if (look === undefined) return [`${beginning} ${first ?? ''}`];
    return bandsOf(look).map((band) => `${beginning} ${band}`);
  }

  #isNear(a: Signature, b: Signature): boolean {
    // The same question with another answer shows something else.
    if (a.answer !== b.answer && a.answer !== '' && b.answer !== '') return false;
    return a.media.every((sha256, index) => {
      const other = b.media[index];
      if (sha256 === other) return true;
      const [look, otherLook] = [this.#looks(sha256), this.#looks(other ?? '')];
      return look !== undefined && otherLook !== undefined && isNear(look, otherLook);
    });
  }
}

/** Rows near an earlier one without being the same as it. */
export function nearGroups(
  signatures: readonly Signature[],
  looks: (sha256: string) => Look | undefined,
): Groups {
  const index = new NearIndex(looks);
  const seen = new Set<string>();
  const pairs = new Pairs();
  signatures.forEach((signature, row) => {
    const key = promptKey(signature);
    // The same prompt again is no near miss: several answers to one question are a choice.
    if (seen.has(key)) return;
    seen.add(key);
    const near = index.find(signature);
    if (near === undefined) index.add(row, signature);
    else pairs.add(near, row);
  });
  return pairs.groups();
}
