/**
 * Rows of one height in a scrolling box, any number of them. How many rows and how tall comes in;
 * which are visible and where they stand goes out. A browser cannot make a box taller than about
 * 33 million pixels, so beyond {@link MAX_BOX} the scroll bar stands for a scaled position and the
 * wheel moves by true pixels all the same.
 */
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';

const MAX_BOX = 8_000_000;
const OVERSCAN = 4;

export interface VirtualRows {
  /** Goes on the element that scrolls. */
  readonly box: React.RefObject<HTMLDivElement | null>;
  /** Height of the one child that gives the box its scroll bar, in pixels. */
  readonly boxHeight: number;
  readonly first: number;
  /** Behind the last one. */
  readonly end: number;
  /** Where row `index` stands inside that child, in pixels. */
  readonly topOf: (index: number) => number;
  readonly scrollTo: (index: number, align?: 'nearest' | 'start' | 'center') => void;
  readonly onScroll: () => void;
  readonly viewHeight: number;
}

export function useVirtualRows(count: number, rowHeight: number): VirtualRows {
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [viewHeight, setViewHeight] = useState(600);
  const full = count * rowHeight;
  const boxHeight = Math.min(full, MAX_BOX);
  const isScaled = full > MAX_BOX;
  const scale = isScaled ? (full - viewHeight) / Math.max(1, boxHeight - viewHeight) : 1;
  /** The scroll position we set ourselves: the event that follows it must not move anything. */
  const own = useRef<number | undefined>(undefined);

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setViewHeight(element.clientHeight));
    observer.observe(element);
    setViewHeight(element.clientHeight);
    return () => observer.disconnect();
  }, []);

  const moveTo = useCallback(
    (next: number) => {
      const clamped = Math.max(0, Math.min(full - viewHeight, next));
      setTop(clamped);
      const element = box.current;
      if (element === null) return;
      element.scrollTop = clamped / scale;
      own.current = element.scrollTop;
    },
    [full, viewHeight, scale],
  );

  const onScroll = useCallback(() => {
    const at = box.current?.scrollTop ?? 0;
    if (own.current !== undefined && Math.abs(own.current - at) < 1) {
      own.current = undefined;
      return;
    }
    own.current = undefined;
    setTop(at * scale);
  }, [scale]);

  useEffect(() => {
    const element = box.current;
    if (element === null || !isScaled) return;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      moveTo(top + event.deltaY);
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [isScaled, moveTo, top]);

  useEffect(() => {
    if (top > Math.max(0, full - viewHeight)) moveTo(full - viewHeight);
  }, [full, viewHeight, top, moveTo]);

  const scrollTo = useCallback(
    (index: number, align: 'nearest' | 'start' | 'center' = 'nearest') => {
      const start = index * rowHeight;
      if (align === 'center') moveTo(start - (viewHeight - rowHeight) / 2);
      else if (align === 'start') moveTo(start);
      else if (start < top) moveTo(start);
      else if (start + rowHeight > top + viewHeight) moveTo(start + rowHeight - viewHeight);
    },
    [rowHeight, viewHeight, top, moveTo],
  );

  const first = Math.max(0, Math.floor(top / rowHeight) - OVERSCAN);
  const end = Math.min(count, Math.ceil((top + viewHeight) / rowHeight) + OVERSCAN);
  const shift = isScaled ? top / scale - top : 0;
  return {
    box,
    boxHeight,
    first,
    end,
    topOf: (index) => index * rowHeight + shift,
    scrollTo,
    onScroll,
    viewHeight,
  };
}
