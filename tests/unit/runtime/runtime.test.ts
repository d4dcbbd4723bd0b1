/**
 * Runtime, Tensor, Program and Step over a real ONNX Runtime: values, in-place updates, checks of
 * bound tensors, cancellation, and runs at the same time.
 */
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../src/engine/graph/builder.ts';
import { BufferPool } from '../../../src/engine/runtime/pool.ts';
import { Runtime } from '../../../src/engine/runtime/runtime.ts';
import { LabError } from '../../../src/shared/errors.ts';

const runtime = Runtime.open({ threads: 2 });

/** y [N,O] = x [N,K] w [O,K]^T */
function linear() {
  const g = new GraphBuilder('linear');
  const x = g.input('x', 'f32', ['N', 3]);
  const w = g.input('w', 'f32', [2, 3]);
  g.output('y', g.linear(x, w));
  return runtime.compile(g.finish());
}

/** `depth` matrix products in a row: something that takes a while. */
function slow(depth: number) {
  const g = new GraphBuilder('slow');
  const x = g.input('x', 'f32', [512, 512]);
  let y = x;
  for (let i = 0; i < depth; i++) y = g.matmul(y, x);
  g.output('y', y);
  const program = runtime.compile(g.finish());
  const x0 = runtime.tensor('f32', [512, 512]);
  return program.bind({ x: x0 }, { y: runtime.tensor('f32', [512, 512]) });
}

function errorOf(body: () => unknown): LabError {
  try {
    body();
  } catch (error) {
    if (error instanceof LabError) return error;
    throw error;
  }
  throw new Error('expected a LabError');
}

async function rejectionOf(promise: Promise<unknown>): Promise<LabError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof LabError) return error;
    throw error;
  }
  throw new Error('expected a rejection');
}

describe('tensors', () => {
  it('start as zeros or as their data, in every dtype', () => {
    expect([...runtime.read(runtime.tensor('f32', [2, 2]))]).toEqual([0, 0, 0, 0]);
    const round = {
      f32: new Float32Array([1.5, -2]),
      f64: new Float64Array([Math.PI, 1e-300]),
      f16: new Uint16Array([0x3c00, 0xc000]),
      bf16: new Uint16Array([0x3f80, 0xc000]),
      i32: new Int32Array([-(2 ** 31), 7]),
      i64: new BigInt64Array([-(2n ** 63n), 9n]),
      u8: new Uint8Array([0, 255]),
      bool: new Uint8Array([0, 1]),
    };
    expect(runtime.read(runtime.tensor('f32', [2], round.f32))).toEqual(round.f32);
    expect(runtime.read(runtime.tensor('f64', [2], round.f64))).toEqual(round.f64);
    expect(runtime.read(runtime.tensor('f16', [2], round.f16))).toEqual(round.f16);
    expect(runtime.read(runtime.tensor('bf16', [2], round.bf16))).toEqual(round.bf16);
    expect(runtime.read(runtime.tensor('i32', [2], round.i32))).toEqual(round.i32);
    expect(runtime.read(runtime.tensor('i64', [2], round.i64))).toEqual(round.i64);
    expect(runtime.read(runtime.tensor('u8', [2], round.u8))).toEqual(round.u8);
    expect(runtime.read(runtime.tensor('bool', [2], round.bool))).toEqual(round.bool);
  });

  it('take raw bytes of any dtype', () => {
    const bytes = new Uint8Array([0x00, 0x00, 0x80, 0x3f]);
    expect([...runtime.read(runtime.tensor('f32', [1], bytes))]).toEqual([1]);
  });

  it('refuse data of another type or length', () => {
    const tensor = runtime.tensor('f32', [2]);
    // as: a caller without types may pass anything
    const wrong = new Int32Array(2) as unknown as Float32Array;
    expect(errorOf(() => runtime.write(tensor, wrong)).message).toBe(
      '[write] f32 [2] takes 2 elements (8 bytes), got a Int32Array of 8 bytes',
    );
    expect(errorOf(() => runtime.write(tensor, new Float32Array(3))).code).toBe(
      'native/invalid-argument',
    );
    expect(errorOf(() => runtime.tensor('f32', [-1])).code).toBe('native/invalid-argument');
  });

  it('say when there is no memory left', () => {
    const error = errorOf(() => runtime.tensor('f32', [2 ** 30, 2 ** 12]));
    expect(error).toMatchObject({ code: 'engine/out-of-memory' });
  });

  it('have views that share memory and stop with it', () => {
    const tensor = runtime.tensor('f32', [4], new Float32Array([1, 2, 3, 4]));
    const view = runtime.view(tensor, { byteOffset: 8, shape: [2] });
    const tail = runtime.view(view, { byteOffset: 4, shape: [1] });
    runtime.write(tail, new Float32Array([9]));
    expect([...runtime.read(tensor)]).toEqual([1, 2, 3, 9]);
    expect(errorOf(() => runtime.view(view, { byteOffset: 4, shape: [2] })).code).toBe(
      'native/invalid-argument',
    );
    view.dispose();
    expect(tensor.isDisposed).toBe(false);
    tensor.dispose();
    tensor.dispose();
    expect(errorOf(() => runtime.read(tail)).message).toBe('[read] f32 [1] was disposed');
  });
});

describe('programs', () => {
  it('see weights written in place at the next run', async () => {
    const x = runtime.tensor('f32', [1, 3], new Float32Array([1, 2, 3]));
    const w = runtime.tensor('f32', [2, 3], new Float32Array([1, 0, 0, 0, 1, 0]));
    const y = runtime.tensor('f32', [1, 2]);
    const step = linear().bind({ x, w }, { y });
    await runtime.run([step]);
    expect([...runtime.read(y)]).toEqual([1, 2]);
    runtime.write(w, new Float32Array([0, 0, 1, 1, 1, 1]));
    await runtime.run([step]);
    expect([...runtime.read(y)]).toEqual([3, 6]);
  });

  it('update a bound tensor in place', () => {
    const g = new GraphBuilder('decay');
    const w = g.input('w', 'f32', [2]);
    g.output('next', g.mul(w, g.constant([0.5])));
    const tensor = runtime.tensor('f32', [2], new Float32Array([8, 16]));
    const step = runtime.compile(g.finish()).bind({ w: tensor }, { next: tensor });
    runtime.runSync([step, step, step]);
    expect([...runtime.read(tensor)]).toEqual([1, 2]);
  });

  it('run with zero rows', async () => {
    const x = runtime.tensor('f32', [0, 3]);
    const y = runtime.tensor('f32', [0, 2]);
    const step = linear().bind({ x, w: runtime.tensor('f32', [2, 3]) }, { y });
    await runtime.run([step]);
    runtime.runSync([step]);
    expect(runtime.read(y)).toHaveLength(0);
  });

  it('convert between dtypes', () => {
    const g = new GraphBuilder('casts');
    g.output('half', g.cast(g.input('f16', 'f16', ['N']), 'f32'));
    g.output('brain', g.cast(g.input('bf16', 'bf16', ['N']), 'f32'));
    g.output('long', g.cast(g.input('i64', 'i64', ['N']), 'i32'));
    g.output('truth', g.cast(g.input('bool', 'bool', ['N']), 'f32'));
    const outputs = {
      half: runtime.tensor('f32', [2]),
      brain: runtime.tensor('f32', [2]),
      long: runtime.tensor('i32', [2]),
      truth: runtime.tensor('f32', [2]),
    };
    const step = runtime.compile(g.finish()).bind(
      {
        f16: runtime.tensor('f16', [2], new Uint16Array([0x3c00, 0xc000])),
        bf16: runtime.tensor('bf16', [2], new Uint16Array([0x3f80, 0xc000])),
        i64: runtime.tensor('i64', [2], new BigInt64Array([-5n, 6n])),
        bool: runtime.tensor('bool', [2], new Uint8Array([0, 1])),
      },
      outputs,
    );
    runtime.runSync([step]);
    expect([...runtime.read(outputs.half)]).toEqual([1, -2]);
    expect([...runtime.read(outputs.brain)]).toEqual([1, -2]);
    expect([...runtime.read(outputs.long)]).toEqual([-5, 6]);
    expect([...runtime.read(outputs.truth)]).toEqual([0, 1]);
  });

  it('refuse tensors that do not fit, naming program and tensor', () => {
    const program = linear();
    const x = runtime.tensor('f32', [4, 3]);
    const w = runtime.tensor('f32', [2, 3]);
    const y = runtime.tensor('f32', [4, 2]);
    const cases: [() => unknown, string, string][] = [
      [() => program.bind({ x }, { y }), 'native/invalid-argument', "needs input 'w': f32 [2,3]"],
      [
        () => program.bind({ x, w, b: w }, { y }),
        'native/invalid-argument',
        "has no input 'b'; it has: x, w",
      ],
      [
        () => program.bind({ x, w: runtime.tensor('i32', [2, 3]) }, { y }),
        'graph/dtype-mismatch',
        "input 'w': expected f32 [2,3], got i32 [2,3]",
      ],
      [
        () => program.bind({ x, w: runtime.tensor('f32', [3, 2]) }, { y }),
        'graph/shape-mismatch',
        "input 'w': expected f32 [2,3], got f32 [3,2]",
      ],
      [
        () => program.bind({ x, w }, { y: runtime.tensor('f32', [5, 2]) }),
        'graph/shape-mismatch',
        "output 'y': expected f32 [N,2], got f32 [5,2] where N = 4",
      ],
    ];
    for (const [body, code, message] of cases) {
      expect(errorOf(body)).toMatchObject({ code, message: `program 'linear' ${message}` });
    }
  });

  it('check sizes that are sums', () => {
    const g = new GraphBuilder('joined');
    const a = g.input('a', 'f32', ['N']);
    const b = g.input('b', 'f32', [2]);
    g.output('c', g.concat([a, b], 0));
    const program = runtime.compile(g.finish());
    const inputs = { a: runtime.tensor('f32', [3]), b: runtime.tensor('f32', [2]) };
    program.bind(inputs, { c: runtime.tensor('f32', [5]) });
    expect(errorOf(() => program.bind(inputs, { c: runtime.tensor('f32', [6]) }))).toMatchObject({
      code: 'graph/shape-mismatch',
      message: expect.stringContaining('= 5'),
    });
  });

  it('refuse to run or bind a disposed tensor', async () => {
    const x = runtime.tensor('f32', [1, 3]);
    const w = runtime.tensor('f32', [2, 3]);
    const y = runtime.tensor('f32', [1, 2]);
    const program = linear();
    const step = program.bind({ x, w }, { y });
    w.dispose();
    const message = "[run] step 0 (program 'linear'): tensor 'w' was disposed";
    expect(await rejectionOf(runtime.run([step]))).toMatchObject({ message });
    expect(errorOf(() => runtime.runSync([step]))).toMatchObject({ message });
    expect(errorOf(() => program.bind({ x, w }, { y })).message).toContain('which was disposed');
  });

  it('name the program when a kernel fails', async () => {
    const g = new GraphBuilder('lookup');
    const table = g.input('table', 'f32', [4, 2]);
    const index = g.input('index', 'i32', ['N']);
    g.output('rows', g.gatherRows(table, index));
    const step = runtime.compile(g.finish()).bind(
      {
        table: runtime.tensor('f32', [4, 2]),
        index: runtime.tensor('i32', [1], new Int32Array([9])),
      },
      { rows: runtime.tensor('f32', [1, 2]) },
    );
    const error = await rejectionOf(runtime.run([step]));
    expect(error.code).toBe('native/failed');
    expect(error.message).toMatch(/^program 'lookup': \[run\] step 0: /);
  });

  it('refuse a model whose names are not what the graph says', () => {
    expect(
      errorOf(() =>
        runtime.compileOnnx({ name: 'broken', model: new Uint8Array(3), inputs: [], outputs: [] }),
      ),
    ).toMatchObject({
      code: 'native/failed',
      message: expect.stringMatching(/^program 'broken': /),
    });
  });
});

describe('runs', () => {
  it('stop in the middle of a step, and work again afterwards', async () => {
    const step = slow(2000);
    const controller = new AbortController();
    const running = runtime.run([step], { signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    expect(await rejectionOf(running)).toMatchObject({
      code: 'engine/cancelled',
      message: '[run] cancelled after 0 of 1 steps',
    });
    await runtime.run([slow(1)], { signal: new AbortController().signal });
  });

  it('stop between steps', async () => {
    const step = slow(4);
    const controller = new AbortController();
    const running = runtime.run(Array(5000).fill(step), { signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    const error = await rejectionOf(running);
    expect(error.code).toBe('engine/cancelled');
    expect(error.message).toMatch(/cancelled after \d+ of 5000 steps/);
  });

  it('stop when the runtime is closed', async () => {
    const own = Runtime.open({ threads: 2 });
    const g = new GraphBuilder('chain');
    const x = g.input('x', 'f32', [512, 512]);
    let y = x;
    for (let i = 0; i < 2000; i++) y = g.matmul(y, x);
    g.output('y', y);
    const [input, output] = [own.tensor('f32', [512, 512]), own.tensor('f32', [512, 512])];
    const step = own.compile(g.finish()).bind({ x: input }, { y: output });
    const running = own.run([step]);
    own.close();
    expect((await rejectionOf(running)).code).toBe('engine/cancelled');
    expect(errorOf(() => own.runSync([step])).message).toBe('[runSync] the runtime is closed');
  });

  it('do not start with an aborted signal', async () => {
    const error = await rejectionOf(runtime.run([slow(1)], { signal: AbortSignal.abort() }));
    expect(error.code).toBe('engine/cancelled');
  });

  it('go on side by side, each with its own tensors', async () => {
    const program = linear();
    const w = runtime.tensor('f32', [2, 3], new Float32Array([1, 0, 0, 0, 1, 0]));
    const outputs = Array.from({ length: 16 }, () => runtime.tensor('f32', [1, 2]));
    await Promise.all(
      outputs.map((y, i) => {
        const x = runtime.tensor('f32', [1, 3], new Float32Array([i, 2 * i, 0]));
        return runtime.run(Array(20).fill(program.bind({ x, w }, { y })));
      }),
    );
    for (const [i, y] of outputs.entries()) expect([...runtime.read(y)]).toEqual([i, 2 * i]);
  });

  it('leave the event loop free', async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await runtime.run(Array(20).fill(slow(8)));
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(0);
  });

  it('with other thread counts give the same numbers', () => {
    const single = Runtime.open({ threads: 1 });
    const g = new GraphBuilder('product');
    const x = g.input('x', 'f32', [64, 64]);
    g.output('y', g.matmul(x, x));
    const graph = g.finish();
    const data = Float32Array.from({ length: 64 * 64 }, (_, i) => Math.sin(i));
    const results = [runtime, single].map((owner) => {
      const y = owner.tensor('f32', [64, 64]);
      owner.runSync([owner.compile(graph).bind({ x: owner.tensor('f32', [64, 64], data) }, { y })]);
      return owner.read(y);
    });
    expect(results[0]).toEqual(results[1]);
    expect(errorOf(() => runtime.read(single.tensor('f32', [1]))).message).toContain(
      'another runtime',
    );
  });
});

describe('buffer pool', () => {
  it('keeps one growing buffer per name', () => {
    const pool = new BufferPool(runtime);
    const first = pool.tensor('hidden', 'f32', [4, 8]);
    expect(pool.tensor('hidden', 'f32', [4, 8])).toBe(first);
    const held = pool.byteLength;
    const smaller = pool.tensor('hidden', 'i32', [2]);
    expect(pool.byteLength).toBe(held);
    expect(first.isDisposed).toBe(false);
    const larger = pool.tensor('hidden', 'f32', [8, 8]);
    expect(smaller.isDisposed).toBe(true);
    runtime.write(larger, new Float32Array(64).fill(1));
    expect(runtime.read(larger)[63]).toBe(1);
    pool.dispose();
    expect(larger.isDisposed).toBe(true);
  });
});
