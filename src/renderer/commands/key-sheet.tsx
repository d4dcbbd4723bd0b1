/** The key sheet: every command that has a key, from the registry, by group. */
import { Modal } from '@mantine/core';
import { Keys } from '../parts/keys.tsx';
import { text } from '../strings/shell.ts';
import styles from './key-sheet.module.css';
import { keysOf, useCommandList } from './registry.ts';

export interface OverlayProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

export function KeySheet({ isOpen, onClose }: OverlayProps) {
  const commands = useCommandList().filter((command) => keysOf(command).length > 0);
  const groups = Object.entries(Object.groupBy(commands, ({ group }) => group));
  return (
    <Modal opened={isOpen} onClose={onClose} title={text.keysTitle} size={760}>
      <div className={styles['groups']}>
        {groups.map(([group, list]) => (
          <section key={group} className={styles['group']}>
            <h3>{group}</h3>
            <dl>
              {list?.map((command) => (
                <div key={command.id} className={styles['line']}>
                  <dt>{command.title}</dt>
                  <dd>
                    {keysOf(command).map((chord) => (
                      <Keys key={chord} chord={chord} />
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}
