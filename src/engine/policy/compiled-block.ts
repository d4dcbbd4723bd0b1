/**
 * A block compiled for one device: its forward program and, when something in it is trained, its
 * backward program. Shapes come from the tensors bound to it; outputs come from an arena.
 */

import { LabError } from '../../shared/errors.ts';
import { partition, type Recompute } from '../graph/partition.ts';
import type { Graph } from '../graph/value.ts';
import type { Program, Step, TensorSpec, Tensors } from '../runtime/program.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Tensor } from '../runtime/tensor.ts';
import type { Arena } from './arena.ts';

/** A forward run that remembers what its backward run needs. */
export interface Applied {
  readonly step: Step;
  readonly outputs: Tensors;
  /** Everything bound or produced, by name: the pool the backward inputs are taken from. */
  readonly known: Tensors;
  readonly dims: Readonly<Record<string, number>>;
}

export interface TrainBlockOptions {
  /** Inputs (weights or activations) whose gradient is wanted. Empty = forward only. */
  readonly wrt: readonly string[];
  /** Outputs that receive a gradient. */
  readonly seeds: readonly string[];
  readonly recompute: Recompute;
}

export class CompiledBlock {
  readonly forwardProgram: Program;
  readonly backwardProgram: Program | undefined;

  constructor(runtime: Runtime, graph: Graph, options: TrainBlockOptions) {
    if (options.wrt.length === 0) {
      this.forwardProgram = runtime.compile(graph);
      this.backwardProgram = undefined;
      return;
    }
    const parts = partition(graph, options);
    this.forwardProgram = runtime.compile(parts.forward);
    this.backwardProgram = runtime.compile(parts.backward);
  }

  /**
   * Binds the forward program. `outputs` places chosen outputs in given tensors; the rest, residuals
   * included, come from the arena. `dims` names dimensions no input carries.
   */
  forward(
    arena: Arena,
    inputs: Tensors,
    outputs: Tensors = {},
    dims: Readonly<Record<string, number>> = {},
  ): Applied {
    const bound = resolveDims(this.forwardProgram, inputs, dims);
    const given = pick(this.forwardProgram.inputs, inputs);
    const produced = fill(arena, this.forwardProgram.outputs, bound, outputs);
    return {
      step: this.forwardProgram.bind(given, produced),
      outputs: produced,
      known: { ...given, ...produced },
      dims: bound,
    };
  }

  /**
   * Binds the backward program of a forward run. `grads` are keyed by output name; `targets` places
   * chosen gradients (keyed by input name) in given tensors.
   */
  backward(
    arena: Arena,
    applied: Applied,
    grads: Tensors,
    targets: Tensors,
  ): { readonly step: Step; readonly grads: Tensors } {
    const program = this.backwardProgram;
    if (program === undefined) {
      throw new LabError(
        'internal',
        `block ${this.forwardProgram.name} was compiled without gradients`,
      );
    }
    const known = { ...applied.known, ...prefixed(grads) };
    const produced = fill(arena, program.outputs, applied.dims, prefixed(targets));
    const step = program.bind(pick(program.inputs, known), produced);
    return { step, grads: unprefixed(produced) };
  }
}

const GRAD = 'grad/';

function prefixed(tensors: Tensors): Tensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, t]) => [GRAD + name, t]));
}

function unprefixed(tensors: Tensors): Tensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, t]) => [name.slice(GRAD.length), t]),
  );
}

function resolveDims(
  program: Program,
  inputs: Tensors,
  extra: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const dims: Record<string, number> = { ...extra };
  for (const spec of program.inputs) {
    spec.shape.forEach((dim, axis) => {
      if (typeof dim === 'string') dims[dim] ??= inputs[spec.name]?.shape[axis] ?? 0;
    });
  }
  return dims;
}

function pick(specs: readonly TensorSpec[], from: Tensors): Tensors {
  const chosen: Record<string, Tensor> = {};
  for (const spec of specs) {
    const tensor = from[spec.name];
    if (tensor === undefined)
      throw new LabError('internal', `no tensor for program input ${spec.name}`);
    chosen[spec.name] = tensor;
  }
  return chosen;
}

function fill(
  arena: Arena,
  specs: readonly TensorSpec[],
  dims: Readonly<Record<string, number>>,
  given: Tensors,
): Tensors {
  const tensors: Record<string, Tensor> = {};
  for (const spec of specs) {
    tensors[spec.name] = given[spec.name] ?? arena.take(spec.dtype, concrete(spec, dims));
  }
  return tensors;
}

function concrete(spec: TensorSpec, dims: Readonly<Record<string, number>>): number[] {
  return spec.shape.map((dim) => {
    if (typeof dim === 'number') return dim;
    // A concatenated axis is named by the sum of its parts.
    return dim.split('+').reduce((sum, part) => {
      const size = dims[part] ?? Number(part);
      if (Number.isNaN(size)) {
        throw new LabError('internal', `dimension ${dim} of ${spec.name} is not known`);
      }
      return sum + size;
    }, 0);
  });
}
