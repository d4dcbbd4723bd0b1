/** The doctor page: real checks of the machine, what to do about each, and a report to copy. */
import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { bytes, count, moment, plural } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { Facts, PaneBody, PaneHead, Section, ToolRow } from '../../parts/pane.tsx';
import { Panes } from '../../parts/panes.tsx';
import { ErrorState, LoadingRows } from '../../parts/states.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { say } from '../../shell/undo-bar.tsx';
import { text } from '../../strings/settings.ts';
import { Found } from './found.tsx';
import styles from './view.module.css';

export function View() {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const doctor = useQuery(trpc.system.doctor.queryOptions());
  const report = doctor.data;
  const again = () =>
    void queries
      .fetchQuery(trpc.system.doctor.queryOptions({ isFresh: true }, { staleTime: 0 }))
      .then((fresh) => queries.setQueryData(trpc.system.doctor.queryKey(), fresh));
  const copy = () => {
    void navigator.clipboard.writeText(report?.text ?? '').then(() => say(text.copied));
  };
  return (
    <Panes id="doctor" inspector={<Installation />} inspectorWidth={320}>
      <ToolRow
        title={text.doctor}
        hint={report === undefined ? undefined : text.checkedAt(moment(report.checkedAt))}
        actions={
          <>
            <Button
              disabled={report === undefined}
              leftSection={<Icon name="copy" size={14} />}
              onClick={copy}
            >
              {text.copy}
            </Button>
            <Button leftSection={<Icon name="refresh" size={14} />} onClick={again}>
              {text.runAgain}
            </Button>
          </>
        }
      />
      <div className={styles['page']}>
        {doctor.error !== null && <ErrorState error={doctor.error} onRetry={again} />}
        {report === undefined && doctor.error === null && (
          <LoadingRows label={text.running} rows={8} />
        )}
        {report !== undefined && (
          <>
            <p className={report.ok ? styles['ok'] : styles['bad']} role="status">
              <Icon name={report.ok ? 'check' : 'warning'} />
              {report.ok ? text.allWell : text.problems(plural(report.problems.length, 'problem'))}
            </p>
            <ul>
              {report.problems.map(({ part, reason, fix }) => (
                <li key={part + reason} className={styles['problem']}>
                  <strong>{part}</strong>
                  <p>{reason}</p>
                  <p className={styles['weak']}>{fix}</p>
                </li>
              ))}
            </ul>
            <Found row={report.row} />
            <h2 className={styles['head']}>
              {text.report}{' '}
              <span className={styles['weak']}>
                {text.reportHint} <code>{text.doctorCommand}</code>
              </span>
            </h2>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
            <pre className={styles['report']} tabIndex={0}>
              {report.text}
            </pre>
          </>
        )}
      </div>
    </Panes>
  );
}

function Installation() {
  const trpc = useTRPC();
  const info = useQuery(trpc.system.info.queryOptions()).data;
  return (
    <>
      <PaneHead title={text.machine} />
      <PaneBody>
        {info !== undefined && (
          <Section title={info.hostname}>
            <Facts
              rows={[
                [text.version, info.version],
                [text.node, info.node],
                [text.os, info.system],
                [text.host, text.hosts[info.host]],
                [text.cores, count(info.cores)],
                [text.memory, bytes(info.memoryBytes)],
                [text.config, <code key="config">{info.configFolder}</code>],
                [text.started, moment(info.startedAt)],
              ]}
            />
          </Section>
        )}
      </PaneBody>
    </>
  );
}
