/**
 * What a model says about completions that were sampled: other tokens it might have chosen, and log
 * probabilities under the newest checkpoint and under the model the run began with. Comes in: a group
 * with its completions. Goes out: numbers per token, asked of an engine that keeps the model loaded.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../../shared/errors.ts';
import type { TokenAlternative, TokenColumns } from '../../shared/model/rollout.ts';
import type { RolloutRow } from '../../shared/protocol/results.ts';
import { scoreRolloutResult } from '../../shared/protocol/results.ts';
import { askEngine, type JobRunner } from '../engine/ask.ts';
import { APP_ROOT } from '../entries.ts';
import type { IndexedRun } from '../runs/index/run-store.ts';
import { listSteps } from '../runs/run-files.ts';
import { scalarAt } from '../runs/summaries.ts';
import { mediaFolder } from './prompt-media.ts';
import type { GroupRow } from './queries.ts';

export interface ScoredGroup {
  readonly run: IndexedRun;
  readonly folder: string;
  readonly group: GroupRow;
  readonly rows: readonly RolloutRow[];
}

const MOST_ALTERNATIVES = 5;
/** What a run begins with when its configuration names no folder. */
const STARTER = join(APP_ROOT, 'resources/starter');

export class Scoring {
  readonly #engine: JobRunner;
  readonly #kept = new Map<string, Promise<Scored[]>>();

  constructor(engine: JobRunner) {
    this.#engine = engine;
  }

  async alternatives(
    group: ScoredGroup,
    place: { readonly sample: number; readonly token: number },
    signal: AbortSignal | undefined,
  ): Promise<TokenAlternative[]> {
    const rows = group.rows.filter(({ sample }) => sample === place.sample);
    const [chosen] = rows;
    const id = chosen?.ids[place.token];
    if (id === undefined) {
      throw new LabError(
        'rollout/missing',
        `[rollouts] completion #${place.sample} has no token ${place.token}`,
      );
    }
    const [scored] = await this.#score({ ...group, rows }, { at: [place.token], signal });
    const token = scored?.tokens[place.token];
    if (token === undefined) throw noAnswer();
    const found = token.top.map((one) => ({ ...one, isChosen: one.id === id }));
    if (found.some(({ isChosen }) => isChosen)) return found;
    return [...found, { id, text: token.text, logprob: token.logprob, isChosen: true }];
  }

  /** Kept for the groups looked at last: colours are switched back and forth. */
  async columns(
    group: ScoredGroup,
    withReference: boolean,
    signal: AbortSignal | undefined,
  ): Promise<TokenColumns> {
    const model = modelOf(group);
    const reference = withReference ? referenceOf(group.run) : undefined;
    const { step, prompt } = group.group;
    const key = [group.run.id, step, prompt, model ?? '', reference ?? '', withReference].join(
      '\n',
    );
    const asked = this.#kept.get(key) ?? this.#score(group, { at: [], signal, withReference });
    this.#kept.set(key, asked);
    const oldest = this.#kept.keys().next().value;
    if (this.#kept.size > 16 && oldest !== undefined) this.#kept.delete(oldest);
    let scored: Scored[];
    try {
      scored = await asked;
    } catch (thrown) {
      this.#kept.delete(key);
      throw thrown;
    }
    return {
      newModel: model ?? 'starter',
      refModel: withReference ? (reference ?? 'starter') : null,
      completions: group.rows.map(({ sample }, i) => ({
        sample,
        newLogprobs: scored[i]?.tokens.map(({ logprob }) => logprob) ?? null,
        refLogprobs: withReference
          ? (scored[i]?.tokens.map(({ refLogprob }) => refLogprob) ?? null)
          : null,
      })),
    };
  }

  async #score(
    scored: ScoredGroup,
    options: {
      readonly at: number[];
      readonly signal: AbortSignal | undefined;
      readonly withReference?: boolean;
    },
  ): Promise<Scored[]> {
    const { run, group, rows } = scored;
    const model = modelOf(scored);
    const reference = options.withReference === true ? (referenceOf(run) ?? STARTER) : undefined;
    const media = mediaFolder(run);
    // Written by the rollout index: a list of texts.
    const images = JSON.parse(group.images) as string[];
    const messages = rows[0]?.messages;
    const temperature = scalarAt(run.record.config['slots'], 'rollout.temperature');
    return await askEngine(
      this.#engine,
      'score-rollout',
      {
        rows: [
          {
            sample: {
              ...(messages === undefined ? { question: group.question } : { messages }),
              ...(group.world === null ? {} : { world: group.world }),
              ...(group.task?.startsWith('clip-') === true ? { frames: images } : { images }),
            },
            completions: rows.map(({ ids }) => [...ids]),
          },
        ],
        at: options.at,
        topAlternatives: MOST_ALTERNATIVES,
        ...(typeof temperature === 'number' ? { temperature } : {}),
        ...(model === undefined ? {} : { model }),
        ...(reference === undefined ? {} : { reference }),
        ...(media === undefined ? {} : { mediaFolder: media }),
      },
      { row: scoreRolloutResult, signal: options.signal },
    );
  }
}

type Scored = (typeof scoreRolloutResult)['_output'];

/** The first checkpoint that learned from the step, else the newest; before any the run's model. */
function modelOf({ run, folder, group }: ScoredGroup): string | undefined {
  const checkpoints = listSteps(join(folder, 'checkpoints'), '');
  const after = checkpoints.find(({ step }) => step >= group.step) ?? checkpoints.at(-1);
  return after?.path ?? referenceOf(run);
}

function referenceOf(run: IndexedRun): string | undefined {
  const path = scalarAt(run.record.config['slots'], 'model.path');
  if (typeof path !== 'string' || path === 'starter') return undefined;
  return existsSync(path) ? path : undefined;
}

function noAnswer(): LabError {
  return new LabError('engine/protocol', '[score-rollout] gave no result');
}
