/**
 * The layout grammar of a page: list, main, inspector, drawer, split by lines that can be dragged.
 * What each pane holds comes in; sizes and folds are kept per page. A narrow window folds the
 * inspector, then the list, before it cuts content: a strip at the edge lays a folded pane over the page.
 */
import { useMediaQuery } from '@mantine/hooks';
import { type ReactNode, useMemo, useState } from 'react';
import { Group, Panel, Separator, useDefaultLayout } from 'react-resizable-panels';
import { text } from '../strings/parts.ts';
import { Icon } from './icon.tsx';
import styles from './panes.module.css';

export interface PanesProps {
  /** Names the kept layout. */
  readonly id: string;
  readonly list?: ReactNode;
  readonly children: ReactNode;
  readonly inspector?: ReactNode;
  readonly drawer?: ReactNode;
  /** Pixels. */
  readonly listWidth?: number;
  readonly inspectorWidth?: number;
  readonly drawerHeight?: number;
  /** Names of the panes for screen readers. */
  readonly labels?: {
    readonly list?: string;
    readonly inspector?: string;
    readonly drawer?: string;
  };
}

export function Panes(props: PanesProps) {
  const { id, listWidth = 216, inspectorWidth = 300, drawerHeight = 168, labels = {} } = props;
  const isNarrow = useMediaQuery('(max-width: 1000px)', false, { getInitialValueInEffect: false });
  const isTight = useMediaQuery('(max-width: 720px)', false, { getInitialValueInEffect: false });
  const list = isTight ? undefined : props.list;
  const inspector = isNarrow ? undefined : props.inspector;
  const { drawer } = props;
  const across = useKeptLayout(id, [
    list === undefined ? undefined : 'list',
    'main',
    inspector === undefined ? undefined : 'inspector',
  ]);
  const down = useKeptLayout(`${id}.down`, ['upper', drawer === undefined ? undefined : 'drawer']);
  const group = (
    <Group orientation="horizontal" className={styles['group']} {...across}>
      {list !== undefined && (
        <>
          <Panel
            id="list"
            defaultSize={`${listWidth}px`}
            minSize="160px"
            maxSize="40%"
            groupResizeBehavior="preserve-pixel-size"
          >
            <section
              className={styles['pane']}
              aria-label={labels.list ?? 'List'}
              data-scope="list"
            >
              {list}
            </section>
          </Panel>
          <Separator className={styles['across']} />
        </>
      )}
      <Panel id="main" minSize="240px">
        <Group orientation="vertical" className={styles['group']} {...down}>
          <Panel id="upper" minSize="120px">
            <div className={styles['main']}>{props.children}</div>
          </Panel>
          {drawer !== undefined && (
            <>
              <Separator className={styles['down']} />
              <Panel
                id="drawer"
                defaultSize={`${drawerHeight}px`}
                minSize="34px"
                groupResizeBehavior="preserve-pixel-size"
              >
                <section
                  className={styles['pane']}
                  aria-label={labels.drawer ?? 'Drawer'}
                  data-scope="drawer"
                >
                  {drawer}
                </section>
              </Panel>
            </>
          )}
        </Group>
      </Panel>
      {inspector !== undefined && (
        <>
          <Separator className={styles['across']} />
          <Panel
            id="inspector"
            defaultSize={`${inspectorWidth}px`}
            minSize="220px"
            maxSize="60%"
            groupResizeBehavior="preserve-pixel-size"
          >
            <section
              className={styles['pane']}
              aria-label={labels.inspector ?? 'Inspector'}
              data-scope="inspector"
            >
              {inspector}
            </section>
          </Panel>
        </>
      )}
    </Group>
  );
  if (!isNarrow) return group;
  return (
    <div className={styles['folded']}>
      {isTight && props.list !== undefined && (
        <FoldedPane side="list" label={labels.list ?? text.list}>
          {props.list}
        </FoldedPane>
      )}
      {group}
      {props.inspector !== undefined && (
        <FoldedPane side="inspector" label={labels.inspector ?? text.inspector}>
          {props.inspector}
        </FoldedPane>
      )}
    </div>
  );
}

/** A strip at the edge; pressed, the pane lies over the page until it is pressed again or Escape is. */
function FoldedPane(props: {
  readonly side: 'list' | 'inspector';
  readonly label: string;
  readonly children: ReactNode;
}) {
  const { side, label } = props;
  const [isOpen, setOpen] = useState(false);
  const isLeft = side === 'list';
  return (
    <>
      <button
        type="button"
        className={styles['strip']}
        data-side={side}
        aria-label={label}
        aria-expanded={isOpen}
        title={label}
        onClick={() => setOpen(!isOpen)}
      >
        <Icon name={isOpen === isLeft ? 'left' : 'right'} size={12} />
      </button>
      {isOpen && (
        <section
          className={`${styles['pane']} ${styles['over']}`}
          aria-label={label}
          data-scope={side}
          data-side={side}
          onKeyDown={(event) => event.key === 'Escape' && setOpen(false)}
        >
          {props.children}
        </section>
      )}
    </>
  );
}

function useKeptLayout(id: string, names: readonly (string | undefined)[]) {
  const key = names.filter((name) => name !== undefined).join('|');
  const panelIds = useMemo(() => key.split('|'), [key]);
  const { defaultLayout, onLayoutChanged } = useDefaultLayout({ id: `panes.${id}`, panelIds });
  return defaultLayout === undefined ? { onLayoutChanged } : { defaultLayout, onLayoutChanged };
}
