/**
 * The command line of the browser host. Comes in: arguments and the environment. Goes out: where the
 * workspace is and where to listen, or `cli/usage` that says what was expected.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { LabError } from '../../shared/errors.ts';
import { defaultWorkspace, expandHome } from '../workspace/places.ts';

export const DEFAULT_PORT = 7317;

export interface ServeOptions {
  readonly workspace: string;
  readonly port: number;
  readonly isPortFixed: boolean;
  readonly openTo: string | undefined;
  readonly isHelp: boolean;
}

export const USAGE = `rationale serve: the app for a browser on this machine, or through an SSH tunnel

  --workspace DIR  folder of the workspace (or RATIONALE_WORKSPACE; default: ~/Rationale)
  --port N         port on 127.0.0.1 (default: ${DEFAULT_PORT}, or the next free one)
  --host ADDRESS   unsafe: also answer other machines, with no encryption
  --help           this text
`;

/** @throws LabError `cli/usage` */
export function parseServeOptions(
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): ServeOptions {
  const values = parse(args);
  const port = values.port === undefined ? DEFAULT_PORT : Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new LabError('cli/usage', `expected --port 0 to 65535, got '${values.port}'`);
  }
  if (values.host === '') throw new LabError('cli/usage', 'expected an address after --host');
  return {
    workspace:
      values.workspace === undefined
        ? defaultWorkspace(env)
        : resolve(expandHome(values.workspace)),
    port,
    isPortFixed: values.port !== undefined,
    openTo: values.host,
    isHelp: values.help === true,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        workspace: { type: 'string' },
        port: { type: 'string' },
        host: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new LabError('cli/usage', text, { hint: 'Add --help to see the options.', cause });
  }
}
