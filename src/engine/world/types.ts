/**
 * What the starter world makes: samples with every label a method may ask for, and the definition
 * a task family has to give. Pixels are RGB, 8 bit, row by row; coordinates are in pixels, x to the
 * right, y down, boxes half open [x0, x1) x [y0, y1).
 */
import type { Rng } from '../rng.ts';

export interface WorldImage {
  readonly width: number;
  readonly height: number;
  /** [height, width, 3] u8 */
  readonly rgb: Uint8Array;
}

/**
 * `train` is for learning; `dev` guides choices; `test` is in-distribution and only quoted;
 * `harder` has difficulties above those of train; `combos` holds combinations no other split shows.
 */
export const SPLITS = ['train', 'dev', 'test', 'harder', 'combos'] as const;
export type Split = (typeof SPLITS)[number];

export type AnswerType =
  | 'cell'
  | 'word'
  | 'number'
  | 'words'
  | 'order'
  | 'path'
  | 'box'
  | 'point'
  | 'time'
  | 'interval';

export interface Box {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** A region of one picture that the answer rests on. */
export interface Evidence extends Box {
  readonly image: number;
  readonly what: string;
}

/** How an answer is checked, as data, so that a dataset row can carry it. */
export type Verifier =
  | { readonly kind: 'exact'; readonly params: { readonly text: string } }
  | {
      readonly kind: 'number';
      readonly params: { readonly value: number; readonly tolerance: number };
    }
  | {
      readonly kind: 'choice';
      readonly params: { readonly options: readonly string[]; readonly correct: number };
    }
  | { readonly kind: 'set'; readonly params: { readonly items: readonly string[] } }
  | { readonly kind: 'sequence'; readonly params: { readonly items: readonly string[] } }
  | {
      readonly kind: 'box';
      readonly params: {
        readonly box: Box;
        readonly columns: number;
        readonly rows: number;
        readonly cell: number;
        readonly minIou: number;
      };
    }
  | { readonly kind: 'point'; readonly params: { readonly box: Box; readonly cell: number } }
  | {
      readonly kind: 'interval';
      readonly params: { readonly start: number; readonly end: number; readonly minIou: number };
    }
  | {
      readonly kind: 'path';
      readonly params: {
        readonly edges: readonly (readonly [string, string])[];
        readonly from: string;
        readonly to: string;
        readonly length: number;
      };
    };

export interface Sample {
  /** `task/split/seed/index/difficulty`; {@link Sample} of that id can be made again from it alone. */
  readonly id: string;
  readonly task: string;
  readonly split: Split;
  readonly difficulty: number;
  /** None for text-only tasks, several for pairs and clips. */
  readonly images: readonly WorldImage[];
  readonly question: string;
  readonly answer: string;
  readonly answerType: AnswerType;
  readonly verifier: Verifier;
  readonly caption: string;
  readonly boxes: readonly Evidence[];
  /** Ground truth of the reasoning, one line a step. */
  readonly steps: readonly string[];
  /** A full completion with thought: `<think>...</think><answer>...</answer>`. */
  readonly trace: string;
  /** The completion without thought: `<answer>...</answer>`. */
  readonly direct: string;
  /**
   * One list of words per merged image token, all pictures one after the other; each word is one
   * token with a leading space. The loss at an image position is the mean over its words.
   */
  readonly patchLabels?: readonly (readonly string[])[];
  /** Symbolic ground truth of the scene (JSON-able), for methods that need more. */
  readonly meta: Readonly<Record<string, unknown>>;
}

/** What a family fills in once the draft has been accepted for a split. */
export type SampleBody = Omit<
  Sample,
  'id' | 'task' | 'split' | 'difficulty' | 'trace' | 'direct'
> & {
  /** The thought between the tags. */
  readonly thought: string;
};

/** A symbolic proposal; nothing is rendered before its split has accepted it. */
export interface Draft {
  /** Canonical text of what is shown (and asked, where pictures alone are few); its hash picks the split. */
  readonly content: string;
  /** True when it shows a combination that only `combos` may show. */
  readonly heldOut: boolean;
  finish(rng: Rng): SampleBody;
}

export interface DraftRequest {
  readonly difficulty: number;
  /** True for `combos`: the draft must show a held-out combination; else it must show none. */
  readonly heldOut: boolean;
}

export interface TaskDefinition {
  readonly id: string;
  /** One line for people. */
  readonly about: string;
  /** Difficulties of train, dev, test and combos, both ends included. */
  readonly levels: readonly [number, number];
  /** Difficulties of the `harder` split. */
  readonly harderLevels: readonly [number, number];
  /** Most that one fixed answer may score on any split but `combos`, whose few combinations repeat (checked by a test). */
  readonly guessBound: number;
  draft(rng: Rng, request: DraftRequest): Draft;
}
