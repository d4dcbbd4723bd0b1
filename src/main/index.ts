/**
 * Entry of the desktop app, Electron's main process. Comes in: a start by a person. Goes out: the one
 * instance of the app; a second start only brings its window to the front.
 */
import { enableCompileCache } from 'node:module';
import { app } from 'electron';
import { registerAppScheme } from './host/electron/app-protocol.ts';
import { denyByDefault } from './host/electron/security.ts';

enableCompileCache();

if (app.requestSingleInstanceLock()) {
  app.enableSandbox();
  registerAppScheme();
  denyByDefault();
  void start();
} else {
  app.quit();
}

/** Not awaited above: Electron gets ready only after this module has been loaded. */
async function start(): Promise<void> {
  // The rest of the app is loaded in the meantime.
  const [{ runElectron }] = await Promise.all([
    import('./host/electron/run-electron.ts'),
    app.whenReady(),
  ]);
  await runElectron();
}
