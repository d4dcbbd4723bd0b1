/**
 * The tray icon while a run goes on behind a closed window. Comes in: what its entries do. Goes out: a
 * tray that appears and disappears; where the desktop has none, nothing happens.
 */
import { Menu, nativeImage, Tray } from 'electron';

/** 16 by 16: two rising bars of the product's mark, drawn here so that no file is needed. */
const SIDE = 16;

export interface TrayActions {
  readonly show: () => void;
  readonly quit: () => void;
}

export class RunTray {
  readonly #actions: TrayActions;
  #tray: Tray | undefined;

  constructor(actions: TrayActions) {
    this.#actions = actions;
  }

  appear(): void {
    if (this.#tray !== undefined) return;
    const { show, quit } = this.#actions;
    this.#tray = new Tray(icon());
    this.#tray.setToolTip('Rationale: a run is going');
    this.#tray.setContextMenu(
      Menu.buildFromTemplate([
        { label: 'Open Rationale', click: show },
        { type: 'separator' },
        { label: 'Save the run and quit', click: quit },
      ]),
    );
    this.#tray.on('click', show);
  }

  disappear(): void {
    this.#tray?.destroy();
    this.#tray = undefined;
  }
}

function icon(): Electron.NativeImage {
  const pixels = Buffer.alloc(SIDE * SIDE * 4);
  for (let y = 2; y < 14; y += 1) {
    for (let x = 2; x < 14; x += 1) {
      const bar = Math.floor((x - 2) / 4);
      const isGap = (x - 2) % 4 === 3;
      if (isGap || 13 - y > 3 + bar * 4) continue;
      // BGRA, the accent colour.
      pixels.set([0xe0, 0x8a, 0x4f, 0xff], (y * SIDE + x) * 4);
    }
  }
  return nativeImage.createFromBitmap(pixels, { width: SIDE, height: SIDE });
}
