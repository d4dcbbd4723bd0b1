/**
 * Small parts of the Electron double: addresses of the app's protocol as a browser can load them and
 * back, frames as main sees them, events that can be prevented.
 */
import type { Frame } from 'playwright-core';

const APP = 'app://rationale';
const BROWSER = 'https://rationale.app-protocol.test';

export function toBrowser(url: string): string {
  return url.startsWith(APP) ? BROWSER + url.slice(APP.length) : url;
}

export function toApp(url: string): string {
  return url.startsWith(BROWSER) ? APP + url.slice(BROWSER.length) : url;
}

/** `WebFrameMain`, as far as it is asked. */
export class DoubleFrame {
  readonly #frame: Frame;

  constructor(frame: Frame) {
    this.#frame = frame;
  }
  get url(): string {
    return toApp(this.#frame.url());
  }
  get origin(): string {
    return this.url.startsWith(`${APP}/`) ? APP : new URL(this.url).origin;
  }
  get parent(): DoubleFrame | null {
    const parent = this.#frame.parentFrame();
    return parent === null ? null : new DoubleFrame(parent);
  }
}

export interface Preventable {
  defaultPrevented: boolean;
  preventDefault(): void;
}

export function preventable(): Preventable {
  return {
    defaultPrevented: false,
    preventDefault() {
      this.defaultPrevented = true;
    },
  };
}
