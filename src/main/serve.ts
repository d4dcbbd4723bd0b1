/**
 * The app for a browser, on plain Node. Comes in: arguments (--help lists them). Goes out: a host on
 * loopback, the one-time link on stdout, and exit code 0 after Ctrl-C, once runs are saved and the
 * workspace is let go; a workspace that cannot be opened is its typed error and exit code 1.
 */
import { enableCompileCache } from 'node:module';

enableCompileCache();

// Everything else is loaded after the cache is on, so that it comes out of it.
const { runServe } = await import('./host/run-serve.ts');
await runServe(process.argv.slice(2));
