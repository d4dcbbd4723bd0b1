/**
 * Rows as cards with their picture, any number of them. The window of rows comes in; arrows walk
 * over cards, Enter opens one.
 */
import { type KeyboardEvent, useEffect, useId, useLayoutEffect, useState } from 'react';
import type { RowCard } from '../../../shared/model/dataset.ts';
import { count } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { useVirtualRows } from '../../parts/virtual-rows.ts';
import { text } from '../../strings/datasets.ts';
import type { RowWindow } from './queries.ts';
import styles from './row-grid.module.css';

const CARD_WIDTH = 176;
const CARD_HEIGHT = 184;

export interface RowListProps {
  readonly window: RowWindow;
  /** Offset in the result. */
  readonly selected: number | undefined;
  readonly onSelect: (offset: number) => void;
  readonly onOpen: (offset: number) => void;
}

export function RowGrid({ window: rows, selected, onSelect, onOpen }: RowListProps) {
  const [columns, setColumns] = useState(4);
  const total = rows.total ?? 0;
  const lines = useVirtualRows(Math.ceil(total / columns), CARD_HEIGHT);
  const { box, first, end, scrollTo, viewHeight } = lines;
  const { onRange } = rows;
  const id = useId();
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const measure = () =>
      setColumns(Math.max(1, Math.floor((element.clientWidth - 8) / CARD_WIDTH)));
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, [box]);
  useEffect(
    () => onRange(first * columns, Math.min(total, end * columns)),
    [onRange, first, end, columns, total],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new selection scrolls, not a new size.
  useEffect(() => {
    if (selected !== undefined) scrollTo(Math.floor(selected / columns));
  }, [selected, columns]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = selected ?? -1;
    const page = Math.max(1, Math.floor(viewHeight / CARD_HEIGHT)) * columns;
    const moves: Readonly<Record<string, number>> = {
      ArrowRight: at + 1,
      ArrowLeft: at - 1,
      ArrowDown: at + columns,
      ArrowUp: at - columns,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: total - 1,
    };
    const next = moves[event.key];
    if (event.key === 'Enter' && selected !== undefined) onOpen(selected);
    else if (next !== undefined && total > 0) onSelect(Math.max(0, Math.min(total - 1, next)));
    else return;
    event.preventDefault();
  };
  return (
    <div
      className={styles['box']}
      ref={box}
      onScroll={lines.onScroll}
      onKeyDown={onKeyDown}
      role="listbox"
      aria-label={text.rows(count(total))}
      aria-activedescendant={selected === undefined ? undefined : `${id}-${selected}`}
      tabIndex={0}
      data-scope="rows"
    >
      <div className={styles['sizer']} style={{ height: lines.boxHeight }}>
        {Array.from({ length: Math.max(0, end - first) }, (_, i) => first + i).map((line) => (
          <div
            key={line}
            className={styles['line']}
            role="presentation"
            style={{
              gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
              height: CARD_HEIGHT,
              transform: `translateY(${lines.topOf(line)}px)`,
            }}
          >
            {Array.from(
              { length: Math.min(columns, total - line * columns) },
              (_, i) => line * columns + i,
            ).map((offset) => (
              <Card
                key={offset}
                id={`${id}-${offset}`}
                row={rows.rowAt(offset)}
                position={offset}
                total={total}
                isSelected={offset === selected}
                onSelect={() => onSelect(offset)}
                onOpen={() => onOpen(offset)}
              />
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}

interface CardProps {
  readonly id: string;
  readonly row: RowCard | undefined;
  readonly position: number;
  readonly total: number;
  readonly isSelected: boolean;
  readonly onSelect: () => void;
  readonly onOpen: () => void;
}

function Card({ id, row, position, total, isSelected, onSelect, onOpen }: CardProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list box hears the keys (aria-activedescendant).
    <div
      id={id}
      className={styles['card']}
      role="option"
      tabIndex={-1}
      aria-selected={isSelected}
      aria-setsize={total}
      aria-posinset={position + 1}
      onClick={onSelect}
      onDoubleClick={onOpen}
    >
      <div className={styles['stage']}>
        {row?.thumb != null && <img src={`/media/${row.thumb}?thumb=240`} alt="" loading="lazy" />}
        {row !== undefined && row.thumb === null && (
          <p className={styles['textOnly']}>{row.prompt}</p>
        )}
      </div>
      <p className={styles['prompt']}>{row?.prompt}</p>
      <div className={styles['foot']}>
        <span className={styles['answer']}>{row?.answer}</span>
        {row !== undefined && row.tags.length > 0 && (
          <Icon name="tag" size={12} label={row.tags.join(', ')} />
        )}
        {row !== undefined && row.imageCount > 1 && <span>×{row.imageCount}</span>}
        <span>{row === undefined ? '' : count(row.row)}</span>
      </div>
    </div>
  );
}
