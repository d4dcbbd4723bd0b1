/** Copies of the database: made daily or by hand, restored with the present one kept aside. */
import { Button, Modal, NumberInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Backup } from '../../../shared/model/workspace.ts';
import { bytes, moment } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { ErrorState } from '../../parts/states.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { say } from '../../shell/undo-bar.tsx';
import { text } from '../../strings/settings.ts';
import { SettingPage, SettingRow } from './setting-row.tsx';
import styles from './table.module.css';
import { useSettings } from './use-settings.ts';

export function BackupsSection() {
  const trpc = useTRPC();
  const { settings, change } = useSettings();
  const backups = useQuery(trpc.workspace.backups.queryOptions());
  const [asked, setAsked] = useState<Backup | undefined>();
  const make = useMutation(
    trpc.workspace.backup.mutationOptions({ onSuccess: ({ path }) => say(text.backedUp(path)) }),
  );
  const restore = useMutation(
    trpc.workspace.restoreBackup.mutationOptions({
      onSuccess: ({ replaced }) => {
        setAsked(undefined);
        say(text.restored(replaced));
      },
    }),
  );
  return (
    <SettingPage>
      <SettingRow label={text.backup} hint={text.backupHint}>
        <Button
          leftSection={<Icon name="save" size={14} />}
          loading={make.isPending}
          onClick={() => make.mutate({})}
        >
          {text.backup}
        </Button>
      </SettingRow>
      <SettingRow label={text.keepBackups} hint={text.keepBackupsHint}>
        <NumberInput
          aria-label={text.keepBackups}
          w={120}
          min={1}
          max={100}
          allowDecimal={false}
          value={settings?.keepBackups ?? ''}
          onChange={(value) =>
            typeof value === 'number' && value >= 1 && change({ keepBackups: value })
          }
        />
      </SettingRow>
      {make.error !== null && <ErrorState error={make.error} />}
      <div className={styles['head']}>
        <h2>{text.backups}</h2>
      </div>
      {backups.data?.length === 0 && <p className={styles['weak']}>{text.noBackups}</p>}
      <table className={styles['table']}>
        <tbody>
          {backups.data?.map((backup) => (
            <tr key={backup.path}>
              <td>{moment(backup.createdAt)}</td>
              <td className={styles['number']}>{bytes(backup.bytes)}</td>
              <td className="mono">{backup.path}</td>
              <td className={styles['actions']}>
                <Button size="compact-xs" onClick={() => setAsked(backup)}>
                  {text.restore}
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Modal
        opened={asked !== undefined}
        onClose={() => setAsked(undefined)}
        title={text.restoreBackup}
      >
        <p className={styles['text']}>{text.restoreWarning}</p>
        <p className="mono">{asked?.path}</p>
        {restore.error !== null && <ErrorState error={restore.error} />}
        <div className={styles['actionsRow']}>
          <Button onClick={() => setAsked(undefined)}>{text.cancel}</Button>
          <Button
            variant="filled"
            loading={restore.isPending}
            onClick={() => asked !== undefined && restore.mutate({ backup: asked.path })}
          >
            {text.restoreBackup}
          </Button>
        </div>
      </Modal>
    </SettingPage>
  );
}
