/** The last step: a name, whether it is held out, a mapping kept for the next time. */
import { Button, Checkbox, Select, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Mapping, SniffResult } from '../../../shared/model/import.ts';
import { useTRPC } from '../../rpc/client.ts';
import { say } from '../../shell/undo-bar.tsx';
import { text } from '../../strings/import.ts';
import styles from './start-form.module.css';

export interface StartFormProps {
  readonly found: SniffResult;
  readonly mapping: Mapping;
  readonly isBusy: boolean;
  readonly onStart: (choice: { readonly name: string; readonly isHeldOut: boolean }) => void;
}

export function StartForm({ found, mapping, isBusy, onStart }: StartFormProps) {
  const [name, setName] = useState(nameOf(found.path));
  const [isHeldOut, setHeldOut] = useState(false);
  return (
    <form
      className={styles['form']}
      onSubmit={(event) => {
        event.preventDefault();
        onStart({ name, isHeldOut });
      }}
    >
      <TextInput
        label={text.name}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Checkbox
        label={text.heldOut}
        checked={isHeldOut}
        onChange={(event) => setHeldOut(event.currentTarget.checked)}
      />
      <div className={styles['foot']}>
        <SaveMapping mapping={mapping} name={name} />
        <Button type="submit" variant="filled" disabled={name.trim() === '' || isBusy}>
          {text.start}
        </Button>
      </div>
    </form>
  );
}

function SaveMapping({ mapping, name }: { readonly mapping: Mapping; readonly name: string }) {
  const trpc = useTRPC();
  const save = useMutation(
    trpc.datasets.saveMapping.mutationOptions({
      onSuccess: () => say(`${text.saveMapping}: ${name}`),
    }),
  );
  return (
    <Button disabled={name.trim() === ''} onClick={() => save.mutate({ name, mapping })}>
      {text.saveMapping}
    </Button>
  );
}

/** Mappings kept before; choosing one lays it over the source. */
export function SavedMappings({ onChoose }: { readonly onChoose: (mapping: Mapping) => void }) {
  const trpc = useTRPC();
  const saved = useQuery(trpc.datasets.mappings.queryOptions()).data ?? [];
  if (saved.length === 0) return null;
  return (
    <Select
      label={text.saved}
      value={null}
      data={saved.map(({ id, name }) => ({ value: id, label: name }))}
      onChange={(id) => {
        const found = saved.find((candidate) => candidate.id === id);
        if (found !== undefined) onChoose(found.mapping);
      }}
    />
  );
}

/** The file's or folder's own name without its ending. */
function nameOf(path: string): string {
  const last = path.split(/[\\/]/).filter(Boolean).at(-1) ?? '';
  return last.replace(/\.(jsonl?|csv|tsv|parquet|arrow|tar|tgz|gz)$/gi, '').slice(0, 120);
}
