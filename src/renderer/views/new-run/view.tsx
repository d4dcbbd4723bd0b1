/** A new run: a form derived from the recipe's schema, its YAML beside it, a dry run, the queue. */
import { Panes } from '../../parts/panes.tsx';
import { LoadingRows } from '../../parts/states.tsx';
import { text } from '../../strings/runs.ts';

export function View() {
  return (
    <Panes id="new-run">
      <LoadingRows label={text.newRun} />
    </Panes>
  );
}
