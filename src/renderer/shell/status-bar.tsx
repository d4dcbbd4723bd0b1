/** The status bar: engine, device, queue and alarms on the left; save state and keys on the right. */
import { UnstyledButton } from '@mantine/core';
import { Status } from '../parts/chip.tsx';
import { bytes, moment, percent } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Keys } from '../parts/keys.tsx';
import { useLinkState } from '../rpc/link-state.ts';
import { text } from '../strings/shell.ts';
import { useGo } from './location.ts';
import styles from './status-bar.module.css';
import { useStatus } from './status-store.tsx';

export function StatusBar() {
  const go = useGo();
  const status = useStatus();
  const link = useLinkState();
  return (
    <footer className={styles['bar']}>
      {link === 'lost' || link === 'shut' ? (
        <Status kind="failed">
          <span role="alert">{link === 'lost' ? text.linkLost : text.linkShut}</span>
        </Status>
      ) : (
        <UnstyledButton className={styles['item']} onClick={() => go('/doctor')}>
          <EngineState />
        </UnstyledButton>
      )}
      {status !== undefined && (
        <>
          <span className={styles['item']}>
            <Icon name="chip" size={14} />
            {status.device?.name ?? `CPU ${percent(mean(status.load))}`}
            <span className={styles['weak']}>
              {text.memory(
                bytes(status.memory.totalBytes - status.memory.freeBytes),
                bytes(status.memory.totalBytes),
              )}
            </span>
          </span>
          {status.disk !== null && (
            <span className={styles['weak']}>{text.diskFree(bytes(status.disk.freeBytes))}</span>
          )}
          <UnstyledButton className={styles['item']} onClick={() => go('/runs')}>
            <Icon name="clock" size={14} />
            {text.queue(status.queue.waiting)}
          </UnstyledButton>
          {status.alarms.length > 0 && (
            <UnstyledButton
              className={styles['item']}
              onClick={() => go(status.alarms[0]?.href ?? '/runs')}
            >
              <Icon name="warning" size={14} />
              {text.alarms(status.alarms.length)}
            </UnstyledButton>
          )}
        </>
      )}
      <span className={styles['gap']} id="status-keys" />
      {status?.savedAt !== undefined && status.savedAt !== null && (
        <span className={`${styles['item']} ${styles['saved']}`} role="status">
          <Icon name="check" size={14} />
          {text.saved(moment(status.savedAt, { withSeconds: true }))}
        </span>
      )}
      <span className={styles['item']}>
        <Icon name="keyboard" size={14} />
        {text.keys}
        <Keys chord="?" />
      </span>
    </footer>
  );
}

function EngineState() {
  const engine = useStatus()?.engine;
  const link = useLinkState();
  if (engine === undefined) {
    return (
      <Status kind="waiting">{link === 'open' ? text.engineIdle : text.linkConnecting}</Status>
    );
  }
  if (engine.state === 'failed') return <Status kind="failed">{text.engineFailed}</Status>;
  if (engine.state === 'idle') return <Status kind="finished">{text.engineIdle}</Status>;
  return <Status kind="running">{text.engineBusy(engine.job ?? engine.state)}</Status>;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
