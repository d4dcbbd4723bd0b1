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
      /** One Int32, set to 1 to cancel: the worker sees it without leaving its loop. */
      readonly cancelled: SharedArrayBuffer;
    };

export type WorkerMessage =
  | { readonly kind: 'progress'; readonly progress: ImportProgress }
  | { readonly kind: 'media'; readonly media: MediaRef[] }
  | { readonly kind: 'done'; readonly value: SniffResult | PreviewResult | ImportResult }
  | { readonly kind: 'failed'; readonly error: WireError };
