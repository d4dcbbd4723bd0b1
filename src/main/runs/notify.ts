/**
 * Tells a person who is not looking that an item ended: a notice in the app, which the host may also
 * show on the desktop, and where a webhook is set, one POST with JSON. A webhook that does not answer
 * is a notice too, never more.
 */
import { LabError } from '../../shared/errors.ts';
import type { QueueItem } from '../../shared/model/run-queue.ts';
import type { Notice } from '../../shared/model/system.ts';

export interface NotifyOptions {
  push(notice: Omit<Notice, 'seq' | 'at'>): void;
  webhookUrl(): string | null;
}

/** What a webhook is told. */
export interface WebhookBody {
  readonly event:
    | 'run-finished'
    | 'run-failed'
    | 'run-stopped'
    | 'run-blocked'
    | 'evaluation-finished';
  readonly name: string;
  readonly run: string | null;
  readonly status: string;
  readonly message: string;
  readonly step: number | null;
  readonly steps: number | null;
  readonly values: Readonly<Record<string, number | null>>;
  readonly at: string;
}

const TIMEOUT_MS = 10_000;

export class Notifier {
  readonly #options: NotifyOptions;
  readonly #sending = new Set<Promise<void>>();

  constructor(options: NotifyOptions) {
    this.#options = options;
  }

  ended(item: QueueItem, about: Pick<WebhookBody, 'step' | 'steps' | 'values'>): void {
    const title = `${item.name} ${wordOf(item)}`;
    const text = item.error?.message ?? item.reason ?? placeOf(about);
    this.#options.push({
      room: 'runs',
      level: levelOf(item),
      title,
      text,
      href: item.run === null ? '/runs' : `/runs/${item.run}`,
    });
    const url = this.#options.webhookUrl();
    if (url === null || url === '' || item.status === 'interrupted') return;
    const sending = this.#send(url, {
      event: eventOf(item),
      name: item.name,
      run: item.run,
      status: item.status,
      message: `${title}. ${text}`.trim(),
      ...about,
      at: new Date().toISOString(),
    }).finally(() => this.#sending.delete(sending));
    this.#sending.add(sending);
  }

  /** Resolves when nothing is on its way any more. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#sending);
  }

  async #send(url: string, body: WebhookBody): Promise<void> {
    try {
      await postWebhook(url, body);
    } catch (thrown) {
      const error = LabError.from(thrown);
      this.#options.push({
        room: 'runs',
        level: 'bad',
        title: 'The webhook was not delivered',
        text: `${error.message} ${error.hint ?? ''}`.trim(),
        href: '/settings',
      });
    }
  }
}

/** @throws LabError `webhook/failed` naming what the other side did */
export async function postWebhook(address: string, body: object): Promise<void> {
  const url = URL.parse(address);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw failed('expected an http or https address');
  }
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'Rationale' },
      body: JSON.stringify(body),
      // Another address was never agreed to.
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
  } catch (thrown) {
    throw failed(reasonOf(thrown));
  }
  if (!response.ok) throw failed(`the address answered ${response.status}`);
}

function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  if (thrown.name === 'TimeoutError') return `no answer within ${TIMEOUT_MS / 1000} s`;
  return thrown.cause instanceof Error ? thrown.cause.message : thrown.message;
}

function failed(reason: string): LabError {
  return new LabError('webhook/failed', `[webhook] ${reason}`);
}

function wordOf(item: QueueItem): string {
  switch (item.status) {
    case 'finished':
      return 'finished';
    case 'failed':
      return 'failed';
    case 'blocked':
      return 'did not start';
    case 'interrupted':
      return 'was interrupted';
    default:
      return 'was stopped';
  }
}

function levelOf(item: QueueItem): Notice['level'] {
  if (item.status === 'finished') return 'good';
  return item.status === 'failed' || item.status === 'blocked' ? 'bad' : 'info';
}

function eventOf(item: QueueItem): WebhookBody['event'] {
  if (item.status === 'failed') return 'run-failed';
  if (item.status === 'blocked') return 'run-blocked';
  if (item.status !== 'finished') return 'run-stopped';
  return item.kind === 'eval' ? 'evaluation-finished' : 'run-finished';
}

function placeOf({ step, steps }: Pick<WebhookBody, 'step' | 'steps'>): string {
  if (step === null) return '';
  return steps === null ? `Step ${step}.` : `Step ${step} of ${steps}.`;
}
