/**
 * What the desktop window is given by its preload script, and nothing else: a socket made of messages
 * and the native file dialog. The shapes are here because three processes speak them; no name of any
 * procedure appears.
 */
import { z } from 'zod';

/** One step in the life of a socket; `text` is what a message carries. */
export const socketMessage = z.object({
  id: z.string().regex(/^[\w-]{1,64}$/),
  kind: z.enum(['open', 'message', 'close']),
  text: z.string().default(''),
});
export type SocketMessage = z.infer<typeof socketMessage>;

/** The native dialog: what is looked for. */
export const pickOptions = z.object({
  title: z.string().max(200),
  kind: z.enum(['file', 'files', 'folder', 'save']),
  /** Endings without the dot; empty for any. */
  extensions: z.array(z.string().regex(/^[\w-]{1,20}$/)).default([]),
  defaultPath: z.string().max(4096).optional(),
});
export type PickOptions = z.input<typeof pickOptions>;

/** `window.rationale` of the desktop window. */
export interface Bridge {
  readonly host: 'electron';
  /** Opens a socket; its `open` message follows. @returns its id */
  open(): string;
  send(id: string, text: string): void;
  close(id: string): void;
  /** @returns a function that ends the subscription */
  onMessage(listener: (message: SocketMessage) => void): () => void;
  /** @returns the chosen paths; none where the person cancelled */
  pick(options: PickOptions): Promise<readonly string[]>;
}
