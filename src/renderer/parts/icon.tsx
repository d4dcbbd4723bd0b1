/** The icon set: 16 px grid, 1.4 stroke, round caps. A name comes in, an inline SVG goes out. */

const paths = {
  database:
    'M2.5 4c0-1.1 2.5-2 5.5-2s5.5.9 5.5 2-2.5 2-5.5 2-5.5-.9-5.5-2Zm0 0v8c0 1.1 2.5 2 5.5 2s5.5-.9 5.5-2V4M2.5 8c0 1.1 2.5 2 5.5 2s5.5-.9 5.5-2',
  chart: 'M2 2v12h12M4.5 10.5l3-3.5 2 2 4-5',
  bars: 'M3 3v10M3 4.5h7M3 8h10M3 11.5h5',
  tree: 'M8 2.5v4M8 6.5H4v3M8 6.5h4v3M6.8 2.5h2.4M2.8 9.5h2.4v4H2.8zM10.8 9.5h2.4v4h-2.4z',
  chat: 'M2.5 3.5h11v7.5H8l-3 2.5V11H2.5z',
  pulse: 'M1.5 8.5h3l2-5 3 9 2-4h3',
  sliders: 'M2 4.5h6M11 4.5h3M8 3v3h3V3zM2 11.5h3M8 11.5h6M5 10v3h3v-3z',
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10ZM10.6 10.6 14 14',
  plus: 'M8 3v10M3 8h10',
  close: 'M4 4l8 8M12 4l-8 8',
  check: 'M3 8.5l3.2 3L13 4.5',
  warning: 'M8 2.2 14.5 13.5h-13zM8 6.5v3.2M8 11.6v.2',
  error: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 5v3.6M8 11v.2',
  info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 7.4V11M8 5v.2',
  left: 'M10 3 5 8l5 5',
  right: 'M6 3l5 5-5 5',
  up: 'M3 10l5-5 5 5',
  down: 'M3 6l5 5 5-5',
  folder: 'M1.5 4h4.8l1.4 1.6h6.8v7.6h-13z',
  file: 'M4 1.8h5L12.5 5v9.2H4zM9 1.8V5h3.5',
  image: 'M2 3h12v10H2zM2 11l3.5-3.5 3 3 2-2L14 11.5M10.5 6.2v.1',
  table: 'M2 3h12v10H2zM2 6.5h12M6.5 3v10',
  grid: 'M2.5 2.5h4.5v4.5H2.5zM9 2.5h4.5v4.5H9zM2.5 9H7v4.5H2.5zM9 9h4.5v4.5H9z',
  filter: 'M2 3h12L9.5 8.5v4.2l-3 1.3V8.5z',
  sort: 'M5 3v10M5 13l-2.5-2.5M5 13l2.5-2.5M11 13V3M11 3 8.5 5.5M11 3l2.5 2.5',
  tag: 'M2.5 2.5h5.2l6 6-5.2 5.2-6-6zM5.2 5.2v.1',
  lock: 'M3.5 7h9v6.5h-9zM5.5 7V5a2.5 2.5 0 0 1 5 0v2',
  more: 'M3.5 8v.1M8 8v.1M12.5 8v.1',
  play: 'M4.5 3v10l8-5z',
  pause: 'M5 3v10M11 3v10',
  stop: 'M4 4h8v8H4z',
  save: 'M2.5 2.5h9l2 2v9h-11zM5 2.5v4h5v-4M5 13.5V9.5h6v4',
  trash: 'M2.5 4h11M6 4V2.5h4V4M4 4l.7 9.5h6.6L12 4M6.7 6.8v4M9.3 6.8v4',
  undo: 'M5.5 3 2.5 6l3 3M2.5 6h7a4 4 0 0 1 0 8H6',
  redo: 'M10.5 3l3 3-3 3M13.5 6h-7a4 4 0 0 0 0 8H10',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  pin: 'M6 2h4l-.6 4.5L12 9H4l2.6-2.5zM8 9v5',
  send: 'M2 8l12-5.5L10.5 14 8 9.2zM8 9.2 14 2.5',
  eye: 'M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8ZM8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z',
  bell: 'M3.5 11.5h9L11.3 9.8V6.5a3.3 3.3 0 0 0-6.6 0v3.3zM6.7 13.5h2.6',
  keyboard: 'M1.5 4h13v8h-13zM4 6.7v.1M6.7 6.7v.1M9.3 6.7v.1M12 6.7v.1M5 9.5h6',
  chip: 'M4.5 4.5h7v7h-7zM6.5 2v2.5M9.5 2v2.5M6.5 11.5V14M9.5 11.5V14M2 6.5h2.5M2 9.5h2.5M11.5 6.5H14M11.5 9.5H14',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.8V8l2.2 1.6',
  upload: 'M8 10.5v-8M5 5.2l3-3 3 3M2.5 10.5v3h11v-3',
  download: 'M8 2.5v8M5 7.8l3 3 3-3M2.5 10.5v3h11v-3',
  edit: 'M3 13l.6-2.8 7.2-7.2 2.2 2.2-7.2 7.2zM9.4 4.4l2.2 2.2',
  link: 'M6.5 9.5l3-3M7 4.5l1.5-1.5a2.8 2.8 0 0 1 4 4L11 8.5M9 11.5 7.5 13a2.8 2.8 0 0 1-4-4L5 7.5',
  branch:
    'M4.5 5.5v5M4.5 5.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3ZM4.5 13.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3ZM11.5 6.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3ZM11.5 6.5c0 3-7 1-7 4',
  drag: 'M6 4v.1M6 8v.1M6 12v.1M10 4v.1M10 8v.1M10 12v.1',
  zoomIn: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10ZM10.6 10.6 14 14M7 5v4M5 7h4',
  fit: 'M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10',
  list: 'M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4v.1M2.5 8v.1M2.5 12v.1',
  external: 'M9 2.5h4.5V7M13.5 2.5 8 8M11.5 9.5v4h-9v-9h4',
  refresh: 'M13.5 8a5.5 5.5 0 1 1-1.8-4.1M13.5 2v3h-3',
  globe:
    'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM2 8h12M8 2c2 2 2.8 4 2.8 6S10 12 8 14C6 12 5.2 10 5.2 8S6 4 8 2Z',
} as const;

export type IconName = keyof typeof paths;

export interface IconProps {
  readonly name: IconName;
  /** Pixels; 20 in the rail only. */
  readonly size?: number;
  /** What it says where no text stands beside it; absent = decoration. */
  readonly label?: string;
}

export function Icon({ name, size = 16, label }: IconProps) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.4}
      strokeLinecap="round"
      strokeLinejoin="round"
      style={{ flex: 'none' }}
      {...(label === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label })}
    >
      <path d={paths[name]} />
    </svg>
  );
}
