/** Opens the workspace named by its argument and commits pairs of rows until it is killed. */
import { Workspace } from '../../../src/main/workspace/workspace.ts';

const [, , path = ''] = process.argv;
const workspace = Workspace.open({ path });
const insert = workspace.db.prepare('INSERT INTO setting (key, value) VALUES (?, ?)');

let n = 0;
function write(): void {
  n += 1;
  workspace.db.transaction(() => {
    insert.run(`left ${n}`, 'x'.repeat(3000));
    insert.run(`right ${n}`, 'x'.repeat(3000));
  })();
  process.send?.(n);
  setImmediate(write);
}
write();
