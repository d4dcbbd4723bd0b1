/** Theme, contrast and motion: applied at once, kept with the workspace. */
import { SegmentedControl } from '@mantine/core';
import { settings as settingsSchema } from '../../../shared/model/workspace.ts';
import { text } from '../../strings/settings.ts';
import { setAppearance, useAppearance } from '../../theme/appearance.ts';
import { SettingPage, SettingRow } from './setting-row.tsx';
import { useSettings } from './use-settings.ts';

export function AppearanceSection() {
  const { change } = useSettings();
  const { theme, contrast, motion } = useAppearance();
  const { shape } = settingsSchema;
  const apply = (next: Parameters<typeof setAppearance>[0]) => {
    setAppearance(next);
    change(next);
  };
  return (
    <SettingPage>
      <SettingRow label={text.theme} hint={text.themeHint}>
        <SegmentedControl
          aria-label={text.theme}
          value={theme}
          onChange={(value) => apply({ theme: shape.theme.parse(value) })}
          data={[
            { value: 'system', label: text.system },
            { value: 'light', label: text.light },
            { value: 'dark', label: text.dark },
          ]}
        />
      </SettingRow>
      <SettingRow label={text.contrast} hint={text.contrastHint}>
        <SegmentedControl
          aria-label={text.contrast}
          value={contrast}
          onChange={(value) => apply({ contrast: shape.contrast.parse(value) })}
          data={[
            { value: 'system', label: text.system },
            { value: 'normal', label: text.normal },
            { value: 'high', label: text.high },
          ]}
        />
      </SettingRow>
      <SettingRow label={text.motion} hint={text.motionHint}>
        <SegmentedControl
          aria-label={text.motion}
          value={motion}
          onChange={(value) => apply({ motion: shape.motion.parse(value) })}
          data={[
            { value: 'system', label: text.system },
            { value: 'full', label: text.full },
            { value: 'reduced', label: text.reduced },
          ]}
        />
      </SettingRow>
    </SettingPage>
  );
}
