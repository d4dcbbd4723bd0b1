/** Above the table of runs: words and chips that filter, groups, columns, and what makes new runs. */
import {
  ActionIcon,
  Button,
  Checkbox,
  Menu,
  Popover,
  Select,
  Switch,
  TextInput,
} from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type Ref, useState } from 'react';
import type { RunSummary } from '../../../shared/model/app-run.ts';
import { RemovableChip } from '../../parts/chip.tsx';
import { count } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { ToolRow } from '../../parts/pane.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { useGo } from '../../shell/location.ts';
import { text } from '../../strings/runs.ts';
import type { RunFilter } from './run-rows.ts';
import styles from './runs-tools.module.css';
import { grouping, type TableState } from './table-state.ts';

export interface RunsToolsProps {
  readonly runs: readonly RunSummary[];
  readonly shown: number;
  readonly words: string;
  readonly onWords: (words: string) => void;
  readonly findBox: Ref<HTMLInputElement>;
  readonly filters: readonly RunFilter[];
  readonly onFilters: (filters: readonly RunFilter[]) => void;
  readonly state: TableState;
  readonly onState: (change: Partial<TableState>) => void;
  readonly onChain: () => void;
  readonly onImport: () => void;
}

export function RunsTools(props: RunsToolsProps) {
  const go = useGo();
  const { filters, state } = props;
  return (
    <ToolRow
      title={text.all}
      hint={text.counted(count(props.shown), count(props.runs.length))}
      actions={
        <>
          <Select
            className={styles['group'] ?? ''}
            aria-label={text.groupBy}
            value={state.group}
            data={grouping.options.map((value) => ({
              value,
              label: `${text.groupBy}: ${text.grouping[value]}`,
            }))}
            onChange={(next) => props.onState({ group: grouping.catch('none').parse(next) })}
          />
          <ColumnChooser {...props} />
          <Button onClick={props.onChain}>{text.chain}</Button>
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon aria-label={text.more}>
                <Icon name="more" />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<Icon name="folder" />} onClick={props.onImport}>
                {text.openFolder}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
          <Button
            variant="filled"
            leftSection={<Icon name="plus" />}
            onClick={() => go('/runs/new')}
          >
            {text.newRun}
          </Button>
        </>
      }
    >
      <TextInput
        ref={props.findBox}
        className={styles['find'] ?? ''}
        aria-label={text.filterHere}
        placeholder={text.filterHere}
        leftSection={<Icon name="search" />}
        value={props.words}
        onChange={(event) => props.onWords(event.currentTarget.value)}
      />
      <FilterMenu {...props} />
      {filters.map((filter) => (
        <RemovableChip
          key={`${filter.kind} ${filter.value}`}
          removeLabel={`${text.remove} ${filter.value}`}
          onRemove={() => props.onFilters(filters.filter((other) => other !== filter))}
        >
          {filter.value}
        </RemovableChip>
      ))}
    </ToolRow>
  );
}

function FilterMenu({ runs, filters, onFilters }: RunsToolsProps) {
  const offered: Readonly<Record<RunFilter['kind'], readonly string[]>> = {
    status: [...new Set(runs.map(({ status }) => status))],
    recipe: [...new Set(runs.map(({ recipe }) => recipe))].sort(),
    shape: [...new Set(runs.flatMap(({ shape }) => (shape === null ? [] : [shape])))].sort(),
    tag: [...new Set(runs.flatMap(({ tags }) => tags))].sort(),
  };
  return (
    <Menu>
      <Menu.Target>
        <Button variant="subtle" leftSection={<Icon name="filter" />} aria-label={text.filterHere}>
          <Icon name="down" size={12} />
        </Button>
      </Menu.Target>
      <Menu.Dropdown className={styles['menu'] ?? ''}>
        {(Object.keys(offered) as RunFilter['kind'][]) // its own keys
          .filter((kind) => offered[kind].length > 0)
          .map((kind) => (
            <div key={kind}>
              <Menu.Label>{kind}</Menu.Label>
              {offered[kind].map((value) => (
                <Menu.Item
                  key={value}
                  disabled={filters.some((one) => one.kind === kind && one.value === value)}
                  onClick={() => onFilters([...filters, { kind, value }])}
                >
                  {value}
                </Menu.Item>
              ))}
            </div>
          ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function ColumnChooser({ state, onState }: RunsToolsProps) {
  const trpc = useTRPC();
  const { data } = useQuery(trpc.runs.columns.queryOptions());
  const [find, setFind] = useState('');
  const fits = (name: string) => name.toLowerCase().includes(find.toLowerCase());
  const list = (key: 'metrics' | 'params') => {
    const chosen = state[key];
    return (data?.[key] ?? []).filter(fits).map((name) => (
      <Checkbox
        key={name}
        label={name}
        checked={chosen.includes(name)}
        onChange={(event) =>
          onState({
            [key]: event.currentTarget.checked
              ? [...chosen, name]
              : chosen.filter((other) => other !== name),
          })
        }
      />
    ));
  };
  return (
    <Popover position="bottom-end" withinPortal trapFocus>
      <Popover.Target>
        <Button leftSection={<Icon name="table" />}>{text.columns}</Button>
      </Popover.Target>
      <Popover.Dropdown>
        <div className={styles['chooser']} role="group" aria-label={text.chooseColumns}>
          <Switch
            label={text.archived}
            checked={state.isArchivedShown}
            onChange={(event) => onState({ isArchivedShown: event.currentTarget.checked })}
          />
          <TextInput
            aria-label={text.findColumn}
            placeholder={text.findColumn}
            value={find}
            onChange={(event) => setFind(event.currentTarget.value)}
          />
          <h4>{text.metrics}</h4>
          {list('metrics')}
          <h4>{text.params}</h4>
          {list('params')}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
