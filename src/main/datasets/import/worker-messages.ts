/** What the import worker and its parent say to each other; both are this project, so nothing is parsed. */
import type { WireError } from '../../../shared/errors.ts';
import type {
  ImportProgress,
  ImportResult,
  PreviewResult,
  SniffResult,
} from '../../../shared/model/import.ts';
import type { MediaRef } from '../../../shared/model/media.ts';
import type { PreviewRequest } from './preview.ts';
import type { ImportRequest } from './run-import.ts';

/** One job per worker. */
export type WorkerJob =
  | { readonly kind: 'sniff'; readonly path: string; readonly set: string | null }
  | { readonly kind: 'preview'; readonly request: PreviewRequest }
  | {
      readonly kind: 'import';
      readonly request: ImportRequest;
      /**
       * Two Int32: CANCEL is set to 1 by the parent, which the worker sees without leaving its loop;
       * BEAT is counted up by the worker as a sign of life.
       */
      readonly state: SharedArrayBuffer;
    };

export type WorkerMessage =
  | { readonly kind: 'progress'; readonly progress: ImportProgress }
  | { readonly kind: 'media'; readonly media: MediaRef[] }
  | { readonly kind: 'done'; readonly value: SniffResult | PreviewResult | ImportResult }
  | { readonly kind: 'failed'; readonly error: WireError };

/** Places in the state an import shares with its parent. */
export const CANCEL = 0;
export const BEAT = 1;
