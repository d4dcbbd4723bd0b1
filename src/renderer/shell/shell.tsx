/**
 * The frame of every page: title bar, rail, page, undo bar, status bar. Comes in: the route. Goes
 * out: the page inside the frame, live queries, the commands that exist everywhere.
 */
import { Outlet } from '@tanstack/react-router';
import { CommandsProvider } from '../commands/commands.tsx';
import { useLiveQueries } from '../rpc/live-queries.tsx';
import { text } from '../strings/shell.ts';
import { usePersonSettings } from './person-settings.ts';
import { Rail } from './rail.tsx';
import styles from './shell.module.css';
import { useShellCommands } from './shell-commands.ts';
import { StatusBar } from './status-bar.tsx';
import { StatusProvider } from './status-store.tsx';
import { TitleBar } from './title-bar.tsx';
import { UndoBar } from './undo-bar.tsx';

export function Shell() {
  return (
    <StatusProvider>
      <CommandsProvider>
        <Frame />
      </CommandsProvider>
    </StatusProvider>
  );
}

function Frame() {
  useLiveQueries();
  usePersonSettings();
  useShellCommands();
  return (
    <div className={styles['frame']}>
      <a className={styles['skip']} href="#page">
        {text.skipToContent}
      </a>
      <TitleBar />
      <Rail />
      <main id="page" className={styles['page']} tabIndex={-1}>
        <Outlet />
      </main>
      <UndoBar />
      <StatusBar />
    </div>
  );
}
