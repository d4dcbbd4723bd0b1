/** Where the engine computes and with how many threads. */
import { NumberInput, SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { settings as settingsSchema } from '../../../shared/model/workspace.ts';
import { useTRPC } from '../../rpc/client.ts';
import { text } from '../../strings/settings.ts';
import { SettingPage, SettingRow } from './setting-row.tsx';
import { useSettings } from './use-settings.ts';

export function EngineSection() {
  const trpc = useTRPC();
  const info = useQuery(trpc.system.info.queryOptions());
  const { settings, change } = useSettings();
  if (settings === undefined) return null;
  return (
    <SettingPage>
      <SettingRow label={text.device} hint={text.deviceHint}>
        <SegmentedControl
          aria-label={text.device}
          value={settings.device}
          onChange={(value) => change({ device: settingsSchema.shape.device.parse(value) })}
          data={[
            { value: 'auto', label: text.auto },
            { value: 'cpu', label: text.cpu },
            { value: 'cuda', label: text.cuda },
          ]}
        />
      </SettingRow>
      <SettingRow label={text.threads} hint={text.threadsHint(info.data?.cores ?? 1)}>
        <NumberInput
          aria-label={text.threads}
          w={120}
          placeholder={text.automatic}
          min={1}
          max={512}
          allowDecimal={false}
          value={settings.threads ?? ''}
          onChange={(value) =>
            change({ threads: typeof value === 'number' && value >= 1 ? value : null })
          }
        />
      </SettingRow>
    </SettingPage>
  );
}
