/** The command line as a script meets it: real processes, what they print and how they end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const LAUNCHER = fileURLToPath(new URL('../../bin/rationale.mjs', import.meta.url));
const WEIGHTS = fileURLToPath(
  new URL('../../resources/starter/model.safetensors', import.meta.url),
);

/** Whether the bundled starter has its weights; says so aloud where it has not. */
export function hasStarter(): boolean {
  if (existsSync(WEIGHTS)) return true;
  process.stderr.write(`NOT TESTED: ${WEIGHTS} is missing, tests with the starter are skipped\n`);
  return false;
}

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  /** Working folder; runs go to `runs` in it. */
  readonly cwd: string;
  /** Called with every line of stdout as it comes. */
  readonly onLine?: (line: string, child: ChildProcess) => void;
}

export function rationale(
  args: readonly string[],
  { cwd, onLine }: CliOptions,
): Promise<CliResult> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [LAUNCHER, ...args], { cwd });
    let [stdout, stderr, line] = ['', '', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      const lines = (line + chunk.toString()).split('\n');
      line = lines.pop() ?? '';
      for (const whole of lines) onLine?.(whole, child);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** JSON lines, each an object. */
export function jsonLines(text: string): Record<string, unknown>[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>); // --json prints objects
}
