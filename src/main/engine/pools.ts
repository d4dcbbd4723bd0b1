/**
 * The warm engines of a lab: `tools` for quick questions (recipes, previews, checks), `chat` for work
 * with a loaded model. Training runs have processes of their own.
 */
import { EnginePool, type PoolOptions, type PoolStatus } from './pool.ts';

/** A loaded model is dear: it stays longer. */
const CHAT_IDLE_MS = 15 * 60_000;

export class EnginePools {
  readonly tools: EnginePool;
  readonly chat: EnginePool;

  constructor(options: PoolOptions = {}) {
    this.tools = new EnginePool(options);
    this.chat = new EnginePool({ idleMs: CHAT_IDLE_MS, ...options });
  }

  status(): { readonly tools: PoolStatus; readonly chat: PoolStatus } {
    return { tools: this.tools.status(), chat: this.chat.status() };
  }

  async dispose(): Promise<void> {
    await Promise.all([this.tools.dispose(), this.chat.dispose()]);
  }
}
