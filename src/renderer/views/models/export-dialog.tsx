/** Exporting a model: the format, the folder, and why a format does not apply. */
import { Button, Modal, Radio, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ModelNode } from '../../../shared/model/model.ts';
import { FolderPicker } from '../../parts/folder-picker.tsx';
import { ErrorState } from '../../parts/states.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { text } from '../../strings/models.ts';
import styles from './dialog.module.css';

type Format = 'full' | 'merged' | 'adapter';

export function ExportDialog(props: { readonly node: ModelNode; readonly onClose: () => void }) {
  const { node, onClose } = props;
  const trpc = useTRPC();
  const workspace = useQuery(trpc.workspace.current.queryOptions());
  const [format, setFormat] = useState<Format>(node.isAdapter ? 'merged' : 'full');
  const [path, setPath] = useState<string | undefined>();
  const [isPicking, setPicking] = useState(false);
  const suggested = `${workspace.data?.path ?? ''}/exports/${slug(node.name)}-${format}`;
  const start = useMutation(
    trpc.models.export.mutationOptions({
      // The drawer shows how far it is.
      onSuccess: onClose,
    }),
  );
  return (
    <Modal opened onClose={onClose} title={text.exportTitle(node.name)} size={640}>
      <form
        className={styles['dialog']}
        onSubmit={(event) => {
          event.preventDefault();
          start.mutate({ model: node.id, format, path: path ?? suggested });
        }}
      >
        <Radio.Group
          label={text.format}
          value={format}
          onChange={(value) => {
            const known = (['full', 'merged', 'adapter'] as const).find((one) => one === value);
            if (known !== undefined) setFormat(known);
          }}
        >
          <div className={styles['format']}>
            <Choice value="full" blocked={node.isAdapter ? text.isAdapter : undefined} />
            <Choice value="merged" blocked={node.isAdapter ? undefined : text.notAdapter} />
            <Choice value="adapter" blocked={node.isAdapter ? undefined : text.notAdapter} />
          </div>
        </Radio.Group>
        <div className={styles['path']}>
          <TextInput
            className={styles['grow'] ?? ''}
            label={text.into}
            description={text.intoHint}
            value={path ?? suggested}
            onChange={(event) => setPath(event.currentTarget.value)}
          />
          <Button onClick={() => setPicking(true)}>{text.chooseFolder}</Button>
        </div>
        {start.error !== null && <ErrorState error={start.error} />}
        <div className={styles['actions']}>
          <Button onClick={onClose}>{text.cancel}</Button>
          <Button type="submit" variant="filled" loading={start.isPending}>
            {text.start}
          </Button>
        </div>
      </form>
      <FolderPicker
        isOpen={isPicking}
        title={text.into}
        kinds="folder"
        onClose={() => setPicking(false)}
        onChoose={(folder) => {
          setPath(`${folder}/${slug(node.name)}-${format}`);
          setPicking(false);
        }}
      />
    </Modal>
  );
}

function Choice(props: { readonly value: Format; readonly blocked: string | undefined }) {
  const { value, blocked } = props;
  const hints = { full: text.fullHint, merged: text.mergedHint, adapter: text.adapterHint };
  return (
    <Radio
      size="xs"
      value={value}
      label={text[value]}
      description={blocked ?? hints[value]}
      disabled={blocked !== undefined}
    />
  );
}

/** A folder name that every system takes. */
function slug(name: string): string {
  return (
    name
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '-')
      .replace(/^[-.]+|[-.]+$/g, '') || 'model'
  );
}
