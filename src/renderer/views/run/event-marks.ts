/**
 * What happened, for people: events of a run come in; lettered marks for the charts and lines for the
 * list go out. Lettered is what can bend a curve: a change, a pause, a crash, a resume.
 */
import type { RunEventRow } from '../../../shared/model/app-run.ts';
import { count, quantity } from '../../parts/format.ts';
import { changeWords, eventWords, text } from '../../strings/run.ts';

const LETTERED = new Set(['changed', 'resumed', 'restarted', 'crashed', 'failed', 'stage']);

export interface EventLine {
  readonly seq: number;
  /** a, b, c, ...; null for what no chart marks. */
  readonly letter: string | null;
  readonly step: number | null;
  readonly at: number;
  readonly kind: string;
  readonly title: string;
  /** Who or what did it. */
  readonly by: string;
}

/** Oldest first. */
export function eventLines(events: readonly RunEventRow[]): EventLine[] {
  let marked = 0;
  let step: number | null = null;
  return events
    .filter(({ kind }) => kind in eventWords || LETTERED.has(kind))
    .map((event) => {
      step = event.step ?? numberOf(event.data['step']) ?? step;
      const isMarked = LETTERED.has(event.kind) && step !== null;
      const letter = isMarked ? letterOf(marked) : null;
      if (isMarked) marked += 1;
      return {
        seq: event.seq,
        letter,
        step,
        at: event.at,
        kind: event.kind,
        title: titleOf(event),
        by: event.kind === 'changed' || event.kind === 'control' ? text.you : text.engine,
      };
    });
}

/** a-z, then aa, ab, ... */
export function letterOf(index: number): string {
  const letter = String.fromCharCode(97 + (index % 26));
  return index < 26 ? letter : letterOf(Math.floor(index / 26) - 1) + letter;
}

function titleOf({ kind, data }: RunEventRow): string {
  const words = eventWords[kind] ?? kind;
  if (kind === 'changed') {
    const what = String(data['what'] ?? '');
    const to = numberOf(data['to']);
    const from = numberOf(data['from']);
    const name = changeWords[what] ?? what;
    if (what === 'lr-scale') return `${name} ${to ?? ''}`;
    return `${name} ${from === null ? '' : `${from} to `}${to ?? ''}`;
  }
  if (kind === 'evaluated' || kind === 'evaluation') {
    const accuracy = numberOf(data['accuracy']);
    const stage = typeof data['stage'] === 'string' ? `, ${data['stage']}` : '';
    return accuracy === null ? words : `${words}: ${quantity(accuracy)}${stage}`;
  }
  if (kind === 'checkpoint') {
    const step = numberOf(data['step']);
    return step === null ? words : `${words} ${count(step)}`;
  }
  const why = data['message'] ?? data['reason'];
  return typeof why === 'string' ? `${words}: ${why}` : words;
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
