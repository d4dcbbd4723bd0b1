/** Which workspace is open, which were, and the way to another one. */
import { Button, Modal, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { FolderPicker } from '../../parts/folder-picker.tsx';
import { bytes, moment } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { Facts } from '../../parts/pane.tsx';
import { ErrorState } from '../../parts/states.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { text } from '../../strings/settings.ts';
import { SettingPage, SettingRow } from './setting-row.tsx';
import styles from './table.module.css';

export function WorkspacesSection() {
  const trpc = useTRPC();
  const [picking, setPicking] = useState<'open' | 'create' | undefined>();
  const [newFolder, setNewFolder] = useState<string | undefined>();
  const open = useMutation(trpc.workspace.open.mutationOptions());
  return (
    <SettingPage>
      <CurrentWorkspace />
      <div className={styles['actionsRow']}>
        <Button leftSection={<Icon name="folder" size={14} />} onClick={() => setPicking('open')}>
          {text.openOther}
        </Button>
        <Button leftSection={<Icon name="plus" size={14} />} onClick={() => setPicking('create')}>
          {text.create}
        </Button>
      </div>
      {open.error !== null && <ErrorState error={open.error} />}
      <Recent onOpen={(path) => open.mutate({ path })} />
      <LinkRow />
      <FolderPicker
        isOpen={picking !== undefined}
        title={picking === 'create' ? text.create : text.openOther}
        kinds="folder"
        onClose={() => setPicking(undefined)}
        onChoose={(path) => {
          if (picking === 'open') open.mutate({ path });
          else setNewFolder(path);
          setPicking(undefined);
        }}
      />
      {newFolder !== undefined && (
        <CreateDialog folder={newFolder} onClose={() => setNewFolder(undefined)} />
      )}
    </SettingPage>
  );
}

function CurrentWorkspace() {
  const trpc = useTRPC();
  const current = useQuery(trpc.workspace.current.queryOptions());
  const rename = useMutation(trpc.workspace.rename.mutationOptions());
  const [draft, setDraft] = useState<string | undefined>();
  const info = current.data;
  if (info === undefined) return null;
  const save = () => {
    const name = draft?.trim() ?? '';
    if (name !== '' && name !== info.name) rename.mutate({ name });
    setDraft(undefined);
  };
  return (
    <SettingRow label={text.current}>
      <TextInput
        aria-label={text.name}
        value={draft ?? info.name}
        onChange={(event) => setDraft(event.currentTarget.value)}
        onBlur={save}
        onKeyDown={(event) => {
          if (event.key === 'Enter') event.currentTarget.blur();
        }}
      />
      <Facts
        rows={[
          [text.folder, <code key="path">{info.path}</code>],
          [text.created, moment(info.createdAt)],
          [text.database, bytes(info.bytes)],
        ]}
      />
      {rename.error !== null && <ErrorState error={rename.error} />}
    </SettingRow>
  );
}

function Recent({ onOpen }: { readonly onOpen: (path: string) => void }) {
  const trpc = useTRPC();
  const recent = useQuery(trpc.workspace.recent.queryOptions());
  const forget = useMutation(
    trpc.workspace.forget.mutationOptions({ onSuccess: () => recent.refetch() }),
  );
  const others = recent.data?.filter(({ isOpen }) => !isOpen) ?? [];
  return (
    <>
      <div className={styles['head']}>
        <h2>{text.recent}</h2>
      </div>
      {others.length === 0 && <p className={styles['weak']}>{text.nothingRecent}</p>}
      <table className={styles['table']}>
        <tbody>
          {others.map(({ path, name, openedAt, isMissing }) => (
            <tr key={path}>
              <td>{name}</td>
              <td className={`mono ${styles['path']}`} title={path}>
                {path}
              </td>
              <td className={styles['weak']}>{isMissing ? text.missing : moment(openedAt)}</td>
              <td className={styles['actions']}>
                <Button size="compact-xs" disabled={isMissing} onClick={() => onOpen(path)}>
                  {text.open}
                </Button>{' '}
                <Button size="compact-xs" onClick={() => forget.mutate({ path })}>
                  {text.forget}
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function CreateDialog(props: { readonly folder: string; readonly onClose: () => void }) {
  const { folder, onClose } = props;
  const trpc = useTRPC();
  const [name, setName] = useState('');
  const [isInside, setInside] = useState(true);
  const create = useMutation(trpc.workspace.create.mutationOptions({ onSuccess: onClose }));
  const slug = name.trim().replace(/[^\p{L}\p{N}._-]+/gu, '-');
  const path = isInside && slug !== '' ? `${folder}/${slug}` : folder;
  return (
    <Modal opened onClose={onClose} title={text.create}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate({ path, ...(name.trim() === '' ? {} : { name: name.trim() }) });
        }}
      >
        <TextInput
          label={text.createName}
          description={text.createHint}
          value={name}
          data-autofocus
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <div className={styles['actionsRow']}>
          <code className={styles['path']}>{path}</code>
          <Button size="compact-xs" onClick={() => setInside(!isInside)}>
            {text.folder}
          </Button>
        </div>
        {create.error !== null && <ErrorState error={create.error} />}
        <div className={styles['actionsRow']}>
          <Button onClick={onClose}>{text.cancel}</Button>
          <Button type="submit" variant="filled" loading={create.isPending}>
            {text.create}
          </Button>
        </div>
      </form>
    </Modal>
  );
}

/** Another browser on this machine, or through a tunnel: a link that works once. */
function LinkRow() {
  const trpc = useTRPC();
  const info = useQuery(trpc.system.info.queryOptions());
  const make = useMutation(trpc.system.makeLink.mutationOptions());
  if (info.data?.canMakeLink !== true) return null;
  return (
    <SettingRow label={text.link} hint={text.linkHint}>
      <div className={styles['actionsRow']}>
        <Button leftSection={<Icon name="link" size={14} />} onClick={() => make.mutate()}>
          {text.makeLink}
        </Button>
        {make.data !== undefined && <code>{make.data.url}</code>}
      </div>
      {make.error !== null && <ErrorState error={make.error} />}
    </SettingRow>
  );
}
