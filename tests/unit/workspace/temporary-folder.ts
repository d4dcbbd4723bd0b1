/** A folder that is there for one test and gone after it. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'rationale-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
