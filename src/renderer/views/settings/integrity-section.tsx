/** Whether the workspace is whole: a check on demand, what it found, and the repair. */
import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { Finding, IntegrityReport, RepairReport } from '../../../shared/model/workspace.ts';
import { count, duration, moment, plural } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { Facts } from '../../parts/pane.tsx';
import { ErrorState, LoadingRows } from '../../parts/states.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { text } from '../../strings/settings.ts';
import { SettingPage } from './setting-row.tsx';
import styles from './table.module.css';

export function IntegritySection() {
  const trpc = useTRPC();
  const check = useMutation(trpc.workspace.integrity.mutationOptions());
  const repair = useMutation(
    trpc.workspace.repair.mutationOptions({ onSuccess: () => check.mutate({ isFull: false }) }),
  );
  const report = check.data;
  const canRepair = report?.findings.some((finding) => finding.repair !== null) ?? false;
  return (
    <SettingPage>
      <p className={styles['text']}>{text.checkHint}</p>
      <div className={styles['actionsRow']}>
        <Button loading={check.isPending} onClick={() => check.mutate({ isFull: false })}>
          {text.check}
        </Button>
        <Button disabled={check.isPending} onClick={() => check.mutate({ isFull: true })}>
          {text.checkFull}
        </Button>
        {canRepair && (
          <Button variant="filled" loading={repair.isPending} onClick={() => repair.mutate()}>
            {text.repair}
          </Button>
        )}
        {canRepair && <span className={styles['weak']}>{text.repairHint}</span>}
      </div>
      {check.error !== null && <ErrorState error={check.error} />}
      {repair.error !== null && <ErrorState error={repair.error} />}
      {check.isPending && report === undefined && <LoadingRows label={text.checking} rows={4} />}
      {check.isIdle && <p className={styles['weak']}>{text.never}</p>}
      {repair.data !== undefined && <Repaired report={repair.data} />}
      {report !== undefined && <Report report={report} />}
    </SettingPage>
  );
}

function Report({ report }: { readonly report: IntegrityReport }) {
  return (
    <>
      <p className={report.isSound ? styles['ok'] : styles['warn']} role="status">
        <Icon name={report.isSound ? 'check' : 'warning'} />
        {report.isSound ? text.sound : ''}{' '}
        {report.findings.length > 0 &&
          text.findings(plural(report.findings.length, report.isSound ? 'note' : 'finding'))}
        <span className={styles['weak']}>
          {moment(report.checkedAt, { withSeconds: true })}{' '}
          {text.checkedIn(duration(report.ms / 1000))}
        </span>
      </p>
      {report.findings.length > 0 && <Findings findings={report.findings} />}
      <div className={styles['head']}>
        <h2>{text.counted}</h2>
      </div>
      <Facts rows={report.counted.map(({ what, count: amount }) => [what, count(amount)])} />
    </>
  );
}

/** Of one kind; the count tells the rest. */
const SHOWN = 5;

function Findings({ findings }: { readonly findings: readonly Finding[] }) {
  const kinds = Map.groupBy(
    findings,
    ({ part, severity, repair }) => `${severity} ${part} ${repair ?? ''}`,
  );
  return (
    <table className={styles['table']}>
      <thead>
        <tr>
          <th scope="col">{text.severity}</th>
          <th scope="col">{text.what}</th>
          <th scope="col">{text.repairs}</th>
        </tr>
      </thead>
      <tbody>
        {[...kinds].map(([kind, [first, ...rest]]) =>
          first === undefined ? null : (
            <tr key={kind}>
              <td className={styles[first.severity === 'note' ? 'weak' : first.severity]}>
                {text.severities[first.severity]}
              </td>
              <td>
                {[first, ...rest].slice(0, SHOWN).map(({ what, path }) => (
                  <p key={`${what} ${path ?? ''}`} title={path ?? undefined}>
                    {what}
                  </p>
                ))}
                {rest.length >= SHOWN && (
                  <p className={styles['weak']}>{text.more(count(rest.length + 1 - SHOWN))}</p>
                )}
              </td>
              <td className={styles['weak']}>{first.repair ?? text.left}</td>
            </tr>
          ),
        )}
      </tbody>
    </table>
  );
}

function Repaired({ report }: { readonly report: RepairReport }) {
  return (
    <>
      <div className={styles['head']}>
        <h2>{text.repaired}</h2>
      </div>
      <ul>
        {report.done.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      {report.rowsFile !== null && (
        <p className={styles['weak']}>{text.rowsFile(report.rowsFile)}</p>
      )}
    </>
  );
}
