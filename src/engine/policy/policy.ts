/**
 * A model on a device: its weights, its optional LoRA factors, which of them are trained, and the
 * compiled blocks that every use of the model shares (scoring, training, generation).
 */
import { LabError } from '../../shared/errors.ts';
import type { Recompute } from '../graph/partition.ts';
import {
  type Block,
  decoderLayerBlock,
  embedBlock,
  type LoraShape,
  logitsHeadBlock,
  mergerBlock,
  patchEmbedBlock,
  placeImagesBlock,
  sampleHeadBlock,
  scoreHeadBlock,
  visionBlock,
} from '../models/qwen2-5-vl/blocks.ts';
import type { ModelConfig } from '../models/qwen2-5-vl/config.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Tensor } from '../runtime/tensor.ts';
import { ArenaPool } from './arena.ts';
import { CompiledBlock } from './compiled-block.ts';

/** Host weights by packed name (see models/qwen2-5-vl/weights). */
export type HostWeights = ReadonlyMap<
  string,
  { readonly shape: readonly number[]; readonly data: Float32Array }
>;

export interface PolicyOptions {
  readonly lora?: LoraShape;
  /** Packed parameter names that get gradients; default: LoRA factors if there are any, else all. */
  readonly trainable?: (name: string) => boolean;
  /** What the backward pass recomputes instead of keeping; `all` is `checkpointing: block`. */
  readonly recompute?: Recompute;
}

/** One block in use: the compiled programs and the parameters bound to its weight inputs. */
export interface Stage {
  readonly block: CompiledBlock;
  /** Weight input name -> parameter name. */
  readonly weights: Readonly<Record<string, string>>;
  /** Weight inputs with gradients. */
  readonly trained: readonly string[];
  /** Whether its activation inputs get gradients. */
  readonly passes: boolean;
}

/** The model in the order of a pass. */
export interface ModelStages {
  readonly patchEmbed: Stage;
  readonly visionBlocks: readonly Stage[];
  readonly merger: Stage;
  readonly embed: Stage;
  readonly place: Stage;
  readonly layers: readonly Stage[];
  /** The last layer again, for the rows that something is read from. */
  readonly lastLayer: Stage;
  readonly head: Stage;
}

/** The model for one cached token per row. */
export interface DecodeStages {
  readonly embed: Stage;
  readonly layers: readonly Stage[];
  readonly sample: Stage;
}

export class Policy {
  readonly runtime: Runtime;
  readonly config: ModelConfig;
  readonly lora: LoraShape | undefined;
  readonly params: ReadonlyMap<string, Tensor>;
  /** Parameter names with gradients, in a fixed order. */
  readonly trainable: readonly string[];
  /** Working memory of generation and of scoring without gradients. */
  readonly arenas: ArenaPool;
  private readonly recompute: Recompute;
  private readonly compiled = new Map<string, CompiledBlock>();
  private training: ModelStages | undefined;
  private inference: ModelStages | undefined;
  private decoding: DecodeStages | undefined;

  /** Parameters this policy made, and frees; a reference borrows the rest. */
  private readonly owned: readonly Tensor[];

  constructor(
    runtime: Runtime,
    config: ModelConfig,
    weights: HostWeights,
    options: PolicyOptions & { readonly borrowed?: ReadonlyMap<string, Tensor> } = {},
  ) {
    this.runtime = runtime;
    this.config = config;
    this.arenas = new ArenaPool(runtime);
    this.lora = options.lora;
    this.recompute = options.recompute ?? 'cheap';
    const params = new Map<string, Tensor>(options.borrowed);
    const owned: Tensor[] = [];
    for (const [name, { shape, data }] of weights) {
      const tensor = runtime.tensor('f32', shape, data);
      params.set(name, tensor);
      owned.push(tensor);
    }
    this.params = params;
    this.owned = owned;
    const wanted = options.trainable ?? ((name) => options.lora === undefined || isLora(name));
    this.trainable = [...params.keys()].filter(wanted);
  }

  param(name: string): Tensor {
    const tensor = this.params.get(name);
    if (tensor === undefined) {
      throw new LabError('safetensors/mismatch', `the model has no parameter ${name}`);
    }
    return tensor;
  }

  /** Parameter values by packed name, read back from the device. */
  snapshot(
    names: Iterable<string> = this.params.keys(),
  ): Map<string, { shape: readonly number[]; data: Float32Array<ArrayBuffer> }> {
    const copy = new Map<string, { shape: readonly number[]; data: Float32Array<ArrayBuffer> }>();
    for (const name of names) {
      const tensor = this.param(name);
      copy.set(name, { shape: tensor.shape, data: this.runtime.readF32(tensor) });
    }
    return copy;
  }

  /** Overwrites parameters with given values. @throws LabError `safetensors/mismatch` */
  restore(
    values: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>,
  ): void {
    for (const [name, { shape, data }] of values) {
      const tensor = this.param(name);
      if (tensor.shape.join() !== shape.join()) {
        throw new LabError(
          'safetensors/mismatch',
          `${name}: expected [${tensor.shape.join(', ')}], got [${shape.join(', ')}]`,
        );
      }
      this.runtime.write(tensor, data);
    }
  }

  /** The stages of a training pass. Gradients stop where nothing earlier is trained. */
  trainStages(): ModelStages {
    this.training ??= this.buildTrainStages();
    return this.training;
  }

  /** The same model forward only; its layers also give the keys and values a decoder continues from. */
  inferenceStages(): ModelStages {
    this.inference ??= this.buildInferenceStages();
    return this.inference;
  }

  /** One new token per row: embedding, layers over the cache, and the head that draws the next. */
  decodeStages(): DecodeStages {
    this.decoding ??= this.buildDecodeStages();
    return this.decoding;
  }

  private buildInferenceStages(): ModelStages {
    const { config } = this;
    const vision = visionBlock(config);
    const layer = (keepsRows: boolean) =>
      decoderLayerBlock(config, { mode: 'prefill', lora: this.lora, keepsRows });
    const all = layer(false);
    const last = config.text.numHiddenLayers - 1;
    return {
      patchEmbed: this.inferenceStage('patch-embed', patchEmbedBlock(config), 'visual.'),
      visionBlocks: range(config.vision.depth, (i) =>
        this.inferenceStage('vision-block', vision, `visual.blocks.${i}.`),
      ),
      merger: this.inferenceStage('merger', mergerBlock(config), 'visual.merger.'),
      embed: this.embedStage(),
      place: this.inferenceStage('place', placeImagesBlock(config), ''),
      layers: range(config.text.numHiddenLayers, (i) =>
        this.inferenceStage('layer-prefill', all, `layers.${i}.`),
      ),
      lastLayer: this.inferenceStage('layer-prefill-kept', layer(true), `layers.${last}.`),
      head: this.inferenceStage('score-head', scoreHeadBlock(config), ''),
    };
  }

  private buildDecodeStages(): DecodeStages {
    const layer = decoderLayerBlock(this.config, {
      mode: 'decode',
      lora: this.lora,
      keepsRows: false,
    });
    return {
      embed: this.embedStage(),
      layers: range(this.config.text.numHiddenLayers, (i) =>
        this.inferenceStage('layer-decode', layer, `layers.${i}.`),
      ),
      sample: this.inferenceStage('sample-head', sampleHeadBlock(this.config), ''),
    };
  }

  /** Raw logits of chosen rows. */
  logitsStage(): Stage {
    return this.inferenceStage('logits-head', logitsHeadBlock(this.config), '');
  }

  /**
   * This policy as it is now, frozen: what KL terms compare with. Parameters that are never trained
   * are shared; with LoRA that is the whole base model, and the reference is the base without factors.
   */
  reference(): Policy {
    const trained = new Set(this.trainable);
    const isShared = (name: string) => !trained.has(name) && !isLora(name);
    const shared = [...this.params].filter(([name]) => isShared(name));
    const copied = [...trained].filter((name) => !isLora(name));
    return new Policy(this.runtime, this.config, this.snapshot(copied), {
      borrowed: new Map(shared),
      trainable: () => false,
    });
  }

  dispose(): void {
    this.arenas.dispose();
    for (const tensor of this.owned) tensor.dispose();
  }

  private embedStage(): Stage {
    return this.inferenceStage('embed', embedBlock(this.config), '');
  }

  private buildTrainStages(): ModelStages {
    const { config } = this;
    const visionIds = range(config.vision.depth, (i) => `visual.blocks.${i}.`);
    const layerIds = range(config.text.numHiddenLayers, (i) => `layers.${i}.`);
    let reached = false;
    const stage = (key: string, block: Block, prefix: string, activations: readonly string[]) => {
      const built = this.stage(key, block, prefix, { activations, passes: reached });
      reached ||= built.trained.length > 0;
      return built;
    };
    const patchEmbed = stage('patch-embed', patchEmbedBlock(config), 'visual.', []);
    const vision = visionBlock(config);
    const visionBlocks = visionIds.map((prefix) => stage('vision-block', vision, prefix, ['x']));
    const merger = stage('merger', mergerBlock(config), 'visual.merger.', ['x']);
    const visionReached = reached;
    reached = false;
    const embed = stage('embed', embedBlock(config), '', []);
    const embedReached = reached;
    const placed = [...(embedReached ? ['text'] : []), ...(visionReached ? ['image'] : [])];
    reached = placed.length > 0;
    const place = this.stage('place', placeImagesBlock(config), '', {
      activations: placed,
      passes: reached,
    });
    const layer = (keepsRows: boolean) =>
      decoderLayerBlock(config, { mode: 'train', lora: this.lora, keepsRows });
    const all = layer(false);
    const layers = layerIds.map((prefix) => stage('layer', all, prefix, ['x']));
    const lastPrefix = layerIds.at(-1) ?? '';
    const beforeLast = layers.at(-1)?.passes ?? false;
    const lastLayer = this.stage('layer-kept', layer(true), lastPrefix, {
      activations: ['x'],
      passes: beforeLast,
    });
    const head = stage('score-head', scoreHeadBlock(config), '', ['h']);
    return { patchEmbed, visionBlocks, merger, embed, place, layers, lastLayer, head };
  }

  private stage(
    key: string,
    block: Block,
    prefix: string,
    flow: { readonly activations: readonly string[]; readonly passes: boolean },
  ): Stage {
    const weights = this.weightNames(block, prefix);
    const trainable = new Set(this.trainable);
    const trained = block.weights.filter((name) => trainable.has(weights[name] ?? ''));
    const wrt = [...trained, ...(flow.passes ? flow.activations : [])];
    const seeds = block.graph.outputs.map((output) => output.name);
    const compiled = this.compile(
      `${key}:${wrt.join(',')}`,
      () => new CompiledBlock(this.runtime, block.graph, { wrt, seeds, recompute: this.recompute }),
    );
    return { block: compiled, weights, trained, passes: flow.passes };
  }

  private inferenceStage(key: string, block: Block, prefix: string): Stage {
    const compiled = this.compile(
      `${key}:inference`,
      () => new CompiledBlock(this.runtime, block.graph, { wrt: [], seeds: [], recompute: 'none' }),
    );
    return {
      block: compiled,
      weights: this.weightNames(block, prefix),
      trained: [],
      passes: false,
    };
  }

  private weightNames(block: Block, prefix: string): Record<string, string> {
    return Object.fromEntries(block.weights.map((name) => [name, prefix + name]));
  }

  private compile(key: string, build: () => CompiledBlock): CompiledBlock {
    const found = this.compiled.get(key);
    if (found !== undefined) return found;
    const built = build();
    this.compiled.set(key, built);
    return built;
  }
}

export function isLora(name: string): boolean {
  return name.endsWith('.lora_a') || name.endsWith('.lora_b');
}

function range<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
