/**
 * The models room of an open workspace: starter, imported folders, checkpoints of runs and exports as
 * one family tree. Folders come in, nodes with sizes, scores and problems go out.
 */
import { LabError } from '../../shared/errors.ts';
import type {
  ChatEvent,
  ChatRequest,
  ModelCheck,
  ModelExport,
  ModelNode,
  RetentionPolicy,
  RetentionPreview,
} from '../../shared/model/model.ts';

const soon = (): never => {
  throw new LabError('internal', '[models] this part is being written');
};

export class Models {
  readonly retention = {
    get: (_run: string | undefined): RetentionPolicy => soon(),
    preview: (_run: string | undefined, _policy: RetentionPolicy | undefined): RetentionPreview =>
      soon(),
    set: (_run: string | undefined, _policy: RetentionPolicy): RetentionPolicy => soon(),
    apply: (_run: string | undefined): Promise<{ removed: number; freedBytes: number }> => soon(),
  };
  readonly exports = {
    start: (_input: { model: string; format: string; path: string }): ModelExport => soon(),
    list: (): ModelExport[] => soon(),
    cancel: (_id: string): { isCancelled: boolean } => soon(),
  };
  readonly chat = {
    stream: (
      _request: ChatRequest,
      _after: number,
      _signal: AbortSignal | undefined,
    ): AsyncIterable<{ seq: number; event: ChatEvent }> => soon(),
    stop: (): { isStopped: boolean } => soon(),
  };
  list(): ModelNode[] {
    return soon();
  }
  get(_id: string): ModelNode {
    return soon();
  }
  check(_path: string, _signal: AbortSignal | undefined): Promise<ModelCheck> {
    return soon();
  }
  import(_input: {
    path: string;
    name?: string | undefined;
    isCopied: boolean;
  }): Promise<ModelNode> {
    return soon();
  }
  annotate(_input: {
    id: string;
    name?: string | null | undefined;
    note?: string | undefined;
    isPinned?: boolean | undefined;
  }): ModelNode {
    return soon();
  }
  remove(_id: string): Promise<{ trashId: string | null }> {
    return soon();
  }
}
