/**
 * A resolved recipe -> the things its loop needs: policy and optimizer, data, reference, stages.
 * Everything a recipe says becomes an object here; the loops see no recipe.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LabError } from '../../shared/errors.ts';
import { type ModelBundle, openBundle } from '../bundle/bundle.ts';
import type { Item, ItemSource } from '../data/item.ts';
import { jsonlSource } from '../data/jsonl-source.ts';
import { withSuffix } from '../data/messages.ts';
import { worldSource } from '../data/world-source.ts';
import { ADAPTER_CONFIG } from '../models/qwen2-5-vl/lora-files.ts';
import { freshFactors } from '../models/qwen2-5-vl/lora-weights.ts';
import { Learner } from '../policy/learner.ts';
import { isLora, Policy } from '../policy/policy.ts';
import type { ResolvedRecipe } from '../recipes/resolve.ts';
import type { Runtime } from '../runtime/runtime.ts';

/** Folder of the bundled starter model. */
export const STARTER = fileURLToPath(new URL('../../../resources/starter', import.meta.url));

type CommonSlots = ResolvedRecipe['slots'];

export interface Assembled {
  readonly bundle: ModelBundle;
  readonly policy: Policy;
  readonly learner: Learner;
  readonly reference: Policy | undefined;
  readonly source: ItemSource;
  dispose(): void;
}

export function openBundleOf({ slots }: ResolvedRecipe): ModelBundle {
  const { path } = slots.model;
  if (path === 'starter') return openBundle(STARTER);
  // A checkpoint of a run holds the model in a folder of its own.
  const inner = join(path, 'model');
  const folder = existsSync(inner) ? inner : path;
  if (existsSync(join(folder, ADAPTER_CONFIG))) {
    throw new LabError(
      'model/unsupported',
      `[model] ${path} is a LoRA adapter, not a whole model`,
      {
        hint: 'Train on its base with model.lora, or continue its run: rationale run resume RUN.',
      },
    );
  }
  return openBundle(folder);
}

/**
 * @param existing a policy to train on instead of the recipe's model: the next part of a run
 * @throws LabError for a model, adapter or data set that cannot be used
 */
export function assemble(runtime: Runtime, recipe: ResolvedRecipe, existing?: Policy): Assembled {
  const { slots } = recipe;
  const bundle = openBundleOf(recipe);
  const policy = existing ?? makePolicy(runtime, bundle, slots);
  const { optimizer } = slots;
  const learner = new Learner(policy, {
    beta1: optimizer.beta1,
    beta2: optimizer.beta2,
    eps: optimizer.epsilon,
    weightDecay: optimizer.weightDecay,
  });
  const reference = slots.model.reference === null ? undefined : policy.reference();
  return {
    bundle,
    policy,
    learner,
    reference,
    source: openSource(slots),
    dispose() {
      reference?.dispose();
      learner.dispose();
      if (existing === undefined) policy.dispose();
    },
  };
}

export function makePolicy(runtime: Runtime, bundle: ModelBundle, slots: CommonSlots): Policy {
  const { lora, freeze } = slots.model;
  const frozen = freezeRule(freeze);
  const shape =
    lora === null
      ? undefined
      : { rank: lora.rank, scaling: lora.alpha / lora.rank, targets: lora.targets };
  if (lora !== null && lora.dropout > 0) {
    throw new LabError('recipe/invalid', '[model.lora] dropout is not supported by this engine', {
      hint: 'set model.lora.dropout to 0',
    });
  }
  if (shape === undefined && MODULES.every((module) => freeze.includes(module))) {
    throw new LabError('recipe/invalid', '[model.freeze] every module is frozen', {
      hint: 'Leave one out of model.freeze, or train factors with model.lora.',
    });
  }
  if (shape === undefined) {
    return new Policy(runtime, bundle.config, bundle.weights, {
      trainable: (name) => !frozen(name),
    });
  }
  const factors = freshFactors(bundle.config, shape, slots.training.seed);
  return new Policy(runtime, bundle.config, new Map([...bundle.weights, ...factors]), {
    lora: shape,
    trainable: isLora,
  });
}

type Module = CommonSlots['model']['freeze'][number];
const MODULES: readonly Module[] = ['vision', 'merger', 'language', 'embeddings'];

function freezeRule(freeze: readonly Module[]): (name: string) => boolean {
  return (name) => freeze.includes(moduleOf(name));
}

function moduleOf(name: string): Module {
  if (name.startsWith('visual.merger.')) return 'merger';
  if (name.startsWith('visual.')) return 'vision';
  return name === 'embed' || name === 'lm_head' ? 'embeddings' : 'language';
}

function openSource({ data }: CommonSlots): ItemSource {
  const { source, mediaRoot, tasks, split, difficulty, seed, suffix } = data;
  const items =
    source === 'world'
      ? worldSource({ tasks, split, difficulty, seed })
      : jsonlSource(source, mediaRoot ?? undefined);
  return suffixed(items, suffix);
}

/** The same items with an instruction after every question. */
export function suffixed(items: ItemSource, suffix: string): ItemSource {
  if (suffix === '') return items;
  return {
    count: items.count,
    at: async (index) => withInstruction(await items.at(index), suffix),
  };
}

export function withInstruction(item: Item, suffix: string): Item {
  return {
    ...item,
    question: `${item.question}${suffix}`,
    messages: item.messages === undefined ? undefined : withSuffix(item.messages, suffix),
  };
}
