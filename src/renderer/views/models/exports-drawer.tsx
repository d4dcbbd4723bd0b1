/** Exports of this session: how far each is, what went wrong, where it went. */
import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { ModelExport } from '../../../shared/model/model.ts';
import { Status, type StatusKind } from '../../parts/chip.tsx';
import { bytes, moment } from '../../parts/format.ts';
import { Meter } from '../../parts/meter.tsx';
import { PaneBody, PaneHead } from '../../parts/pane.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { text } from '../../strings/models.ts';
import styles from './exports-drawer.module.css';

const STATUS: Readonly<Record<ModelExport['status'], StatusKind>> = {
  running: 'running',
  done: 'finished',
  failed: 'failed',
  cancelled: 'stale',
};

export function ExportsDrawer({ exports }: { readonly exports: readonly ModelExport[] }) {
  const trpc = useTRPC();
  const stop = useMutation(trpc.models.cancelExport.mutationOptions());
  return (
    <>
      <PaneHead title={text.exports} hint={String(exports.length)} />
      <PaneBody>
        <ul>
          {exports.map((job) => (
            <li key={job.id} className={styles['row']}>
              <Status kind={STATUS[job.status]}>{text.status[job.status]}</Status>
              <span className={styles['name']}>
                {text.exportRunning(job.modelName, job.format)}
              </span>
              {job.status === 'running' && (
                <>
                  <span className={styles['weak']}>{job.stage}</span>
                  <Meter value={job.done} total={job.total} width={120} label={job.stage} />
                  <Button size="compact-xs" onClick={() => stop.mutate({ id: job.id })}>
                    {text.stop}
                  </Button>
                </>
              )}
              {job.status === 'done' && <span>{bytes(job.bytes)}</span>}
              {job.error !== null && (
                <span className={styles['bad']}>
                  {job.error.message} {job.error.hint}
                </span>
              )}
              <code className={styles['path']}>{job.path}</code>
              <span className={styles['weak']}>{moment(job.createdAt)}</span>
            </li>
          ))}
        </ul>
      </PaneBody>
    </>
  );
}
