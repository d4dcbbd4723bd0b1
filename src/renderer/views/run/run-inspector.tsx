/** About the newest step: seconds by stage, memory by part, what happened, the newest groups. */
import { UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { memo } from 'react';
import type { RunStages } from '../../../shared/model/app-run.ts';
import { slotOf, strokeOf } from '../../charts/palette.ts';
import { CountCells, PartsBar } from '../../charts/small-bars.tsx';
import { StageBars } from '../../charts/stage-bars.tsx';
import { bytes, count, duration, moment, percent, quantity } from '../../parts/format.ts';
import { PaneBody, PaneHead, Section } from '../../parts/pane.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { OWN_LIVE } from '../../rpc/live-queries.tsx';
import { useGo } from '../../shell/location.ts';
import { text } from '../../strings/run.ts';
import type { EventLine } from './event-marks.ts';
import { rolloutsDoor } from './rollouts-door.ts';
import styles from './run-inspector.module.css';

export const RunInspector = memo(function RunInspector(props: {
  readonly run: string;
  readonly step: number;
  readonly secondsPerStep: number | null;
  readonly hasRollouts: boolean;
  readonly events: readonly EventLine[];
}) {
  const trpc = useTRPC();
  const { data: stages } = useQuery(trpc.runs.stages.queryOptions({ run: props.run }, OWN_LIVE));
  const rows = stages?.rows ?? [];
  const last = rows.at(-1);
  const total = last?.seconds.reduce((sum, value) => sum + value, 0) ?? props.secondsPerStep;
  return (
    <>
      <PaneHead
        title={text.stepHead(count(last?.step ?? props.step))}
        hint={total === null ? undefined : duration(total)}
      >
        {rows.length > 0 && (
          <span className={styles['weak']}>{text.lastSteps(count(rows.length))}</span>
        )}
      </PaneHead>
      <PaneBody>
        <Section title={text.stages} hint={text.stagesHint}>
          {stages === undefined || rows.length === 0 ? (
            <p className={styles['weak']}>{text.noStages}</p>
          ) : (
            <Stages stages={stages} />
          )}
        </Section>
        {stages !== undefined && <Memory stages={stages} />}
        <Events events={props.events} />
        {props.hasRollouts && <NewestGroups run={props.run} step={props.step} />}
      </PaneBody>
    </>
  );
});

function Stages({ stages }: { readonly stages: RunStages }) {
  const named = stages.stages.map((name) => ({ name, slot: slotOf('stages', name) }));
  return (
    <>
      <StageBars rows={stages.rows} stages={named} />
      <table className={styles['table']}>
        <tbody>
          {stages.means.map(({ stage, seconds, share }) => (
            <tr key={stage}>
              <th scope="row">
                <span
                  className={styles['swatch']}
                  style={{ background: strokeOf(slotOf('stages', stage)) }}
                />
                {stage}
              </th>
              <td>{duration(seconds)}</td>
              <td className={styles['weak']}>{percent(share)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function Memory({ stages }: { readonly stages: RunStages }) {
  const { memory, peakBytes, totalBytes, dryRunBytes } = stages;
  if (peakBytes === null && memory.length === 0) return null;
  const used = peakBytes ?? memory.reduce((sum, part) => sum + part.bytes, 0);
  const total = totalBytes ?? used;
  const parts = memory.length > 0 ? memory : [{ part: text.memory.toLowerCase(), bytes: used }];
  return (
    <Section
      title={text.memory}
      hint={`${text.memoryOf(bytes(used), bytes(total))}${dryRunBytes === null ? '' : text.dryRunSaid(bytes(dryRunBytes))}`}
    >
      <PartsBar
        label={text.memoryOf(bytes(used), bytes(total))}
        total={total}
        parts={parts.map(({ part, bytes: value }) => ({
          name: part,
          value,
          slot: slotOf('memory', part),
        }))}
      />
      {memory.length > 0 && (
        <table className={styles['table']}>
          <tbody>
            {memory.map(({ part, bytes: value }) => (
              <tr key={part}>
                <th scope="row">
                  <span
                    className={styles['swatch']}
                    style={{ background: strokeOf(slotOf('memory', part)) }}
                  />
                  {part}
                </th>
                <td>{bytes(value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}

const MOST_EVENTS = 40;

function Events({ events }: { readonly events: readonly EventLine[] }) {
  const newest = events.toReversed().slice(0, MOST_EVENTS);
  return (
    <Section title={text.events} hint={text.eventsHint}>
      {newest.length === 0 && <p className={styles['weak']}>{text.noEvents}</p>}
      <ol className={styles['events']}>
        {newest.map((event) => (
          <li key={event.seq}>
            <span className={event.letter === null ? styles['plain'] : styles['letter']}>
              {event.letter}
            </span>
            <span className={styles['step']}>{event.step === null ? '' : count(event.step)}</span>
            <span>
              {event.title}
              <span className={styles['by']}>
                {event.by}, {moment(event.at)}
              </span>
            </span>
          </li>
        ))}
      </ol>
    </Section>
  );
}

const SHOWN_GROUPS = 6;

function NewestGroups({ run, step }: { readonly run: string; readonly step: number }) {
  const trpc = useTRPC();
  const go = useGo();
  const steps = useQuery(trpc.rollouts.steps.queryOptions({ run }));
  const newest = steps.data?.at(-1)?.step;
  const groups = useQuery(
    trpc.rollouts.groups.queryOptions(
      { run, step: newest ?? step },
      { enabled: newest !== undefined, placeholderData: (previous) => previous },
    ),
  );
  const shown = (groups.data ?? []).slice(0, SHOWN_GROUPS);
  return (
    <Section
      title={text.groups}
      hint={shown[0] === undefined ? undefined : text.groupsHint(count(shown[0].size))}
    >
      {shown.length === 0 && <p className={styles['weak']}>{text.noGroups}</p>}
      <ul className={styles['groups']}>
        {shown.map((group) => {
          const door = rolloutsDoor(run, group.step, group.prompt);
          return (
            <li key={group.prompt}>
              <UnstyledButton
                className={styles['group']}
                onClick={() => go(door.path, { search: door.search })}
              >
                <span className={styles['question']}>
                  {group.question === '' ? group.row : group.question}
                </span>
                {group.right === null ? (
                  <span>{quantity(group.rewardMean)}</span>
                ) : (
                  <CountCells filled={group.right} total={group.size} />
                )}
              </UnstyledButton>
            </li>
          );
        })}
      </ul>
    </Section>
  );
}
