/** Importing a folder: choose it, see what the check found, then refer to it or copy it. */
import { Button, Checkbox, Modal, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { FolderPicker } from '../../parts/folder-picker.tsx';
import { bytes } from '../../parts/format.ts';
import { ErrorState, LoadingRows } from '../../parts/states.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { offerUndo } from '../../shell/undo-bar.tsx';
import { text } from '../../strings/models.ts';
import { CheckReport } from './check-report.tsx';
import styles from './dialog.module.css';

export interface ImportDialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onImported: (id: string) => void;
}

export function ImportDialog({ isOpen, onClose, onImported }: ImportDialogProps) {
  const [path, setPath] = useState<string | undefined>();
  const close = () => {
    setPath(undefined);
    onClose();
  };
  return (
    <>
      <FolderPicker
        isOpen={isOpen && path === undefined}
        title={text.importTitle}
        kinds="folder"
        onClose={close}
        onChoose={setPath}
      />
      <Modal
        opened={isOpen && path !== undefined}
        onClose={close}
        title={text.importTitle}
        size={720}
      >
        {path !== undefined && (
          <Report
            key={path}
            path={path}
            onBack={() => setPath(undefined)}
            onImported={(id) => {
              close();
              onImported(id);
            }}
          />
        )}
      </Modal>
    </>
  );
}

function Report(props: {
  readonly path: string;
  readonly onBack: () => void;
  readonly onImported: (id: string) => void;
}) {
  const { path, onBack, onImported } = props;
  const trpc = useTRPC();
  const check = useQuery(trpc.models.check.queryOptions({ path }));
  const [name, setName] = useState<string | undefined>();
  const [isCopied, setCopied] = useState(false);
  const add = useMutation(
    trpc.models.import.mutationOptions({
      onSuccess: (node) => {
        offerUndo(node.name);
        onImported(node.id);
      },
    }),
  );
  const { data } = check;
  return (
    <div className={styles['dialog']}>
      <p className="mono">{path}</p>
      {check.isPending && <LoadingRows label={text.checking} rows={7} />}
      {check.error !== null && (
        <ErrorState error={check.error} onRetry={() => void check.refetch()} />
      )}
      {data !== undefined && <CheckReport check={data} />}
      {data?.importedAs != null && <p className={styles['weak']}>{text.alreadyHere}</p>}
      {data?.ok === true && (
        <>
          <TextInput
            label={text.name}
            value={name ?? data.name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Checkbox
            label={text.copyIn}
            description={text.copyHint(bytes(data.bytes))}
            checked={isCopied}
            onChange={(event) => setCopied(event.currentTarget.checked)}
          />
        </>
      )}
      {add.error !== null && <ErrorState error={add.error} />}
      <div className={styles['actions']}>
        <Button onClick={onBack}>{text.chooseFolder}</Button>
        <Button
          variant="filled"
          disabled={data?.ok !== true}
          loading={add.isPending}
          onClick={() =>
            add.mutate({ path, isCopied, ...(name?.trim() ? { name: name.trim() } : {}) })
          }
        >
          {text.importModel}
        </Button>
      </div>
    </div>
  );
}
