/**
 * The native file dialog. Comes in: what our window looks for. Goes out: paths, none where the person
 * cancelled or the message came from elsewhere.
 */
import { type BrowserWindow, dialog, ipcMain, type OpenDialogOptions } from 'electron';
import { type PickOptions, pickOptions } from '../../../shared/bridge.ts';
import { CHANNELS } from '../../../shared/bridge-names.ts';
import { isOurs } from './security.ts';

type Wanted = ReturnType<typeof pickOptions.parse>;

const PROPERTIES: Record<Exclude<Wanted['kind'], 'save'>, OpenDialogOptions['properties']> = {
  file: ['openFile'],
  files: ['openFile', 'multiSelections'],
  folder: ['openDirectory', 'createDirectory'],
};

/** Serves the window that `current` gives; call once. */
export function servePick(current: () => BrowserWindow | null): void {
  ipcMain.handle(CHANNELS.pick, async (event, raw: PickOptions): Promise<readonly string[]> => {
    const window = current();
    const parsed = pickOptions.safeParse(raw);
    if (window === null || !isOurs(event, window) || !parsed.success) return [];
    return await ask(window, parsed.data);
  });
}

async function ask(window: BrowserWindow, wanted: Wanted): Promise<readonly string[]> {
  const { title, kind, extensions, defaultPath } = wanted;
  const options = {
    title,
    ...(defaultPath === undefined ? {} : { defaultPath }),
    ...(extensions.length === 0 ? {} : { filters: [{ name: title, extensions }] }),
  };
  if (kind === 'save') {
    const { canceled, filePath } = await dialog.showSaveDialog(window, options);
    return canceled ? [] : [filePath];
  }
  const properties = PROPERTIES[kind] ?? [];
  const { canceled, filePaths } = await dialog.showOpenDialog(window, { ...options, properties });
  return canceled ? [] : filePaths;
}
