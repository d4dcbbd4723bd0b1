/** Who is told when a run ends: the desktop, and an address of the person's choice. */
import { Switch, TextInput } from '@mantine/core';
import { useState } from 'react';
import { wireErrorOf } from '../../rpc/error.ts';
import { text } from '../../strings/settings.ts';
import { SettingPage, SettingRow } from './setting-row.tsx';
import { useSettings } from './use-settings.ts';

export function NoticesSection() {
  const { settings, error, change } = useSettings();
  const [draft, setDraft] = useState<string | undefined>();
  if (settings === undefined) return null;
  const save = () => {
    if (draft === undefined) return;
    const address = draft.trim();
    if (address !== (settings.webhookUrl ?? '')) {
      change({ webhookUrl: address === '' ? null : address });
    }
  };
  return (
    <SettingPage>
      <SettingRow label={text.notices} hint={text.noticesHint}>
        <Switch
          aria-label={text.notices}
          checked={settings.notices}
          onChange={(event) => change({ notices: event.currentTarget.checked })}
        />
      </SettingRow>
      <SettingRow label={text.closeToTray} hint={text.closeToTrayHint}>
        <Switch
          aria-label={text.closeToTray}
          checked={settings.closeToTray}
          onChange={(event) => change({ closeToTray: event.currentTarget.checked })}
        />
      </SettingRow>
      <SettingRow label={text.webhook} hint={text.webhookHint}>
        <TextInput
          aria-label={text.webhook}
          placeholder={text.off}
          value={draft ?? settings.webhookUrl ?? ''}
          error={error === null ? undefined : wireErrorOf(error).message}
          onChange={(event) => setDraft(event.currentTarget.value)}
          onBlur={save}
          onKeyDown={(event) => {
            if (event.key === 'Enter') save();
          }}
        />
      </SettingRow>
    </SettingPage>
  );
}
