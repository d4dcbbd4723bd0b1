/** The preflight of a dataset in three lines: what is to fix, when it was looked at, a door to the report. */
import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Chip } from '../../parts/chip.tsx';
import { count, moment } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { Meter } from '../../parts/meter.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { useGo } from '../../shell/location.ts';
import { text } from '../../strings/datasets.ts';
import styles from './preflight-foot.module.css';
import { usePreflight } from './queries.ts';

const SHOWN = 3;

export function PreflightFoot({ dataset }: { readonly dataset: string }) {
  const go = useGo();
  const trpc = useTRPC();
  const state = usePreflight(dataset, true).data;
  const run = useMutation(trpc.datasets.runPreflight.mutationOptions());
  const report = state?.report ?? undefined;
  const problems = (report?.problems ?? []).filter(({ severity }) => severity !== 'info');
  return (
    <section aria-label={text.preflight}>
      <div className={styles['head']}>
        <h3>{text.preflight}</h3>
        {report !== undefined &&
          (problems.length > 0 ? (
            <Chip tone="warn">
              <Icon name="warning" size={12} />
              {text.toFix(problems.length)}
            </Chip>
          ) : (
            <Chip tone="ok">
              <Icon name="check" size={12} />
              {text.allGood}
            </Chip>
          ))}
      </div>
      <ul>
        {problems.slice(0, SHOWN).map((problem) => (
          <li key={problem.id} className={styles['line']}>
            <span>{problem.title}</span>
            <span>{count(problem.rows)}</span>
          </li>
        ))}
      </ul>
      <div className={styles['foot']}>
        {problems.length > 0 ? (
          <Button onClick={() => go(`/datasets/${dataset}/preflight`)}>{text.reviewAndFix}</Button>
        ) : (
          <Button onClick={() => run.mutate({ dataset })} disabled={state?.running != null}>
            {text.checkNow}
          </Button>
        )}
        {state?.running != null ? (
          <Meter value={state.running.done} total={state.running.total} label={text.checking} />
        ) : (
          <span className={styles['weak']}>
            {report === undefined ? text.notChecked : text.checkedAt(moment(report.checkedAt))}
          </span>
        )}
      </div>
    </section>
  );
}
