/**
 * What waits, in order: drag a row or press Alt+Up and Alt+Down to move it; when it starts, on which
 * condition and what happens if it fails is edited in place. Comes in: nothing, the queue is asked.
 */
import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type DragEvent, type KeyboardEvent, useState } from 'react';
import type { QueueItem } from '../../../shared/model/run-queue.ts';
import { Status } from '../../parts/chip.tsx';
import { bytes, duration, moment, quantity, shortId } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { ErrorState, LoadingRows } from '../../parts/states.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { useGo } from '../../shell/location.ts';
import { text } from '../../strings/runs.ts';
import { statusKind } from '../run/run-state.ts';
import { QueueItemEditor } from './queue-item-editor.tsx';
import styles from './queue-table.module.css';
import { type QueueActions, useQueueActions } from './use-queue-actions.ts';

export function isQueued({ status }: QueueItem): boolean {
  return status === 'waiting' || status === 'blocked';
}

/** Free disk, and whether the queue stands. */
export function QueueSummary() {
  const trpc = useTRPC();
  const { data } = useQuery(trpc.runs.queue.queryOptions());
  const actions = useQueueActions();
  if (data === undefined) return null;
  const free = bytes(data.freeBytes);
  return (
    <>
      {!data.isRunning && <span>{data.reason ?? text.queuePaused}</span>}
      <span>
        {data.waitingBytes > 0
          ? text.queueNeeds(free, bytes(data.waitingBytes))
          : text.freeDisk(free)}
      </span>
      <Button
        variant="subtle"
        leftSection={<Icon name={data.isRunning ? 'pause' : 'play'} />}
        onClick={data.isRunning ? actions.pause : actions.start}
      >
        {data.isRunning ? text.queuePause : text.queueStart}
      </Button>
    </>
  );
}

export function QueueTable(props: { readonly selected?: string }) {
  const trpc = useTRPC();
  const queue = useQuery(trpc.runs.queue.queryOptions());
  const actions = useQueueActions();
  const [dragged, setDragged] = useState<string>();
  const [edited, setEdited] = useState<QueueItem>();
  if (queue.error !== null) return <ErrorState error={queue.error} />;
  if (queue.data === undefined) return <LoadingRows label={text.queue} rows={3} />;
  const all = queue.data.items;
  const items = all.filter(isQueued);
  if (items.length === 0) return <p className={styles['none']}>{text.queueEmpty}</p>;
  return (
    <div className={styles['scroll']}>
      {actions.error !== null && <ErrorState error={actions.error} onRetry={actions.clear} />}
      <table className={styles['table']} aria-label={text.queue}>
        <thead>
          <tr>
            <th aria-label={text.moveUp} />
            <th>{text.queueHead.job}</th>
            <th>{text.queueHead.kind}</th>
            <th>{text.queueHead.starts}</th>
            <th>{text.queueHead.gate}</th>
            <th>{text.queueHead.onError}</th>
            <th data-number>{text.queueHead.expected}</th>
            <th data-number>{text.queueHead.peak}</th>
            <th>{text.queueHead.config}</th>
            <th>
              <span className="visually-hidden">{text.remove}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map((item, index) => (
            <Row
              key={item.id}
              item={item}
              index={index}
              items={items}
              all={all}
              actions={actions}
              isSelected={item.id === props.selected}
              isDragged={item.id === dragged}
              onDrag={setDragged}
              onDrop={(before) => {
                if (dragged !== undefined && dragged !== before) actions.move(dragged, before);
                setDragged(undefined);
              }}
              onEdit={() => setEdited(item)}
            />
          ))}
        </tbody>
      </table>
      {edited !== undefined && (
        <QueueItemEditor item={edited} items={all} onClose={() => setEdited(undefined)} />
      )}
    </div>
  );
}

interface RowProps {
  readonly item: QueueItem;
  readonly index: number;
  readonly items: readonly QueueItem[];
  /** Also what runs and what has ended: names of what an item comes after. */
  readonly all: readonly QueueItem[];
  readonly actions: QueueActions;
  readonly isSelected: boolean;
  readonly isDragged: boolean;
  readonly onDrag: (id: string | undefined) => void;
  readonly onDrop: (before: string | null) => void;
  readonly onEdit: () => void;
}

function Row(props: RowProps) {
  const { item, index, items, actions } = props;
  const onKeyDown = (event: KeyboardEvent) => {
    if (!event.altKey) return;
    if (event.key === 'ArrowUp' && index > 0) actions.move(item.id, items[index - 1]?.id ?? null);
    else if (event.key === 'ArrowDown' && index < items.length - 1)
      actions.move(item.id, items[index + 2]?.id ?? null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <tr
      draggable
      data-dragged={props.isDragged}
      data-selected={props.isSelected}
      onDragStart={(event: DragEvent) => {
        event.dataTransfer.effectAllowed = 'move';
        props.onDrag(item.id);
      }}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        props.onDrop(item.id);
      }}
      onDragEnd={() => props.onDrag(undefined)}
      onKeyDown={onKeyDown}
    >
      <td>
        <Tooltip label={`${text.move(item.name)}: Alt+↑ Alt+↓`}>
          <ActionIcon
            aria-label={text.move(item.name)}
            aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown"
          >
            <Icon name="drag" />
          </ActionIcon>
        </Tooltip>
      </td>
      <td className={styles['name']}>
        <Status kind={statusKind(item.status)}>{item.name}</Status>
        {item.status === 'blocked' && <span className={styles['reason']}>{item.reason}</span>}
      </td>
      <td>{item.plan.kind === 'eval' ? text.evaluate : item.plan.recipe}</td>
      <td>
        <Button variant="subtle" aria-label={text.editQueued(item.name)} onClick={props.onEdit}>
          {startsText(item, props.all)}
        </Button>
      </td>
      <td>{gateText(item)}</td>
      <td>{text.onError[item.onError]}</td>
      <td data-number>{duration(item.expected?.seconds)}</td>
      <td data-number>{item.expected?.peakBytes == null ? '–' : bytes(item.expected.peakBytes)}</td>
      <td className="mono" title={item.configHash}>
        {shortId(item.configHash, 9)}
      </td>
      <td>
        <RowActions item={item} actions={actions} />
      </td>
    </tr>
  );
}

function RowActions({ item, actions }: Pick<RowProps, 'item' | 'actions'>) {
  const go = useGo();
  return (
    <span className={styles['actions']}>
      {item.status === 'blocked' && (
        <Button variant="subtle" onClick={() => actions.retry(item.id)}>
          {text.retry}
        </Button>
      )}
      {item.run !== null && (
        <Button variant="subtle" onClick={() => go(`/runs/${item.run}`)}>
          {text.open}
        </Button>
      )}
      <ActionIcon aria-label={text.removeQueued(item.name)} onClick={() => actions.remove(item.id)}>
        <Icon name="close" size={12} />
      </ActionIcon>
    </span>
  );
}

function startsText(item: QueueItem, all: readonly QueueItem[]): string {
  if (item.startsAt !== null && item.startsAt > Date.now())
    return text.starts.at(moment(item.startsAt));
  const before = all.find(({ id }) => id === item.after);
  if (before === undefined) return text.starts.next;
  return item.gate === null && before.onError === 'continue'
    ? text.starts.afterAny(before.name)
    : text.starts.after(before.name);
}

function gateText({ gate }: QueueItem): string {
  if (gate === null) return text.noGate;
  const name = text.score[gate.metric] ?? gate.metric;
  return text.gateOf(name, gate.op === '>=' ? text.atLeast : text.atMost, quantity(gate.value));
}
