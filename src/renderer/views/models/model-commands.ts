/** Keys of the models page, as commands: they show in the palette and on the key sheet. */
import { useMemo } from 'react';
import type { ModelNode } from '../../../shared/model/model.ts';
import { type Command, useCommands } from '../../commands/registry.ts';
import { text } from '../../strings/models.ts';
import type { TreeRow } from './tree-rows.ts';

export interface ModelActions {
  readonly row: TreeRow | undefined;
  readonly onImport: () => void;
  readonly onExport: (node: ModelNode) => void;
  readonly onRetention: () => void;
  readonly onRemove: (node: ModelNode) => void;
  readonly onPin: (node: ModelNode) => void;
  readonly onProbe: (node: ModelNode) => void;
  readonly onFold: (row: TreeRow, isFolded: boolean) => void;
}

export function useModelCommands(actions: ModelActions): void {
  const { row } = actions;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the actions only differ by the row they act on.
  const commands = useMemo<Command[]>(() => {
    const node = row?.kind === 'model' ? row.node : undefined;
    const blocked = node === undefined ? text.noneTitle : undefined;
    const unusable = node?.problems.find(({ level }) => level === 'block')?.reason;
    const on = (act: (which: ModelNode) => void) => () => node !== undefined && act(node);
    const group = text.groupModels;
    return [
      {
        id: 'models.import',
        cli: 'rationale model check',
        title: text.importTitle,
        group,
        keys: ['Mod+I'],
        run: actions.onImport,
      },
      { id: 'models.retention', title: text.retentionTitle, group, run: actions.onRetention },
      {
        id: 'models.export',
        title: text.exportModel,
        group,
        cli: 'rationale model export',
        keys: ['E'],
        blocked: blocked ?? unusable,
        run: on(actions.onExport),
      },
      {
        id: 'models.probe',
        title: text.probe,
        group,
        keys: ['C'],
        blocked: blocked ?? unusable,
        run: on(actions.onProbe),
      },
      { id: 'models.pin', title: text.pin, group, keys: ['B'], blocked, run: on(actions.onPin) },
      {
        id: 'models.rename',
        title: text.rename,
        group,
        keys: ['F2'],
        blocked,
        run: () => document.querySelector<HTMLInputElement>('#model-name')?.select(),
      },
      {
        id: 'models.remove',
        title: text.remove,
        group,
        keys: ['Delete'],
        blocked: node?.kind === 'starter' ? text.kinds.starter : blocked,
        run: on(actions.onRemove),
      },
      {
        id: 'models.find',
        title: text.find,
        group,
        keys: ['Mod+F', '/'],
        isQuiet: true,
        run: () => document.querySelector<HTMLInputElement>('#find-model')?.focus(),
      },
      {
        id: 'models.fold',
        title: text.fold,
        group,
        keys: ['ArrowLeft'],
        scope: 'table',
        isQuiet: true,
        run: () => row?.isOpen === true && actions.onFold(row, true),
      },
      {
        id: 'models.unfold',
        title: text.unfold,
        group,
        keys: ['ArrowRight'],
        scope: 'table',
        isQuiet: true,
        run: () => row?.isOpen === false && actions.onFold(row, false),
      },
    ];
  }, [row]);
  useCommands(commands);
}
