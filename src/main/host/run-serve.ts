/**
 * Life of the browser host as a process. Comes in: its arguments. Goes out: lines for the person at the
 * terminal (the link on stdout, everything else on stderr) and the exit code.
 */
import { LabError } from '../../shared/errors.ts';
import { RENDERER_FOLDER } from '../entries.ts';
import { Lab, LabHolder } from '../lab.ts';
import { EXIT, formatError } from '../terminal/exit.ts';
import { type BrowserHost, startBrowserHost } from './browser-host.ts';
import { parseServeOptions, type ServeOptions, USAGE } from './serve-options.ts';

/** Ctrl-C reaches a process twice where its parent passes it on, too: together they are one. */
const SAME_SIGNAL_MS = 1000;

export async function runServe(args: readonly string[]): Promise<void> {
  try {
    const options = parseServeOptions(args);
    if (options.isHelp) return void process.stdout.write(USAGE);
    await serve(options);
  } catch (thrown) {
    const error = LabError.from(thrown);
    process.stderr.write(`${formatError(error, false)}\n`);
    process.exit(error.code === 'cli/usage' ? EXIT.badInput : 1);
  }
}

async function serve(options: ServeOptions): Promise<void> {
  const labs = new LabHolder(await Lab.open({ workspace: options.workspace, hasBundled: true }));
  let host: BrowserHost;
  try {
    host = await startBrowserHost({
      ...options,
      labs,
      renderer: RENDERER_FOLDER,
      onLinkUsed: () => showLink('another browser'),
    });
  } catch (thrown) {
    await labs.current.dispose();
    throw thrown;
  }
  const showLink = (whom: string): void => {
    process.stdout.write(`link for ${whom} (works once): ${host.makeLink()}\n`);
  };
  stopOnSignal(host, labs);
  if (options.openTo !== undefined) {
    process.stderr.write(
      `warning: --host ${options.openTo} lets other machines in, without encryption; an SSH tunnel to 127.0.0.1 is safer\n`,
    );
  }
  process.stdout.write(`Rationale with ${options.workspace} at ${host.url}\n`);
  showLink('your browser');
}

/** The first signal stops safely, a second one at once. */
function stopOnSignal(host: BrowserHost, labs: LabHolder): void {
  let stoppingSince: number | undefined;
  const stop = async (): Promise<void> => {
    const now = performance.now();
    if (stoppingSince !== undefined) {
      if (now - stoppingSince > SAME_SIGNAL_MS) process.exit(EXIT.cancelled);
      return;
    }
    stoppingSince = now;
    process.stderr.write('stopping: runs save first (again to stop at once)\n');
    try {
      await Promise.all([host.stop(), labs.current.dispose()]);
      process.exit(0);
    } catch (thrown) {
      process.stderr.write(`${formatError(LabError.from(thrown), false)}\n`);
      process.exit(1);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => void stop());
  }
}
