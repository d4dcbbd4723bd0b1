/**
 * Eight signals that say whether a run learns: value, its last course over the safe band, a word with
 * a shape. A press opens what was found, why it usually happens, what helps, and the groups behind it.
 */
import { Button, Popover, UnstyledButton } from '@mantine/core';
import { memo } from 'react';
import type { HealthSignal } from '../../../shared/model/app-run.ts';
import { Sparkline } from '../../charts/sparkline.tsx';
import { count, percent, quantity } from '../../parts/format.ts';
import { Icon, type IconName } from '../../parts/icon.tsx';
import { useGo } from '../../shell/location.ts';
import { text } from '../../strings/run.ts';
import styles from './health-strip.module.css';
import { rolloutsDoor } from './rollouts-door.ts';

const SHAPES: Readonly<Record<HealthSignal['state'], IconName>> = {
  ok: 'check',
  warn: 'warning',
  bad: 'error',
  unknown: 'more',
};

export const HealthStrip = memo(function HealthStrip(props: {
  readonly run: string;
  readonly signals: readonly HealthSignal[];
}) {
  if (props.signals.length === 0) return null;
  return (
    <section className={styles['strip']} aria-label={text.health}>
      {props.signals.map((signal) => (
        <Signal key={signal.id} run={props.run} signal={signal} />
      ))}
    </section>
  );
});

function Signal({ run, signal }: { readonly run: string; readonly signal: HealthSignal }) {
  return (
    <Popover position="bottom-start" width={340} withinPortal trapFocus>
      <Popover.Target>
        <UnstyledButton
          className={styles['signal']}
          data-state={signal.state}
          title={`${signal.title}: ${signal.word}`}
        >
          <span className={styles['title']}>{signal.title}</span>
          <span className={styles['value']}>{valueText(signal)}</span>
          <Sparkline values={signal.spark} band={signal.band} />
          <span className={styles['word']}>
            <Icon name={SHAPES[signal.state]} size={12} />
            <span>{signal.word}</span>
          </span>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <SignalDetail run={run} signal={signal} />
      </Popover.Dropdown>
    </Popover>
  );
}

function SignalDetail({ run, signal }: { readonly run: string; readonly signal: HealthSignal }) {
  const go = useGo();
  return (
    <div className={styles['detail']}>
      <strong>{signal.finding === '' ? `${signal.title}: ${signal.word}` : signal.finding}</strong>
      {signal.cause !== '' && (
        <p>
          <b>{text.cause}</b> {signal.cause}
        </p>
      )}
      {signal.action !== '' && (
        <p>
          <b>{text.action}</b> {signal.action}
        </p>
      )}
      {signal.evidence.length > 0 && (
        <ul aria-label={text.evidence}>
          {signal.evidence.slice(0, 6).map((found) => {
            const door = rolloutsDoor(run, found.step, found.prompt);
            return (
              <li key={`${found.step} ${found.prompt ?? ''}`}>
                <Button variant="subtle" onClick={() => go(door.path, { search: door.search })}>
                  {text.step(count(found.step))}
                </Button>
                <span>{found.note}</span>
              </li>
            );
          })}
        </ul>
      )}
    </div>
  );
}

/** 0.93, 3.9 %, 1.31: shares that are small read better in percent. */
function valueText({ value, unit }: HealthSignal): string {
  if (value === null) return '–';
  if (unit === '%' || unit === 'percent') return percent(value, 1);
  return quantity(value);
}

/** The one thing a person should look at now: what was found, its evidence, and doors to it. */
export function AlarmBar(props: {
  readonly run: string;
  readonly signals: readonly HealthSignal[];
  readonly hidden: string | null;
  readonly onHide: (finding: string) => void;
}) {
  const go = useGo();
  const worst =
    props.signals.find(({ state }) => state === 'bad') ??
    props.signals.find(({ state }) => state === 'warn');
  if (worst === undefined || worst.finding === '' || worst.finding === props.hidden) return null;
  const [first] = worst.evidence;
  const door = rolloutsDoor(props.run, first?.step, first?.prompt);
  return (
    <section
      className={styles['alarm']}
      data-state={worst.state}
      role="status"
      aria-label={text.alarm}
    >
      <Icon name={SHAPES[worst.state]} />
      <p>
        <strong>{worst.finding}</strong> <span>{first?.note ?? worst.cause}</span>
      </p>
      {first !== undefined && (
        <Button onClick={() => go(door.path, { search: door.search })}>{text.openRollouts}</Button>
      )}
      <Button variant="subtle" onClick={() => props.onHide(worst.finding)}>
        {text.dismiss}
      </Button>
    </section>
  );
}
