/** Writes the cold-start traces: `node scripts/build-traces.ts [folder]`, by default resources/traces. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TRACE_FILES } from '../src/engine/world/traces.ts';

const folder = process.argv[2] ?? join(import.meta.dirname, '..', 'resources', 'traces');
mkdirSync(folder, { recursive: true });
for (const [name, rows] of Object.entries(TRACE_FILES)) {
  const lines = rows().map((row) => `${JSON.stringify(row)}\n`);
  writeFileSync(join(folder, `${name}.jsonl`), lines.join(''));
  process.stdout.write(`${name}.jsonl: ${lines.length} rows\n`);
}
