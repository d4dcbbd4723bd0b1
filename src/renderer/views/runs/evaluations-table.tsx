/** Results of evaluations: of the queue and of runs, newest first, each with its interval and count. */
import { UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { count, moment, percent } from '../../parts/format.ts';
import { ErrorState, LoadingRows } from '../../parts/states.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { useGo } from '../../shell/location.ts';
import { text } from '../../strings/runs.ts';
import styles from './queue-table.module.css';

/** @param run only those of one run; absent = all of the workspace */
export function EvaluationsTable({ run }: { readonly run?: string }) {
  const trpc = useTRPC();
  const go = useGo();
  const { data, error } = useQuery(
    trpc.runs.evaluations.queryOptions(run === undefined ? {} : { run }),
  );
  if (error !== null) return <ErrorState error={error} />;
  if (data === undefined) return <LoadingRows label={text.evaluations} rows={3} />;
  if (data.length === 0) return <p className={styles['none']}>{text.noEvaluations}</p>;
  return (
    <div className={styles['scroll']}>
      <table className={styles['table']} aria-label={text.evaluations}>
        <thead>
          <tr>
            <th>{text.evaluationHead.at}</th>
            <th>{text.evaluationHead.model}</th>
            <th data-number>{text.evaluationHead.step}</th>
            <th>{text.evaluationHead.split}</th>
            <th data-number>{text.evaluationHead.accuracy}</th>
            <th>{text.evaluationHead.interval}</th>
            <th data-number>{text.evaluationHead.n}</th>
          </tr>
        </thead>
        <tbody>
          {data
            .toSorted((a, b) => b.at - a.at)
            .map((result) => (
              <tr key={result.id}>
                <td>{moment(result.at)}</td>
                <td title={result.model}>
                  {result.run === null ? (
                    lastParts(result.model)
                  ) : (
                    <UnstyledButton onClick={() => go(`/runs/${result.run}`)}>
                      {lastParts(result.model)}
                    </UnstyledButton>
                  )}
                </td>
                <td data-number>{result.step === null ? '–' : count(result.step)}</td>
                <td>{result.split}</td>
                <td data-number>
                  <b>{percent(result.accuracy, 1)}</b>
                </td>
                <td>
                  <Interval accuracy={result.accuracy} ends={result.ci95} />
                </td>
                <td data-number>{count(result.n)}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  );
}

/** The same scale in every row: 0 to 1. */
function Interval(props: {
  readonly accuracy: number;
  readonly ends: readonly [number, number] | null;
}) {
  const { accuracy, ends } = props;
  const [low, high] = ends ?? [accuracy, accuracy];
  return (
    <span className={styles['interval']}>
      <svg width={96} height={10} aria-hidden>
        <line x1={0} x2={96} y1={5} y2={5} stroke="var(--grid)" />
        <line x1={low * 96} x2={high * 96} y1={5} y2={5} stroke="var(--s1)" strokeWidth={3} />
        <circle cx={accuracy * 96} cy={5} r={3} fill="var(--s1)" />
      </svg>
      {ends === null ? '' : text.interval(percent(low), percent(high))}
    </span>
  );
}

/** The end of a path says which model it is: run and step. */
function lastParts(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== 'checkpoints')
    .slice(-2)
    .join('/');
}
