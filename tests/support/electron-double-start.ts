/**
 * Process of the Electron double: the built main with `electron` replaced. Comes in: commands of the
 * test by IPC. Goes out: their results. The app itself knows nothing of it.
 */
import { registerHooks } from 'node:module';
import { app, BrowserWindow, record } from './electron-double.ts';

const DOUBLE = new URL('./electron-double.ts', import.meta.url).href;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron' ? { url: DOUBLE, shortCircuit: true } : next(specifier, context),
});

/** What a test may ask; scripts are expressions that the page evaluates. */
const commands: Record<string, (argument: string) => unknown> = {
  record: () => ({ ...record, tray: record.tray === null ? null : record.tray.tooltip }),
  window: () => {
    const [window] = BrowserWindow.getAllWindows();
    if (window === undefined) return null;
    const { bounds, options, visible, maximized } = window;
    return { bounds, options, visible, maximized, url: window.webContents.getURL() };
  },
  evaluate: (script) => page()?.evaluate(script),
  /** In a frame that the page has opened, as a foreign document in it would. */
  evaluateInFrame: (script) => page()?.frames()[1]?.evaluate(script),
  resize: (json) => BrowserWindow.getAllWindows()[0]?.moveTo(JSON.parse(json)),
  /** The person looks elsewhere. */
  blur: () => BrowserWindow.getAllWindows()[0]?.blur(),
  maximize: () => BrowserWindow.getAllWindows()[0]?.maximize(),
  close: () => BrowserWindow.getAllWindows()[0]?.close(),
  reload: () =>
    page()
      ?.reload()
      .then(() => undefined),
  secondStart: () => void app.emit('second-instance'),
  tray: (label) => record.tray?.menu.find((item) => item.label === label)?.click?.(),
  pick: (json) => void Object.assign(record.picked, JSON.parse(json)),
  quit: () => app.quit(),
};

function page() {
  return BrowserWindow.getAllWindows()[0]?.webContents.page;
}

process.on('message', (message: { id: number; name: string; argument: string }) => {
  const answer = async (): Promise<void> => {
    try {
      const value = await commands[message.name]?.(message.argument);
      process.send?.({ id: message.id, value: value ?? null });
    } catch (thrown) {
      process.send?.({ id: message.id, error: String(thrown) });
    }
  };
  void answer();
});

await import(new URL('../../out/main/main/index.js', import.meta.url).href);
process.send?.({ id: 0, value: 'started' });
