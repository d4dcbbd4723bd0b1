/** Opens the workspace named by its argument and holds it until it is killed. */
import { Workspace } from '../../../src/main/workspace/workspace.ts';

const [, , path = ''] = process.argv;
Workspace.open({ path, name: 'Held' });
process.send?.('open');
setInterval(() => {}, 1000);
