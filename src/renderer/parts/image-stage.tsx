/**
 * A picture on a neutral stage: zoom with the wheel, drag to move, `0` fits, `1` shows true pixels.
 * Boxes, a patch grid and one lit patch lie over it in the picture's own coordinates; holding `H`
 * hides them. Regions are listed as text beside it, for those who do not see the picture.
 */
import { ActionIcon } from '@mantine/core';
import { type KeyboardEvent, useEffect, useState } from 'react';
import { TransformComponent, TransformWrapper } from 'react-zoom-pan-pinch';
import type { Region } from '../../shared/model/sample.ts';
import { text } from '../strings/parts.ts';
import { Icon } from './icon.tsx';
import styles from './image-stage.module.css';

export interface PatchGrid {
  readonly rows: number;
  readonly cols: number;
}

export interface ImageStageProps {
  readonly sha256: string;
  readonly width: number;
  readonly height: number;
  /** What the picture shows, for screen readers. */
  readonly alt: string;
  readonly regions?: readonly Region[];
  readonly grid?: PatchGrid | undefined;
  readonly onPatch?: (row: number, col: number) => void;
  /** Region that is pointed at elsewhere. */
  readonly litRegion?: number | undefined;
  readonly onRegion?: (index: number | undefined) => void;
}

const FULL = { width: '100%', height: '100%' };
/** Enlarged beyond this, pixels are shown as they are instead of smoothed. */
const SMALL = 160;

export function ImageStage(props: ImageStageProps) {
  const { width, height, regions = [], grid } = props;
  const isHidden = useHeldKey('h');
  return (
    <TransformWrapper minScale={0.2} maxScale={20} centerOnInit doubleClick={{ mode: 'reset' }}>
      {({ zoomIn, zoomOut, resetTransform, setTransform }) => {
        const onKeyDown = (event: KeyboardEvent) => {
          if (event.key === '0') resetTransform(0);
          else if (event.key === '+' || event.key === '=') zoomIn(0.3, 0);
          else if (event.key === '-') zoomOut(0.3, 0);
          else if (event.key === '1')
            setTransform(0, 0, truePixels(event.currentTarget, width, height), 0);
          else return;
          event.preventDefault();
        };
        return (
          <div
            role="application"
            className={styles['stage']}
            data-scope="stage"
            // biome-ignore lint/a11y/noNoninteractiveTabindex: an application hears its own keys.
            tabIndex={0}
            onKeyDown={onKeyDown}
            aria-label={text.stage}
          >
            <TransformComponent wrapperStyle={FULL} contentStyle={FULL}>
              <div className={styles['picture']} style={{ aspectRatio: `${width} / ${height}` }}>
                <img
                  src={`/media/${props.sha256}`}
                  alt={props.alt}
                  width={width}
                  height={height}
                  draggable={false}
                  data-small={Math.max(width, height) <= SMALL || undefined}
                />
                {!isHidden && grid !== undefined && <GridLines {...props} grid={grid} />}
                {!isHidden && <Boxes {...props} regions={regions} />}
              </div>
            </TransformComponent>
            <div className={styles['tools']}>
              <ActionIcon aria-label={text.zoomIn} onClick={() => zoomIn()}>
                <Icon name="zoomIn" />
              </ActionIcon>
              <ActionIcon aria-label={text.fit} onClick={() => resetTransform()}>
                <Icon name="fit" />
              </ActionIcon>
            </div>
          </div>
        );
      }}
    </TransformWrapper>
  );
}

/** The scale at which one pixel of the picture is one pixel of the screen. */
function truePixels(stage: Element, width: number, height: number): number {
  const shown = stage.querySelector('img')?.getBoundingClientRect();
  const box = stage.getBoundingClientRect();
  const fitted = Math.min(box.width / width, box.height / height);
  return shown === undefined ? 1 : 1 / fitted;
}

function GridLines({
  grid,
  width,
  height,
  onPatch,
}: ImageStageProps & { readonly grid: PatchGrid }) {
  const cells = Array.from({ length: grid.rows * grid.cols }, (_, index) => index);
  const cell = { width: width / grid.cols, height: height / grid.rows };
  return (
    <svg className={styles['over']} viewBox={`0 0 ${width} ${height}`} aria-hidden>
      {cells.map((index) => {
        const row = Math.floor(index / grid.cols);
        const col = index % grid.cols;
        return (
          <rect
            key={index}
            className={styles['patch']}
            x={col * cell.width}
            y={row * cell.height}
            width={cell.width}
            height={cell.height}
            onPointerEnter={() => onPatch?.(row, col)}
          />
        );
      })}
    </svg>
  );
}

function Boxes({ regions = [], width, height, litRegion, onRegion }: ImageStageProps) {
  return (
    <svg className={styles['over']} viewBox={`0 0 ${width} ${height}`} aria-hidden>
      {regions.map(({ box: [x1, y1, x2, y2], by, label }, index) => (
        <g
          key={index}
          className={`${styles['box']} ${styles[by]}`}
          data-lit={index === litRegion ? true : undefined}
          onPointerEnter={() => onRegion?.(index)}
          onPointerLeave={() => onRegion?.(undefined)}
        >
          <rect
            className={styles['halo']}
            x={x1 * width}
            y={y1 * height}
            width={(x2 - x1) * width}
            height={(y2 - y1) * height}
          />
          <rect
            className={styles['line']}
            x={x1 * width}
            y={y1 * height}
            width={(x2 - x1) * width}
            height={(y2 - y1) * height}
          />
          <title>{label}</title>
        </g>
      ))}
    </svg>
  );
}

/** True while a key is held down outside of text fields. */
function useHeldKey(key: string): boolean {
  const [isHeld, setHeld] = useState(false);
  useEffect(() => {
    const on = (event: globalThis.KeyboardEvent) => {
      const isTyping =
        event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
      if (event.key.toLowerCase() === key && !isTyping && !event.ctrlKey && !event.metaKey)
        setHeld(event.type === 'keydown');
    };
    const off = () => setHeld(false);
    window.addEventListener('keydown', on);
    window.addEventListener('keyup', on);
    window.addEventListener('blur', off);
    return () => {
      window.removeEventListener('keydown', on);
      window.removeEventListener('keyup', on);
      window.removeEventListener('blur', off);
    };
  }, [key]);
  return isHeld;
}
