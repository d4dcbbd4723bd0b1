/**
 * The import page: choose a source, see what was found, say which column plays which role, watch the
 * first rows become samples, then import. Nothing is written before the last button.
 */
import { Button, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Mapping, SniffResult } from '../../../shared/model/import.ts';
import { FolderPicker } from '../../parts/folder-picker.tsx';
import { PaneBody, ToolRow } from '../../parts/pane.tsx';
import { Panes } from '../../parts/panes.tsx';
import { EmptyState, ErrorState, LoadingRows } from '../../parts/states.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { useBreadcrumb } from '../../shell/breadcrumb.tsx';
import { useGo, useSearchValues } from '../../shell/location.ts';
import { text } from '../../strings/import.ts';
import { DatasetList } from '../datasets/dataset-list.tsx';
import { FoundFacts } from './found-facts.tsx';
import { MappingOptionsForm } from './mapping-options.tsx';
import { MappingTable } from './mapping-table.tsx';
import { PreviewList } from './preview-list.tsx';
import { SavedMappings, StartForm } from './start-form.tsx';
import styles from './view.module.css';

export function View() {
  const trpc = useTRPC();
  const [values, change] = useSearchValues();
  const path = typeof values['path'] === 'string' ? values['path'] : '';
  const [draft, setDraft] = useState(path);
  const [isPicking, setPicking] = useState(false);
  useBreadcrumb([{ title: text.title }]);
  const set = typeof values['set'] === 'string' ? values['set'] : undefined;
  const sniff = useQuery(
    trpc.datasets.sniff.queryOptions(set === undefined ? { path } : { path, set }, {
      enabled: path !== '',
    }),
  );
  const look = (next: string) => {
    setDraft(next);
    setPicking(false);
    change({ path: next, set: undefined });
  };
  return (
    <Panes id="datasets" list={<DatasetList current="" view={undefined} />}>
      <ToolRow title={text.title}>
        <form
          className={styles['path']}
          onSubmit={(event) => {
            event.preventDefault();
            if (draft !== '') look(draft);
          }}
        >
          <TextInput
            className={styles['field'] ?? ''}
            aria-label={text.path}
            placeholder={text.path}
            value={draft}
            onChange={(event) => setDraft(event.currentTarget.value)}
          />
          <Button onClick={() => setPicking(true)}>{text.choose}</Button>
          <Button type="submit" disabled={draft === ''}>
            {text.look}
          </Button>
        </form>
      </ToolRow>
      <PaneBody>
        {path === '' && (
          <EmptyState
            title={text.firstLook}
            actions={
              <Button variant="filled" onClick={() => setPicking(true)}>
                {text.choose}
              </Button>
            }
          >
            {text.firstLookText} {text.chooseHint}
          </EmptyState>
        )}
        {sniff.error !== null && (
          <ErrorState error={sniff.error} onRetry={() => void sniff.refetch()} />
        )}
        {sniff.isLoading && <LoadingRows label={text.look} rows={10} />}
        {sniff.data !== undefined && (
          <Source
            key={`${sniff.data.path} ${sniff.data.mapping.options.set}`}
            found={sniff.data}
            onSet={(next) => change({ path, set: next })}
          />
        )}
      </PaneBody>
      <FolderPicker
        isOpen={isPicking}
        title={text.choose}
        kinds="both"
        onClose={() => setPicking(false)}
        onChoose={look}
      />
    </Panes>
  );
}

const PREVIEWED = 20;

interface SourceProps {
  readonly found: SniffResult;
  readonly onSet: (set: string) => void;
}

/** What was found at one path, and the mapping as the person changes it. */
function Source({ found, onSet }: SourceProps) {
  const trpc = useTRPC();
  const go = useGo();
  const [mapping, setMapping] = useState<Mapping>(found.mapping);
  const preview = useQuery(
    trpc.datasets.preview.queryOptions(
      { path: found.path, mapping, count: PREVIEWED },
      { placeholderData: (previous) => previous },
    ),
  );
  const start = useMutation(
    trpc.datasets.import.mutationOptions({ onSuccess: ({ id }) => go(`/datasets/${id}`) }),
  );
  return (
    <div className={styles['columns']}>
      <div className={styles['left']}>
        <FoundFacts found={found} mapping={mapping} onMapping={setMapping} onSet={onSet} />
        <div className={styles['saved']}>
          <SavedMappings onChoose={setMapping} />
        </div>
        <MappingTable found={found} mapping={mapping} onMapping={setMapping} />
        <MappingOptionsForm mapping={mapping} onMapping={setMapping} />
        <StartForm
          found={found}
          mapping={mapping}
          isBusy={start.isPending}
          onStart={(choice) => start.mutate({ path: found.path, mapping, ...choice })}
        />
        {start.error !== null && <ErrorState error={start.error} />}
      </div>
      <div className={styles['right']}>
        {preview.error !== null && <ErrorState error={preview.error} />}
        {preview.data === undefined ? (
          <LoadingRows label={text.preview} />
        ) : (
          <PreviewList preview={preview.data} isStale={preview.isPlaceholderData} />
        )}
      </div>
    </div>
  );
}
