/** Every command with its keys: press new ones, take them away, see what else uses them. */
import { ActionIcon, Button, TextInput, Tooltip, UnstyledButton } from '@mantine/core';
import { useEffect, useState } from 'react';
import { chordOf, isPlain } from '../../commands/chord.ts';
import { type KnownCommand, keysOf, useKnownCommands } from '../../commands/registry.ts';
import { plural } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { Keys } from '../../parts/keys.tsx';
import { text } from '../../strings/settings.ts';
import { conflictsOf } from './key-conflicts.ts';
import styles from './keys-section.module.css';
import { SettingPage } from './setting-row.tsx';
import { useSettings } from './use-settings.ts';

export function KeysSection() {
  const { settings, change } = useSettings();
  const commands = useKnownCommands();
  const [find, setFind] = useState('');
  const [recording, setRecording] = useState<string | undefined>();
  const own = settings?.keys ?? {};
  const conflicts = conflictsOf(commands);
  const words = find.toLowerCase();
  const shown = commands.filter((command) =>
    `${command.group} ${command.title} ${keysOf(command).join(' ')}`.toLowerCase().includes(words),
  );
  const bind = (id: string, chord: string | null | undefined) => {
    const { [id]: _, ...rest } = own;
    change({ keys: chord === undefined ? rest : { ...rest, [id]: chord } });
    setRecording(undefined);
  };
  return (
    <SettingPage>
      <div className={styles['head']}>
        <TextInput
          aria-label={text.findKey}
          placeholder={text.findKey}
          leftSection={<Icon name="search" size={14} />}
          value={find}
          onChange={(event) => setFind(event.currentTarget.value)}
        />
        <Button disabled={Object.keys(own).length === 0} onClick={() => change({ keys: {} })}>
          {text.resetAll}
        </Button>
        {conflicts.size > 0 && (
          <span className={styles['warn']}>
            <Icon name="warning" size={14} />
            {text.conflicts(plural(conflicts.size, 'command'))}
          </span>
        )}
      </div>
      <p className={styles['hint']}>{text.keysHint}</p>
      {Object.entries(Object.groupBy(shown, ({ group }) => group)).map(([group, list]) => (
        <section key={group}>
          <h2 className={styles['group']}>{group}</h2>
          <ul>
            {list?.map((command) => (
              <KeyRow
                key={command.id}
                command={command}
                isOwn={Object.hasOwn(own, command.id)}
                isRecording={recording === command.id}
                conflicts={conflicts.get(command.id) ?? []}
                onRecord={(isOn) => setRecording(isOn ? command.id : undefined)}
                onBind={(chord) => bind(command.id, chord)}
              />
            ))}
          </ul>
        </section>
      ))}
    </SettingPage>
  );
}

interface KeyRowProps {
  readonly command: KnownCommand;
  readonly isOwn: boolean;
  readonly isRecording: boolean;
  readonly conflicts: readonly string[];
  readonly onRecord: (isOn: boolean) => void;
  /** null = no key; undefined = as it comes. */
  readonly onBind: (chord: string | null | undefined) => void;
}

function KeyRow(props: KeyRowProps) {
  const { command, isOwn, isRecording, conflicts, onRecord, onBind } = props;
  const chords = keysOf(command);
  return (
    <li className={styles['row']}>
      <span className={styles['title']}>{command.title}</span>
      <span className={styles['warn']}>
        {conflicts.length > 0 && (
          <>
            <Icon name="warning" size={12} />
            {text.conflict(conflicts.join(', '))}
          </>
        )}
      </span>
      <UnstyledButton
        className={styles['chords']}
        aria-pressed={isRecording}
        onClick={() => onRecord(!isRecording)}
      >
        <span className="visually-hidden">{text.change(command.title)}</span>
        {isRecording ? (
          <Recorder onChord={onBind} onCancel={() => onRecord(false)} />
        ) : chords.length === 0 ? (
          <span className={styles['weak']}>{text.noKey}</span>
        ) : (
          chords.map((chord) => <Keys key={chord} chord={chord} />)
        )}
      </UnstyledButton>
      <span className={styles['actions']}>
        <Tooltip label={text.unbind}>
          <ActionIcon
            aria-label={`${text.unbind}: ${command.title}`}
            disabled={chords.length === 0}
            onClick={() => onBind(null)}
          >
            <Icon name="close" size={12} />
          </ActionIcon>
        </Tooltip>
        <Tooltip label={text.reset}>
          <ActionIcon
            aria-label={`${text.reset}: ${command.title}`}
            disabled={!isOwn}
            onClick={() => onBind(undefined)}
          >
            <Icon name="undo" size={12} />
          </ActionIcon>
        </Tooltip>
      </span>
    </li>
  );
}

/** Hears the next key press before any command does. */
function Recorder(props: {
  readonly onChord: (chord: string) => void;
  readonly onCancel: () => void;
}) {
  const { onChord, onCancel } = props;
  const [seen, setSeen] = useState<string | undefined>();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (event.key === 'Escape') {
        onCancel();
        return;
      }
      const chord = chordOf(event);
      if (chord === undefined) return;
      setSeen(chord);
      onChord(chord);
    };
    window.addEventListener('keydown', onKey, { capture: true });
    return () => window.removeEventListener('keydown', onKey, { capture: true });
  }, [onChord, onCancel]);
  return (
    <span className={styles['recording']}>
      {text.pressKeys}
      {seen !== undefined && isPlain(seen) && ` · ${text.textField}`}
    </span>
  );
}
