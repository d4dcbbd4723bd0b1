/**
 * Asking a model, token by token. One answer is written at a time, in an engine that keeps the model;
 * its events are kept until the next answer, so that a window that was cut off goes on where it was.
 */
import { LabError } from '../../shared/errors.ts';
import type { ChatEvent, ChatRequest, ModelNode } from '../../shared/model/model.ts';
import { chatResult } from '../../shared/protocol/results.ts';
import { askEngine, type JobRunner } from '../engine/ask.ts';

export interface ChatOptions {
  /** Keeps the model loaded between answers. */
  readonly engine: JobRunner;
  readonly node: (id: string) => ModelNode;
  /** Path of a picture of the workspace. @throws LabError `media/missing` */
  readonly mediaPath: (sha256: string) => string;
  /** What a run that trains on this machine is called; undefined when none does. */
  readonly training: () => string | undefined;
}

export interface NumberedEvent {
  readonly seq: number;
  readonly event: ChatEvent;
}

/** How long an answer goes on with nobody listening: a reload takes less. */
const ALONE_MS = 15_000;

interface Turn {
  readonly id: string;
  readonly events: ChatEvent[];
  readonly cancel: AbortController;
  readonly work: Promise<void>;
  error: LabError | undefined;
  isOver: boolean;
  listeners: number;
  wake: () => void;
  news: Promise<void>;
}

export class ModelChat {
  readonly #options: ChatOptions;
  #turn: Turn | undefined;

  constructor(options: ChatOptions) {
    this.#options = options;
  }

  /**
   * Starts an answer, or joins the one of that turn.
   * @param after events up to this one are known to the caller
   * @throws LabError `chat/busy` while another answer is written, `model/*`, `media/missing`, and what
   *   the engine failed with
   */
  async *stream(
    request: ChatRequest,
    after: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<NumberedEvent> {
    const turn = this.#turnOf(request);
    turn.listeners += 1;
    const stopped = new Promise<void>((resolve) => {
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });
    try {
      for (let seq = after; ; ) {
        const { news } = turn;
        for (; seq < turn.events.length; seq++) {
          const event = turn.events[seq];
          if (event !== undefined) yield { seq: seq + 1, event };
        }
        if (turn.error !== undefined) throw turn.error;
        if (turn.isOver || signal?.aborted === true) return;
        await Promise.race([news, stopped]);
      }
    } finally {
      turn.listeners -= 1;
      if (turn.listeners === 0 && !turn.isOver) this.#stopWhenAlone(turn);
    }
  }

  /** What is written so far stays. */
  stop(): { isStopped: boolean } {
    const turn = this.#turn;
    const isStopped = turn !== undefined && !turn.isOver;
    if (isStopped) turn.cancel.abort();
    return { isStopped };
  }

  async dispose(): Promise<void> {
    this.stop();
    await this.#turn?.work;
  }

  #turnOf(request: ChatRequest): Turn {
    const current = this.#turn;
    if (current?.id === request.turn) return current;
    if (current !== undefined && !current.isOver) {
      throw new LabError('chat/busy', '[chat] an answer is being written');
    }
    return this.#begin(request);
  }

  #begin(request: ChatRequest): Turn {
    const node = this.#options.node(request.model);
    const block = node.problems.find(({ level }) => level === 'block');
    if (block !== undefined) {
      throw new LabError('model/unsupported', `[chat] ${node.name}: ${block.reason}`, {
        hint: block.fix,
      });
    }
    const images = request.messages.flatMap((message) =>
      message.images.map((sha256) => this.#options.mediaPath(sha256)),
    );
    const cancel = new AbortController();
    const turn: Turn = {
      id: request.turn,
      events: [],
      cancel,
      work: Promise.resolve().then(() => this.#run(turn, { node, images, request })),
      error: undefined,
      isOver: false,
      listeners: 0,
      wake: () => {},
      news: Promise.resolve(),
    };
    renew(turn);
    this.#turn = turn;
    return turn;
  }

  async #run(
    turn: Turn,
    asked: { readonly node: ModelNode; readonly images: string[]; readonly request: ChatRequest },
  ): Promise<void> {
    const { node, images, request } = asked;
    const tell = (event: ChatEvent): void => {
      turn.events.push(event);
      renew(turn);
    };
    const training = this.#options.training();
    if (training !== undefined) {
      tell({
        type: 'status',
        text: `${training} is training on this machine: both share its cores, and this takes longer.`,
      });
    }
    tell({ type: 'status', text: `Reading ${node.name}` });
    try {
      await this.#ask(turn, tell, { path: node.path, images, request });
    } catch (thrown) {
      const error = LabError.from(thrown);
      if (error.code !== 'engine/cancelled') turn.error = error;
      // The engine says how it ended where it still could.
      else if (turn.events.at(-1)?.type !== 'done') tell(cut(turn));
    } finally {
      turn.isOver = true;
      renew(turn);
    }
  }

  async #ask(
    turn: Turn,
    tell: (event: ChatEvent) => void,
    { path, images, request }: { path: string; images: string[]; request: ChatRequest },
  ): Promise<void> {
    let image = 0;
    await askEngine(
      // Rows are told as they come and not when the job has ended.
      telling(this.#options.engine, (row) => {
        const event = eventOf(row);
        for (const one of event) tell(one);
      }),
      'chat',
      {
        model: path,
        images,
        sampling: request.sampling,
        topAlternatives: request.top,
        messages: request.messages.map(({ role, text, images: own }) => ({
          role,
          content: [
            ...own.map(() => ({ type: 'image' as const, index: image++ })),
            { type: 'text' as const, text },
          ],
        })),
      },
      {
        row: chatResult,
        signal: turn.cancel.signal,
        onEvent: (event) => {
          if (event.type === 'log') tell({ type: 'status', text: event.line });
        },
      },
    );
  }

  #stopWhenAlone(turn: Turn): void {
    const timer = setTimeout(() => {
      if (turn.listeners === 0) turn.cancel.abort();
    }, ALONE_MS);
    timer.unref();
  }
}

/** The same runner, with every row shown to `onRow` on its way. */
function telling(engine: JobRunner, onRow: (row: unknown) => void): JobRunner {
  return {
    run: (job, params, options) =>
      engine.run(job, params, {
        ...options,
        onEvent: (event) => {
          if (event.type === 'row') onRow(event.row);
          options.onEvent(event);
        },
      }),
  };
}

function eventOf(raw: unknown): ChatEvent[] {
  const row = chatResult.safeParse(raw);
  // A row that does not fit ends the job with an error of its own.
  if (!row.success) return [];
  if (row.data.kind === 'token') {
    const { kind: _, ...token } = row.data;
    return [{ type: 'token', token }];
  }
  const { text, finish, tokens, seconds, promptTokens } = row.data;
  return [{ type: 'done', finish, text, tokens, promptTokens, seconds }];
}

/** The end of an answer that was stopped, from the tokens that were told. */
function cut(turn: Turn): ChatEvent {
  const tokens = turn.events.flatMap((event) => (event.type === 'token' ? [event.token] : []));
  return {
    type: 'done',
    finish: 'cancelled',
    text: tokens.map(({ text }) => text).join(''),
    tokens: tokens.length,
    promptTokens: 0,
    seconds: 0,
  };
}

/** Wakes everyone who waits and lets them wait for the next event. */
function renew(turn: Turn): void {
  turn.wake();
  turn.news = new Promise((resolve) => {
    turn.wake = resolve;
  });
}
