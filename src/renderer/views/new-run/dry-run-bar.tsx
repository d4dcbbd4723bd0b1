/** What one measured step says about the whole run; hatched as soon as something is edited after it. */

import { Status } from '../../parts/chip.tsx';
import { bytes, duration, moment, quantity } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { ErrorState, StaleMark } from '../../parts/states.tsx';
import { useStatus } from '../../shell/status-store.tsx';
import { text } from '../../strings/new-run.ts';
import styles from './dry-run-bar.module.css';
import type { DryRunState } from './use-dry-run.ts';

export function DryRunBar({ dryRun }: { readonly dryRun: DryRunState }) {
  const status = useStatus();
  const { report, editsSince, isRunning } = dryRun;
  if (dryRun.error !== null && !isRunning) {
    return <ErrorState title={text.dryRun} error={dryRun.error} onRetry={dryRun.run} />;
  }
  const sampled = report?.detail['rolloutTokensPerSecond'];
  const rollout = typeof sampled === 'number' ? sampled : null;
  const total = status?.device?.totalBytes ?? status?.memory.totalBytes ?? null;
  return (
    <section className={styles['bar']} aria-label={text.dryRun} data-stale={editsSince > 0}>
      <div className={styles['head']}>
        <strong>{text.dryRun}</strong>
        {isRunning ? (
          <Status kind="running">
            {text.dryRunning(dryRun.stage ?? text.starting.toLowerCase())}
          </Status>
        ) : report === null ? (
          <span className={styles['weak']}>{text.dryRunText}</span>
        ) : (
          <span className={styles['done']}>
            <Icon name="check" size={12} />
            {moment(report.at)}
          </span>
        )}
      </div>
      {report !== null && (
        <>
          <Measure
            title={text.peak}
            value={report.peakBytes === null ? '–' : bytes(report.peakBytes)}
            unit={total === null ? '' : text.ofTotal(bytes(total))}
          />
          <Measure
            title={rollout === null ? text.throughput : text.rollout}
            value={quantity(rollout ?? report.tokensPerSecond)}
            unit={text.tokensPerSecond}
          />
          <Measure title={text.perStep} value={duration(report.secondsPerStep)} unit="" />
          <Measure title={text.duration} value={duration(report.seconds)} unit="" />
          <Measure
            title={text.disk}
            value={report.diskBytes === null ? '–' : bytes(report.diskBytes)}
            unit=""
          />
        </>
      )}
      {report !== null && editsSince > 0 && <StaleMark>{text.edits(editsSince)}</StaleMark>}
    </section>
  );
}

function Measure(props: { readonly title: string; readonly value: string; readonly unit: string }) {
  return (
    <div className={styles['number']}>
      <span className={styles['weak']}>{props.title}</span>
      <span>
        <b>{props.value}</b> <span className={styles['weak']}>{props.unit}</span>
      </span>
    </div>
  );
}
