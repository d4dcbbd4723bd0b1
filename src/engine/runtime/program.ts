/**
 * A compiled graph (`Program`) and a program with its tensors bound (`Step`). In: ONNX bytes with the
 * names, dtypes and symbolic shapes of inputs and outputs. Out: steps for `Runtime.run`.
 * `bind` checks every tensor against its spec, symbolic sizes included, before anything runs.
 */
import { LabError } from '../../shared/errors.ts';
import type { DType, NativeBinding, NativeRuntime, NativeSession } from '../native/binding.ts';
import { callNative } from './native-error.ts';
import { describeType, type Tensor } from './tensor.ts';

/** An input or output: sizes known only at run time are names such as `'N'`. */
export interface TensorSpec {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly (number | string)[];
}

export type Tensors = Readonly<Record<string, Tensor>>;

export interface ProgramSource {
  readonly name: string;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

/** A program with its tensors bound, ready to be run any number of times. */
export class Step {
  readonly program: Program;
  readonly inputs: Tensors;
  readonly outputs: Tensors;
  /** @internal */
  readonly binding: NativeBinding;

  /** @internal Made by `Program.bind`. */
  constructor(program: Program, inputs: Tensors, outputs: Tensors, binding: NativeBinding) {
    this.program = program;
    this.inputs = inputs;
    this.outputs = outputs;
    this.binding = binding;
  }

  /** The name of a bound tensor that was disposed, if any. */
  findDisposed(): string | undefined {
    for (const tensors of [this.inputs, this.outputs]) {
      for (const [name, tensor] of Object.entries(tensors)) if (tensor.isDisposed) return name;
    }
    return undefined;
  }
}

export class Program {
  readonly name: string;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly #native: NativeRuntime;
  readonly #session: NativeSession;
  /** Names in the order the session wants them. */
  readonly #inputOrder: readonly string[];
  readonly #outputOrder: readonly string[];

  /** @internal Made by `Runtime.compile`. @throws LabError when the session is not what was said. */
  constructor(source: ProgramSource, native: NativeRuntime, session: NativeSession) {
    this.name = source.name;
    this.inputs = source.inputs;
    this.outputs = source.outputs;
    this.#native = native;
    this.#session = session;
    const described = native.describe(session);
    this.#inputOrder = described.inputs.map((spec) => spec.name);
    this.#outputOrder = described.outputs.map((spec) => spec.name);
    this.#checkNames('input', source.inputs, this.#inputOrder);
    this.#checkNames('output', source.outputs, this.#outputOrder);
  }

  /**
   * Binds one tensor to every input and output; an output may be bound to an input's tensor where the
   * graph updates it in place.
   * @throws LabError graph/dtype-mismatch, graph/shape-mismatch, native/invalid-argument (a missing,
   *   unknown or disposed tensor); each names this program and the tensor
   */
  bind(inputs: Tensors, outputs: Tensors): Step {
    const sizes = new Map<string, number>();
    this.#check('input', this.inputs, inputs, sizes);
    this.#check('output', this.outputs, outputs, sizes);
    this.#checkSums(
      [
        ...this.inputs.map((spec) => ({ kind: 'input' as const, spec, tensor: inputs[spec.name] })),
        ...this.outputs.map((spec) => ({
          kind: 'output' as const,
          spec,
          tensor: outputs[spec.name],
        })),
      ],
      sizes,
    );
    const binding = callNative(
      () =>
        this.#native.bind({
          session: this.#session,
          inputs: this.#inputOrder.map((name) => this.#value(inputs, name)),
          outputs: this.#outputOrder.map((name) => this.#value(outputs, name)),
        }),
      `program '${this.name}'`,
    );
    return new Step(this, inputs, outputs, binding);
  }

  /** Ends profiling of a program compiled with `profile`. @returns the file written */
  endProfiling(): string {
    return callNative(() => this.#native.endProfiling(this.#session), `program '${this.name}'`);
  }

  #value(tensors: Tensors, name: string) {
    const tensor = tensors[name];
    if (tensor === undefined)
      throw this.#error('native/invalid-argument', `'${name}' is not bound`);
    return tensor.value;
  }

  #check(
    kind: 'input' | 'output',
    specs: readonly TensorSpec[],
    tensors: Tensors,
    sizes: Map<string, number>,
  ): void {
    for (const name of Object.keys(tensors)) {
      if (specs.some((spec) => spec.name === name)) continue;
      const known = specs.map((spec) => spec.name).join(', ');
      throw this.#error('native/invalid-argument', `has no ${kind} '${name}'; it has: ${known}`);
    }
    for (const spec of specs) {
      const tensor = tensors[spec.name];
      const expected = describeType(spec.dtype, spec.shape);
      if (tensor === undefined) {
        throw this.#error('native/invalid-argument', `needs ${kind} '${spec.name}': ${expected}`);
      }
      const got = `${kind} '${spec.name}': expected ${expected}, got ${tensor}`;
      if (tensor.isDisposed)
        throw this.#error('native/invalid-argument', `${got}, which was disposed`);
      if (tensor.dtype !== spec.dtype) throw this.#error('graph/dtype-mismatch', got);
      if (tensor.shape.length !== spec.shape.length) throw this.#error('graph/shape-mismatch', got);
      for (const [axis, dim] of spec.shape.entries()) {
        const size = tensor.shape[axis];
        if (typeof dim === 'number' ? dim === size : this.#unify(dim, size, sizes)) continue;
        const where = typeof dim === 'number' ? '' : ` where ${dim} = ${sizes.get(dim)}`;
        throw this.#error('graph/shape-mismatch', got + where);
      }
    }
  }

  /** Gives a name its size at first sight; false when it had another. */
  #unify(name: string, size: number | undefined, sizes: Map<string, number>): boolean {
    const known = sizes.get(name);
    if (known !== undefined || size === undefined) return known === size;
    sizes.set(name, size);
    return true;
  }

  /** Sizes written as sums (`'N+1'`) agree with their parts, where those are known. */
  #checkSums(
    bound: readonly {
      readonly kind: 'input' | 'output';
      readonly spec: TensorSpec;
      readonly tensor: Tensor | undefined;
    }[],
    sizes: ReadonlyMap<string, number>,
  ): void {
    for (const { kind, spec, tensor } of bound) {
      for (const [axis, dim] of spec.shape.entries()) {
        if (typeof dim === 'number' || !dim.includes('+')) continue;
        const parts = dim.split('+').map((part) => sizes.get(part) ?? Number(part));
        const sum = parts.reduce((total, part) => total + part, 0);
        if (Number.isNaN(sum) || sum === tensor?.shape[axis]) continue;
        const expected = describeType(spec.dtype, spec.shape);
        throw this.#error(
          'graph/shape-mismatch',
          `${kind} '${spec.name}': expected ${expected}, got ${tensor} where ${dim} = ${sum}`,
        );
      }
    }
  }

  #checkNames(
    kind: 'input' | 'output',
    specs: readonly TensorSpec[],
    order: readonly string[],
  ): void {
    const said = specs.map((spec) => spec.name);
    if (said.length === order.length && order.every((name) => said.includes(name))) return;
    throw this.#error(
      'graph/invalid',
      `the model's ${kind}s are [${order.join(', ')}], the graph says [${said.join(', ')}]`,
    );
  }

  #error(
    code:
      | 'graph/dtype-mismatch'
      | 'graph/shape-mismatch'
      | 'graph/invalid'
      | 'native/invalid-argument',
    what: string,
  ): LabError {
    return new LabError(code, `program '${this.name}' ${what}`, {
      details: { program: this.name },
    });
  }
}
