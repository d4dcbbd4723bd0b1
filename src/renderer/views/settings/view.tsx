/** The settings page: sections on the left, the chosen one beside them; its name is in the address. */
import { UnstyledButton } from '@mantine/core';
import type { ComponentType } from 'react';
import { Icon, type IconName } from '../../parts/icon.tsx';
import { PaneBody, PaneHead, ToolRow } from '../../parts/pane.tsx';
import { Panes } from '../../parts/panes.tsx';
import { useBreadcrumb } from '../../shell/breadcrumb.tsx';
import { useSearchValues } from '../../shell/location.ts';
import { text } from '../../strings/settings.ts';
import { AppearanceSection } from './appearance-section.tsx';
import { BackupsSection } from './backups-section.tsx';
import { EngineSection } from './engine-section.tsx';
import { IntegritySection } from './integrity-section.tsx';
import { KeysSection } from './keys-section.tsx';
import { NoticesSection } from './notices-section.tsx';
import { TrashSection } from './trash-section.tsx';
import styles from './view.module.css';
import { WorkspacesSection } from './workspaces-section.tsx';

type SectionId = keyof typeof text.sections;

interface SectionEntry {
  readonly id: SectionId;
  readonly icon: IconName;
  readonly Body: ComponentType;
}

const SECTIONS: readonly SectionEntry[] = [
  { id: 'appearance', icon: 'eye', Body: AppearanceSection },
  { id: 'keys', icon: 'keyboard', Body: KeysSection },
  { id: 'notices', icon: 'bell', Body: NoticesSection },
  { id: 'engine', icon: 'chip', Body: EngineSection },
  { id: 'workspaces', icon: 'folder', Body: WorkspacesSection },
  { id: 'backups', icon: 'save', Body: BackupsSection },
  { id: 'integrity', icon: 'check', Body: IntegritySection },
  { id: 'trash', icon: 'trash', Body: TrashSection },
];

/** Sections whose choices are kept with the workspace. */
const KEPT: ReadonlySet<SectionId> = new Set(['appearance', 'keys', 'notices', 'engine']);

export function View() {
  const [values, setValues] = useSearchValues();
  const shown = SECTIONS.find(({ id }) => id === values['section']) ?? SECTIONS[0];
  useBreadcrumb(shown === undefined ? [] : [{ title: text.sections[shown.id] }]);
  if (shown === undefined) return null;
  return (
    <Panes
      id="settings"
      labels={{ list: text.settings }}
      list={
        <>
          <PaneHead title={text.settings} />
          <PaneBody>
            <ul>
              {SECTIONS.map(({ id, icon }) => (
                <li key={id}>
                  <UnstyledButton
                    className={styles['row']}
                    aria-current={id === shown.id}
                    onClick={() => setValues({ section: id })}
                  >
                    <Icon name={icon} size={14} />
                    {text.sections[id]}
                  </UnstyledButton>
                </li>
              ))}
            </ul>
          </PaneBody>
        </>
      }
    >
      <ToolRow title={text.sections[shown.id]} hint={KEPT.has(shown.id) ? text.saved : undefined} />
      <shown.Body key={shown.id} />
    </Panes>
  );
}
