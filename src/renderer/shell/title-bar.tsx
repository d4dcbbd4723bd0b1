/** The title bar: product, workspace, history, breadcrumb, search, the running run, notices. */
import { ActionIcon, Menu, UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { Icon } from '../parts/icon.tsx';
import { Keys } from '../parts/keys.tsx';
import { useTRPC } from '../rpc/client.ts';
import { text } from '../strings/shell.ts';
import { Breadcrumb } from './breadcrumb.tsx';
import { useGo } from './location.ts';
import { Notices } from './notices.tsx';
import { RunPill } from './run-pill.tsx';
import styles from './title-bar.module.css';

export function TitleBar() {
  const router = useRouter();
  return (
    <header className={styles['bar']}>
      <span className={styles['product']}>
        <Mark />
        {text.product}
      </span>
      <WorkspaceMenu />
      <ActionIcon aria-label={text.back} onClick={() => router.history.back()}>
        <Icon name="left" />
      </ActionIcon>
      <ActionIcon aria-label={text.forward} onClick={() => router.history.forward()}>
        <Icon name="right" />
      </ActionIcon>
      <Breadcrumb />
      <SearchField />
      <RunPill />
      <Notices />
    </header>
  );
}

/** The product's mark: an R in a frame. */
function Mark() {
  return (
    <svg
      width="16"
      height="16"
      viewBox="0 0 16 16"
      fill="none"
      stroke="var(--accent)"
      strokeWidth="1.6"
      aria-hidden
    >
      <path
        d="M3 14V2.5h6.2a3.3 3.3 0 0 1 0 6.6H3M8 9.1 13 14"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}

function WorkspaceMenu() {
  const trpc = useTRPC();
  const go = useGo();
  const current = useQuery(trpc.workspace.current.queryOptions());
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <UnstyledButton
          className={styles['workspace']}
          aria-label={text.workspaceNamed(current.data?.name ?? '…')}
        >
          <Icon name="folder" />
          <span>{current.data?.name ?? '…'}</span>
          <Icon name="down" size={12} />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label className="mono">{current.data?.path}</Menu.Label>
        <Menu.Item onClick={() => go('/settings', { search: { section: 'workspaces' } })}>
          {text.workspaceMenu}…
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function SearchField() {
  // The palette listens for its key; the field is the same door for the pointer.
  const open = () =>
    window.dispatchEvent(
      new KeyboardEvent('keydown', { key: 'k', ctrlKey: true, metaKey: true, bubbles: true }),
    );
  return (
    <UnstyledButton className={styles['search']} onClick={open}>
      <Icon name="search" />
      <span>{text.search}</span>
      <Keys chord="Mod+K" />
    </UnstyledButton>
  );
}
