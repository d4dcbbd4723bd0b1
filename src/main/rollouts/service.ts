/** The rollouts of a workspace, by part. */
import type {
  BugView,
  GroupDetail,
  GroupFilter,
  GroupSort,
  GroupSummary,
  RolloutPage,
  RolloutQuery,
  RolloutStep,
  SendRequest,
  SendTarget,
  SentItem,
  ThroughPoint,
  TokenAlternative,
  TokenColumns,
  WatchedPrompt,
} from '../../shared/model/rollout.ts';

const soon = (): never => {
  throw new Error('not yet');
};

interface GroupPlace {
  readonly run: string;
  readonly step: number;
  readonly prompt: string;
}

export class RolloutsService {
  steps(_run: string): RolloutStep[] {
    return soon();
  }
  groups(_request: {
    run: string;
    step: number;
    filter: GroupFilter;
    sort: GroupSort;
    isDescending: boolean;
  }): GroupSummary[] {
    return soon();
  }
  group(_place: GroupPlace): Promise<GroupDetail> {
    return soon();
  }
  through(_run: string, _prompt: string): ThroughPoint[] {
    return soon();
  }
  search(
    _request: RolloutQuery & {
      offset: number;
      limit: number;
      sort: 'newest' | 'reward' | 'confidence';
    },
  ): RolloutPage {
    return soon();
  }
  watched(_run: string): WatchedPrompt[] {
    return soon();
  }
  watch(_run: string, _prompt: string, _isWatched: boolean): WatchedPrompt[] {
    return soon();
  }
  alternatives(
    _place: GroupPlace & { sample: number; token: number },
    _signal: AbortSignal | undefined,
  ): Promise<TokenAlternative[]> {
    return soon();
  }
  columns(
    _place: GroupPlace & { withReference: boolean },
    _signal: AbortSignal | undefined,
  ): Promise<TokenColumns> {
    return soon();
  }
  send(_request: SendRequest): Promise<SentItem> {
    return soon();
  }
  unsend(_id: string): void {
    return soon();
  }
  sent(_filter: { to?: SendTarget | undefined; run?: string | undefined }): SentItem[] {
    return soon();
  }
  bugViews(_run: string | undefined): (BugView & { count: number })[] {
    return soon();
  }
  saveBugView(_view: { id?: string | undefined; name: string; query: RolloutQuery }): BugView {
    return soon();
  }
  removeBugView(_id: string): void {
    return soon();
  }
}
