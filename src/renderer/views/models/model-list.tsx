/** The list pane: what part of the tree is shown; at its foot, the rule that decides what is kept. */
import { Button, TextInput, UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ModelNode } from '../../../shared/model/model.ts';
import { bytes, count, shortId } from '../../parts/format.ts';
import { Icon, type IconName } from '../../parts/icon.tsx';
import { PaneBody, PaneFoot, PaneHead } from '../../parts/pane.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { text } from '../../strings/models.ts';
import styles from './model-list.module.css';
import { filterModels, type ModelFilter } from './tree-rows.ts';

export interface ModelListProps {
  readonly nodes: readonly ModelNode[];
  readonly filter: ModelFilter;
  readonly search: string;
  readonly onFilter: (filter: ModelFilter) => void;
  readonly onSearch: (search: string) => void;
  readonly onRetention: () => void;
}

interface Entry {
  readonly filter: ModelFilter;
  readonly title: string;
  readonly icon: IconName;
}

const PARTS: readonly Entry[] = [
  { filter: 'all', title: text.everything, icon: 'tree' },
  { filter: 'bases', title: text.bases, icon: 'folder' },
  { filter: 'exports', title: text.exportsGroup, icon: 'upload' },
  { filter: 'pinned', title: text.pinnedOnly, icon: 'pin' },
  { filter: 'problems', title: text.problemsOnly, icon: 'warning' },
];

export function ModelList(props: ModelListProps) {
  const { nodes, onSearch } = props;
  const runs = [...new Set(nodes.flatMap(({ run }) => run ?? []))].map((run): Entry => {
    const named = nodes.find((node) => node.run === run)?.runName;
    return { filter: `run ${run}`, title: shortId(named ?? run, 24), icon: 'chart' };
  });
  return (
    <>
      <PaneHead title={text.models} />
      <div className={styles['find']}>
        <TextInput
          id="find-model"
          aria-label={text.find}
          placeholder={text.find}
          leftSection={<Icon name="search" size={14} />}
          value={props.search}
          onChange={(event) => onSearch(event.currentTarget.value)}
        />
      </div>
      <PaneBody>
        <Entries {...props} entries={PARTS} />
        {runs.length > 0 && <h3 className={styles['group']}>{text.runs}</h3>}
        <Entries {...props} entries={runs} />
      </PaneBody>
      <PaneFoot>
        <RetentionFoot onOpen={props.onRetention} />
      </PaneFoot>
    </>
  );
}

function Entries({
  entries,
  nodes,
  filter,
  onFilter,
}: ModelListProps & { readonly entries: readonly Entry[] }) {
  return (
    <ul>
      {entries.map((entry) => {
        const inside = filterModels(nodes, entry.filter, '');
        return (
          <li key={entry.filter}>
            <UnstyledButton
              className={styles['row']}
              aria-current={entry.filter === filter}
              onClick={() => onFilter(entry.filter)}
            >
              <Icon name={entry.icon} size={14} />
              <span className={styles['title']} title={entry.title}>
                {entry.title}
              </span>
              <span className={styles['count']}>{count(inside.length)}</span>
            </UnstyledButton>
          </li>
        );
      })}
    </ul>
  );
}

function RetentionFoot({ onOpen }: { readonly onOpen: () => void }) {
  const trpc = useTRPC();
  const preview = useQuery(trpc.models.retentionPreview.queryOptions({}));
  const { policy, freedBytes = 0 } = preview.data ?? {};
  return (
    <div className={styles['foot']}>
      <strong>{text.retention}</strong>
      <p>
        {policy?.best !== null && policy?.best !== undefined
          ? `${text.keepsBest(policy.best.count, policy.best.metric)}, `
          : ''}
        {policy === undefined ? '' : text.keepsLast(policy.last)}
      </p>
      <Button
        onClick={onOpen}
        fullWidth
        justify="space-between"
        rightSection={<Icon name="right" size={12} />}
      >
        {freedBytes > 0 ? text.frees(bytes(freedBytes)) : text.allKept}
      </Button>
    </div>
  );
}
