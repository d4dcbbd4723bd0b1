/**
 * Writes the bundled tokenizer: `node scripts/build-tokenizer.ts [folder]`, by default into
 * resources/starter. Equal lexicons give equal bytes.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildTokenizer } from '../src/engine/world/tokenizer/build.ts';

const folder = process.argv[2] ?? join(import.meta.dirname, '..', 'resources', 'starter');
const { tokenizer, config, chatTemplate } = buildTokenizer();
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'tokenizer.json'), `${JSON.stringify(tokenizer, null, 1)}\n`);
writeFileSync(join(folder, 'tokenizer_config.json'), `${JSON.stringify(config, null, 2)}\n`);
writeFileSync(join(folder, 'chat_template.jinja'), chatTemplate);
process.stdout.write(`tokenizer written to ${folder}\n`);
