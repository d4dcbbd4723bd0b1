/**
 * What a picture of the app shows. Every file in ./scenes exports `scenes`, a list of these; they are
 * run in the order of the files and share one workspace, so that a later one finds what an earlier one
 * has made.
 */
import type { Page } from 'playwright-core';
import type { Rpc } from '../support/rpc-client.ts';

export interface Scene {
  /** Name of the file: `<name>-dark.png`. */
  readonly name: string;
  /** Route of the window, or how to find it once the scene is set up. */
  readonly path: string | ((rpc: Rpc) => string | Promise<string>);
  /** Once, before the first picture: data the scene needs. */
  readonly setUp?: (rpc: Rpc) => Promise<void>;
  /** In each theme, with the page at `path`: opens what is closed, waits for what comes. */
  readonly prepare?: (page: Page, rpc: Rpc) => Promise<void>;
}
