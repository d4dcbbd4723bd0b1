/** Rows from the starter world: tasks, split, difficulty, how many, seed. */
import { Button, MultiSelect, NumberInput, Select, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { WORLD_SPLITS, WORLD_TASKS } from '../../../shared/model/world.ts';
import { PaneBody, ToolRow } from '../../parts/pane.tsx';
import { Panes } from '../../parts/panes.tsx';
import { ErrorState } from '../../parts/states.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { useBreadcrumb } from '../../shell/breadcrumb.tsx';
import { useGo } from '../../shell/location.ts';
import { text } from '../../strings/import.ts';
import { DatasetList } from '../datasets/dataset-list.tsx';
import styles from './view.module.css';

export function View() {
  const trpc = useTRPC();
  const go = useGo();
  const [tasks, setTasks] = useState<string[]>(['follow']);
  const [split, setSplit] = useState<string>('train');
  const [difficulty, setDifficulty] = useState<number | string>('');
  const [n, setN] = useState<number | string>(200);
  const [seed, setSeed] = useState<number | string>(1);
  const [name, setName] = useState('walks');
  useBreadcrumb([{ title: text.generateTitle }]);
  const generate = useMutation(
    trpc.datasets.importWorld.mutationOptions({ onSuccess: ({ id }) => go(`/datasets/${id}`) }),
  );
  return (
    <Panes id="datasets" list={<DatasetList current="" view={undefined} />}>
      <ToolRow title={text.generateTitle} />
      <PaneBody>
        <form
          className={styles['form']}
          onSubmit={(event) => {
            event.preventDefault();
            generate.mutate({
              name,
              tasks,
              split,
              n: Number(n),
              seed: Number(seed),
              ...(typeof difficulty === 'number' ? { difficulty } : {}),
            });
          }}
        >
          <p>{text.generateHint}</p>
          <TextInput
            label={text.name}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <MultiSelect
            label={text.tasks}
            description={text.tasksHint}
            value={tasks}
            data={[...WORLD_TASKS]}
            onChange={setTasks}
            searchable
            clearable
          />
          <div className={styles['row']}>
            <Select
              label={text.worldSplit}
              value={split}
              data={[...WORLD_SPLITS]}
              onChange={(next) => setSplit(next ?? 'train')}
            />
            <NumberInput
              label={text.difficulty}
              description={text.difficultyHint}
              value={difficulty}
              onChange={setDifficulty}
              min={1}
              allowDecimal={false}
            />
          </div>
          <div className={styles['row']}>
            <NumberInput
              label={text.perTask}
              value={n}
              onChange={setN}
              min={1}
              max={100_000}
              allowDecimal={false}
              thousandSeparator=","
            />
            <NumberInput
              label={text.seed}
              value={seed}
              onChange={setSeed}
              min={0}
              allowDecimal={false}
            />
          </div>
          <Button
            type="submit"
            variant="filled"
            disabled={name.trim() === '' || generate.isPending}
          >
            {text.generate}
          </Button>
          {generate.error !== null && <ErrorState error={generate.error} />}
        </form>
      </PaneBody>
    </Panes>
  );
}
