/**
 * What lies over the curves: event letters, names at the ends of lines, the shared hover rule, and
 * the stretch that is dragged to zoom. The pointer and the keys come in; the place of the rule and
 * zooms go out. Redrawing it leaves the curves alone.
 */
import { type KeyboardEvent, type PointerEvent, useMemo, useState } from 'react';
import { text } from '../strings/charts.ts';
import { BandLimits } from './band-limits.tsx';
import {
  type ChartSeries,
  type EventMark,
  type PlotScale,
  pixelToX,
  type SafeBand,
  xToPixel,
  yToPixel,
} from './chart-types.ts';
import { EndLabels } from './end-labels.tsx';
import { useHoverStore, useHoverX } from './hover.tsx';
import { readoutText } from './legend.tsx';
import styles from './line-chart.module.css';
import { Measured } from './measured.tsx';
import { strokeOf } from './palette.ts';
import { rowsOf } from './plot-rows.ts';
import { nearestIndex } from './reduce.ts';

export interface ChartOverlayProps {
  readonly title: string;
  readonly summary: string;
  readonly series: readonly ChartSeries[];
  readonly scale: PlotScale;
  readonly size: { readonly width: number; readonly height: number };
  readonly marks: readonly EventMark[];
  readonly band: SafeBand | null;
  readonly yTicks: readonly number[];
  readonly smoothing: number;
  readonly isLabelled: boolean;
  readonly onZoom?: (from: number, to: number) => void;
  readonly onReset?: () => void;
}

/** A drag of fewer pixels is a click. */
const LEAST_DRAG = 6;

export function ChartOverlay(props: ChartOverlayProps) {
  const { scale, size, series } = props;
  const store = useHoverStore();
  const [drag, setDrag] = useState<{ readonly from: number; readonly to: number }>();
  const hoverX = useHoverX();
  const lead = series.find(({ points }) => points.length > 0)?.points ?? [];
  const at = (event: PointerEvent) =>
    event.clientX - event.currentTarget.getBoundingClientRect().left;
  const onPointerMove = (event: PointerEvent) => {
    const pixel = at(event);
    const point = lead[nearestIndex(lead, pixelToX(scale, pixel))];
    store.set(point?.x ?? null);
    if (drag !== undefined) setDrag({ ...drag, to: pixel });
  };
  const onPointerUp = () => {
    if (drag !== undefined && Math.abs(drag.to - drag.from) >= LEAST_DRAG) {
      const [from, to] = [drag.from, drag.to].sort((a, b) => a - b) as [number, number]; // two in, two out
      props.onZoom?.(pixelToX(scale, from), pixelToX(scale, to));
    }
    setDrag(undefined);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const next = keyAction(event, { props, lead, hoverX });
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    next(store.set);
  };
  const [from, to] = scale.x;
  return (
    <div
      className={styles['overlay']}
      role="slider"
      tabIndex={0}
      aria-label={props.summary}
      aria-description={text.keysHint}
      aria-valuemin={from}
      aria-valuemax={to}
      aria-valuenow={Math.min(to, Math.max(from, hoverX ?? to))}
      aria-valuetext={readoutText(series, hoverX)}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ from: at(event), to: at(event) });
      }}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerLeave={() => drag === undefined && store.set(null)}
      onDoubleClick={() => props.onReset?.()}
      onKeyDown={onKeyDown}
      onBlur={() => store.set(null)}
    >
      <svg width={size.width} height={size.height} aria-hidden>
        <BandLimits band={props.band} scale={scale} ticks={props.yTicks} />
        <Marks marks={props.marks} scale={scale} />
        {series.map((one) =>
          one.isMeasured === true ? <Measured key={one.id} series={one} scale={scale} /> : null,
        )}
        {props.isLabelled && <EndLabels {...props} />}
        <HoverRule series={series} scale={scale} smoothing={props.smoothing} />
        {drag !== undefined && Math.abs(drag.to - drag.from) >= LEAST_DRAG && (
          <rect
            x={Math.min(drag.from, drag.to)}
            width={Math.abs(drag.to - drag.from)}
            y={scale.box.top}
            height={scale.box.height}
            className={styles['drag']}
          />
        )}
      </svg>
    </div>
  );
}

interface KeyContext {
  readonly props: ChartOverlayProps;
  readonly lead: readonly { readonly x: number }[];
  readonly hoverX: number | null;
}

/** What a key does; undefined leaves it to the page. */
function keyAction(
  event: KeyboardEvent,
  { props, lead, hoverX }: KeyContext,
): ((set: (x: number | null) => void) => void) | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  const [from, to] = props.scale.x;
  const shown = lead.filter(({ x }) => x >= from && x <= to);
  const now = hoverX === null ? shown.length : shown.findIndex(({ x }) => x >= hoverX);
  const move = (by: number) => (set: (x: number | null) => void) =>
    set(shown[Math.min(shown.length - 1, Math.max(0, now + by))]?.x ?? null);
  const middle = hoverX ?? (from + to) / 2;
  const zoom = (factor: number) => () =>
    props.onZoom?.(middle - (middle - from) * factor, middle + (to - middle) * factor);
  const stride = event.shiftKey ? 10 : 1;
  switch (event.key) {
    case 'ArrowLeft':
      return move(-stride);
    case 'ArrowRight':
      return move(stride);
    case 'Home':
      return move(-shown.length);
    case 'End':
      return move(shown.length);
    case 'Escape':
      return hoverX === null ? undefined : (set) => set(null);
    case '+':
    case '=':
      return zoom(0.5);
    case '-':
      return zoom(2);
    case '0':
      return () => props.onReset?.();
    default:
      return undefined;
  }
}

/** Letters closer than this are drawn as lines only. */
const LETTER_ROOM = 17;

function Marks({
  marks,
  scale,
}: {
  readonly marks: readonly EventMark[];
  readonly scale: PlotScale;
}) {
  const { box, x } = scale;
  let lastLetter = Number.NEGATIVE_INFINITY;
  return marks
    .filter((mark) => mark.x >= x[0] && mark.x <= x[1])
    .map((mark) => {
      const pixel = Math.round(xToPixel(scale, mark.x)) + 0.5;
      const hasRoom = pixel - lastLetter >= LETTER_ROOM;
      if (hasRoom) lastLetter = pixel;
      return (
        <g key={mark.letter} className={styles['mark']}>
          <line x1={pixel} x2={pixel} y1={box.top} y2={box.top + box.height} />
          {hasRoom && (
            <>
              <rect x={pixel - 7} y={2} width={14} height={14} rx={2} />
              <text x={pixel} y={12.5} textAnchor="middle">
                {mark.letter}
              </text>
            </>
          )}
        </g>
      );
    });
}

function HoverRule(props: {
  readonly series: readonly ChartSeries[];
  readonly scale: PlotScale;
  readonly smoothing: number;
}) {
  const { series, scale, smoothing } = props;
  const hoverX = useHoverX();
  const drawn = useMemo(
    () =>
      series.map((one) =>
        rowsOf(one, { weight: one.isMeasured === true ? 0 : smoothing, isLog: scale.isLog }),
      ),
    [series, smoothing, scale.isLog],
  );
  const { box, x } = scale;
  if (hoverX === null || hoverX < x[0] || hoverX > x[1]) return null;
  const pixel = Math.round(xToPixel(scale, hoverX)) + 0.5;
  return (
    <g className={styles['hover']}>
      <line x1={pixel} x2={pixel} y1={box.top} y2={box.top + box.height} />
      {series.map((one, index) => {
        const row = drawn[index]?.[nearestIndex(one.points, hoverX)];
        if (row === undefined || row.smooth === null || row.x < x[0] || row.x > x[1]) return null;
        return (
          <circle
            key={one.id}
            cx={xToPixel(scale, row.x)}
            cy={yToPixel(scale, row.smooth)}
            r={3}
            stroke={strokeOf(one.slot)}
          />
        );
      })}
    </g>
  );
}
