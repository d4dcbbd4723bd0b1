/**
 * The family tree: records, notes and runs come in; one node per model goes out, each with the model
 * it was made from and with what is wrong with it.
 */
import { existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { LabError } from '../../shared/errors.ts';
import type { PlainObject } from '../../shared/merge-slots.ts';
import type { ModelNode, ModelProblem } from '../../shared/model/model.ts';
import type { ModelNote, ModelRecords, ModelRow } from './records.ts';
import {
  bytesIn,
  type Checkpoint,
  type RunCheckpoints,
  type RunModels,
} from './run-checkpoints.ts';
import { modelFolder, summarizeWeights, type WeightSummary } from './weight-files.ts';

/** What the tree asks of other rooms. */
export interface TreeSources {
  /** What a person calls a run. */
  readonly runName: (id: string) => string | undefined;
  /** The dataset view a training file was written for. */
  readonly viewOf: (
    path: string,
  ) => { readonly name: string; readonly hash: string | null } | undefined;
}

export interface TreeOptions extends TreeSources {
  readonly records: ModelRecords;
  readonly runs: RunCheckpoints;
  /** Folder of the bundled starter. */
  readonly starter: string;
}

const NO_NOTE = { name: null, note: '', is_pinned: 0 } as const;

export class ModelTree {
  readonly #options: TreeOptions;
  #starter: ModelNode | undefined;

  constructor(options: TreeOptions) {
    this.#options = options;
  }

  /** Starter, imported folders, checkpoints by run (newest run first) and exports. */
  list(): ModelNode[] {
    const { records, runs } = this.#options;
    const notes = records.notes();
    const rows = records.list();
    const nodes = [
      this.#starterNode(notes.get('starter')),
      ...rows
        .filter(({ kind }) => kind === 'imported')
        .map((row) => this.#rowNode(row, notes.get(row.id))),
      ...runs
        .list()
        .flatMap((run) =>
          run.checkpoints.map((checkpoint) =>
            this.#checkpointNode(run, checkpoint, notes.get(checkpointId(run.id, checkpoint.step))),
          ),
        ),
      ...rows
        .filter(({ kind }) => kind === 'export')
        .map((row) => this.#rowNode(row, notes.get(row.id))),
    ];
    const ids = new Set(nodes.map(({ id }) => id));
    // A parent that is gone is no parent; its node says so.
    return nodes.map((node) =>
      node.parent === null || ids.has(node.parent) ? node : orphan(node, node.parent),
    );
  }

  /** @throws LabError `model/missing` */
  get(id: string): ModelNode {
    const { records, runs } = this.#options;
    const note = records.note(id);
    if (id === 'starter') return this.#starterNode(note);
    const place = checkpointOf(id);
    if (place === undefined) return this.#rowNode(records.get(id), note);
    const run = runs.run(place.run);
    const checkpoint = run?.checkpoints.find(({ step }) => step === place.step);
    if (run === undefined || checkpoint === undefined) {
      throw new LabError('model/missing', `[models] ${id.slice(0, 200)} is not there`, {
        hint: 'It may lie in the trash: Settings, Trash.',
      });
    }
    return this.#checkpointNode(run, checkpoint, note);
  }

  /** The node whose folder a path names; undefined for a folder that is no model of the workspace. */
  idAt(path: string): string | undefined {
    if (path === 'starter' || path === this.#options.starter) return 'starter';
    // By the names alone: a workspace that was moved still knows its own runs.
    const [, run, step] = CHECKPOINT_PATH.exec(path.replaceAll('\\', '/')) ?? [];
    if (run !== undefined && this.#options.runs.run(run) !== undefined) {
      return checkpointId(run, Number(step));
    }
    return this.#options.records.atPath(path)?.id;
  }

  /** The recipe that made a model; {} for one that no run made. */
  slotsOf(id: string): PlainObject {
    const place = checkpointOf(id);
    return (place === undefined ? undefined : this.#options.runs.run(place.run)?.slots) ?? {};
  }

  #starterNode(note: ModelNote | undefined): ModelNode {
    const path = this.#options.starter;
    this.#starter ??= {
      ...blank(path, summarizeWeights(path)),
      id: 'starter',
      name: 'Starter',
      kind: 'starter',
      bytes: bytesIn(path),
      createdAt: statSync(path, { throwIfNoEntry: false })?.mtime.toISOString() ?? EPOCH,
    };
    return noted(this.#starter, note);
  }

  #rowNode(row: ModelRow, note: ModelNote | undefined): ModelNode {
    const weights = existsSync(row.path) ? summarizeWeights(row.path) : undefined;
    const node: ModelNode = {
      ...blank(row.path, weights),
      id: row.id,
      name: row.name,
      kind: row.kind === 'export' ? 'export' : row.is_adapter === 1 ? 'adapter' : 'imported',
      parent: row.parent,
      bytes: weights === undefined ? 0 : row.bytes,
      params: weights?.params ?? row.params,
      hash: weights?.hash ?? row.hash,
      isOwned: row.is_owned === 1,
      isAdapter: row.is_adapter === 1,
      createdAt: row.created_at,
    };
    const problems = [...node.problems];
    if (weights !== undefined && row.hash !== null && weights.hash !== row.hash) {
      problems.push({
        part: 'tensors',
        reason: 'The files are not the ones that were imported: their hash differs.',
        fix: 'Import the folder again if the new files are meant.',
        level: 'block',
      });
    }
    return noted({ ...node, problems }, note);
  }

  #checkpointNode(run: RunModels, checkpoint: Checkpoint, note: ModelNote | undefined): ModelNode {
    const { weights } = checkpoint;
    const base = weights.base ?? run.model;
    const parent = this.idAt(base) ?? this.idAt(run.model) ?? null;
    const runName = this.#options.runName(run.id) ?? null;
    const node: ModelNode = {
      ...blank(checkpoint.path, weights),
      id: checkpointId(run.id, checkpoint.step),
      name: `${runName ?? run.id} step ${checkpoint.step}`,
      kind: weights.isAdapter ? 'adapter' : 'checkpoint',
      parent,
      run: run.id,
      runName,
      step: checkpoint.step,
      bytes: checkpoint.bytes,
      recipe: run.recipe,
      dataView: this.#options.viewOf(run.data) ?? dataOf(run),
      scores: this.#options.runs.scores(run, checkpoint.step),
      isOwned: true,
      createdAt: checkpoint.createdAt,
    };
    return noted(
      parent === null
        ? { ...node, problems: [...node.problems, unknownBase(base, weights.isAdapter)] }
        : node,
      note,
    );
  }
}

const CHECKPOINT_PATH =
  /\/([A-Za-z0-9][A-Za-z0-9._-]{0,199})\/checkpoints\/step-(\d+)(?:\/model)?\/?$/;
const EPOCH = new Date(0).toISOString();

export function checkpointId(run: string, step: number): string {
  return `run:${run}:${step}`;
}

/** The run and step of a checkpoint's id. */
export function checkpointOf(
  id: string,
): { readonly run: string; readonly step: number } | undefined {
  const match = /^run:([A-Za-z0-9][A-Za-z0-9._-]{0,199}):(\d{1,15})$/.exec(id);
  const [, run, step] = match ?? [];
  return run === undefined ? undefined : { run, step: Number(step) };
}

/** What every node starts from; `weights` undefined = the files are missing. */
function blank(path: string, weights: WeightSummary | undefined): ModelNode {
  const problems: ModelProblem[] = [];
  if (weights === undefined) {
    problems.push({
      part: 'files',
      reason: `There is no folder at ${path}.`,
      fix: 'Connect the drive or move the folder back; or remove the model from the list.',
      level: 'block',
    });
  } else if (weights.problem !== null) {
    problems.push({
      part: 'tensors',
      reason: weights.problem,
      fix: 'Copy the folder again from where it came from.',
      level: 'block',
    });
  }
  return {
    id: '',
    name: basename(path),
    kind: 'imported',
    path: weights === undefined ? path : modelFolder(path),
    parent: null,
    run: null,
    runName: null,
    step: null,
    bytes: 0,
    params: weights?.params ?? null,
    recipe: null,
    dataView: null,
    scores: {},
    hash: weights?.hash ?? null,
    isMissing: weights === undefined,
    problems,
    isPinned: false,
    isOwned: false,
    isAdapter: weights?.isAdapter ?? false,
    note: '',
    createdAt: EPOCH,
  };
}

function noted(node: ModelNode, note: Omit<ModelNote, 'model'> = NO_NOTE): ModelNode {
  return {
    ...node,
    name: note.name ?? node.name,
    note: note.note,
    isPinned: note.is_pinned === 1,
  };
}

function orphan(node: ModelNode, parent: string): ModelNode {
  const place = checkpointOf(parent);
  const what = place === undefined ? 'model' : `checkpoint of step ${place.step} of ${place.run}`;
  return {
    ...node,
    parent: null,
    problems: [
      ...node.problems,
      {
        part: 'base',
        reason: `The ${what} it was made from is no longer here.`,
        fix: node.isAdapter
          ? 'Restore the base from the trash: an adapter is nothing without it.'
          : 'Nothing to do: the weights are complete. Restore the base from the trash to compare.',
        level: node.isAdapter ? 'block' : 'note',
      },
    ],
  };
}

function unknownBase(base: string, isAdapter: boolean): ModelProblem {
  const isThere = existsSync(join(base, 'config.json'));
  return {
    part: 'base',
    reason: `It was made from ${base}, which is ${isThere ? 'not imported' : 'not there'}.`,
    fix: isThere ? 'Import that folder to see both in one tree.' : 'Put the folder back there.',
    // Factors alone are no model.
    level: isAdapter && !isThere ? 'block' : 'note',
  };
}

function dataOf({ data, split }: RunModels): { name: string; hash: string | null } {
  if (data === 'world') return { name: split === '' ? 'world' : `world, ${split}`, hash: null };
  const name = basename(data);
  const hash = /^([0-9a-f]{64})\.jsonl$/.exec(name)?.[1] ?? null;
  return { name: hash === null ? name : `view ${hash.slice(0, 8)}`, hash };
}
