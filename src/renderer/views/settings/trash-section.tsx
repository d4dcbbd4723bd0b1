/** What was deleted: restore it, or let it go for good. */
import { Button, Checkbox, Modal } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { TrashItem } from '../../../shared/model/workspace.ts';
import { bytes, moment, plural } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { EmptyState, ErrorState, LoadingRows } from '../../parts/states.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { say } from '../../shell/undo-bar.tsx';
import { text } from '../../strings/settings.ts';
import { SettingPage } from './setting-row.tsx';
import styles from './table.module.css';

export function TrashSection() {
  const trpc = useTRPC();
  const trash = useQuery(trpc.workspace.trash.queryOptions());
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [isAsking, setAsking] = useState(false);
  const restore = useMutation(trpc.workspace.restore.mutationOptions());
  const empty = useMutation(
    trpc.workspace.emptyTrash.mutationOptions({
      onSuccess: ({ items, bytes: freed }) => {
        setChosen(new Set());
        setAsking(false);
        say(text.emptied(plural(items, 'thing'), bytes(freed)));
      },
    }),
  );
  if (trash.error !== null) return <ErrorState error={trash.error} />;
  if (trash.data === undefined) return <LoadingRows label={text.sections.trash} rows={5} />;
  const { items } = trash.data;
  if (items.length === 0)
    return <EmptyState title={text.trashEmptyTitle}>{text.trashEmpty}</EmptyState>;
  const going = chosen.size === 0 ? items : items.filter(({ id }) => chosen.has(id));
  const freed = going.reduce((sum, item) => sum + item.bytes, 0);
  return (
    <SettingPage>
      <div className={styles['actionsRow']}>
        <span className={styles['weak']}>{text.trashHint}</span>
        <Button leftSection={<Icon name="trash" size={14} />} onClick={() => setAsking(true)}>
          {chosen.size === 0
            ? text.emptyTrash(bytes(freed))
            : `${text.deleteForGood}, ${bytes(freed)}`}
        </Button>
      </div>
      {restore.error !== null && <ErrorState error={restore.error} />}
      <TrashTable
        items={items}
        chosen={chosen}
        onChoose={setChosen}
        onRestore={(id) => restore.mutate({ id })}
      />
      {/* The one thing here that has no way back is asked once. */}
      <Modal opened={isAsking} onClose={() => setAsking(false)} title={text.deleteForGood}>
        <p className={styles['text']}>
          {plural(going.length, 'thing')}, {bytes(freed)}. {text.sure}
        </p>
        {empty.error !== null && <ErrorState error={empty.error} />}
        <div className={styles['actionsRow']}>
          <Button onClick={() => setAsking(false)}>{text.cancel}</Button>
          <Button variant="filled" onClick={() => empty.mutate({ ids: going.map(({ id }) => id) })}>
            {text.deleteForGood}
          </Button>
        </div>
      </Modal>
    </SettingPage>
  );
}

function TrashTable(props: {
  readonly items: readonly TrashItem[];
  readonly chosen: ReadonlySet<string>;
  readonly onChoose: (chosen: ReadonlySet<string>) => void;
  readonly onRestore: (id: string) => void;
}) {
  const { items, chosen, onChoose, onRestore } = props;
  const toggle = (id: string) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    onChoose(next);
  };
  return (
    <table className={styles['table']}>
      <thead>
        <tr>
          <th scope="col">{text.title}</th>
          <th scope="col">{text.kind}</th>
          <th scope="col" className={styles['number']}>
            {text.size}
          </th>
          <th scope="col" className={styles['number']}>
            {text.deleted}
          </th>
          <th scope="col">
            <span className="visually-hidden">{text.restore}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <tr key={item.id}>
            <td>
              <Checkbox
                label={item.title}
                checked={chosen.has(item.id)}
                onChange={() => toggle(item.id)}
              />
            </td>
            <td className={styles['weak']}>{item.kind}</td>
            <td className={styles['number']}>{bytes(item.bytes)}</td>
            <td className={styles['number']}>{moment(item.deletedAt)}</td>
            <td className={styles['actions']}>
              <Button size="compact-xs" onClick={() => onRestore(item.id)}>
                {text.restore}
              </Button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
