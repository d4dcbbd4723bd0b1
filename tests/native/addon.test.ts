/**
 * The addon itself, through `binding.ts` and a real libonnxruntime: memory, errors and their codes,
 * handles, runs, profiling. The typed layer over it is tested in tests/unit/runtime.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../src/engine/graph/builder.ts';
import { toOnnx } from '../../src/engine/graph/onnx/write.ts';
import { loadAddon, type NativeBuffer } from '../../src/engine/native/binding.ts';
import { findLibrary } from '../../src/engine/runtime/library.ts';

const addon = loadAddon();
const library = findLibrary();
const open = () => addon.open({ library, threads: 2, device: 'cpu' });

/** y = x + x */
function doubling() {
  const g = new GraphBuilder('doubling');
  const x = g.input('x', 'f32', ['N']);
  g.output('y', g.add(x, x));
  return toOnnx(g.finish());
}

/** What a call throws, as far as callers may look at it. */
function thrown(body: () => unknown): { code: unknown; message: string; type: string } {
  try {
    body();
  } catch (error) {
    if (error instanceof Error) {
      return {
        code: 'code' in error ? error.code : undefined,
        message: error.message,
        type: error.constructor.name,
      };
    }
  }
  throw new Error('expected an error');
}

describe('addon', () => {
  it('reports the instruction set and why a library cannot be loaded', () => {
    expect(['portable', 'avx2', 'avx512']).toContain(addon.detectedIsa());
    expect(addon.loadError({ library })).toBeUndefined();
    expect(addon.loadError({ library: 'libnothing.so.7' })).toContain('libnothing.so.7');
  });

  it('caps the instruction set', () => {
    const capped = addon.open({ library, threads: 2, device: 'cpu', isa: 0 });
    expect(capped.info().isa).toBe('portable');
    const full = addon.open({ library, threads: 2, device: 'cpu', isa: 2 });
    expect(full.info().isa).toBe(addon.detectedIsa());
  });

  it('says what it opened', () => {
    const info = open().info();
    expect(info.version).toMatch(/^\d+\.\d+/);
    expect(info.apiVersion).toBeGreaterThanOrEqual(23);
    expect(info.providers).toContain('CPUExecutionProvider');
  });

  it('refuses a missing library and one that is not ONNX Runtime', () => {
    const at = (path: string) =>
      thrown(() => addon.open({ library: path, threads: 1, device: 'cpu' }));
    expect(at('/nowhere/libonnxruntime.so')).toMatchObject({ code: 'native/library-missing' });
    expect(at('libm.so.6')).toMatchObject({
      code: 'native/library-missing',
      message: expect.stringContaining('OrtGetApiBase'),
    });
  });

  it('refuses bad options with the op, the property and what was expected', () => {
    const runtime = open();
    const buffer = runtime.allocate({ byteLength: 16 });
    const cases: [() => unknown, string][] = [
      [() => runtime.allocate({ byteLength: -1 }), '[allocate] byteLength: expected an integer'],
      [() => runtime.allocate({ byteLength: 1.5 }), '[allocate] byteLength: expected an integer'],
      [
        () => runtime.read({ buffer, byteOffset: 8, into: new Float32Array(4) }),
        '[read] byte range [8, +16) is outside the buffer of 16 bytes',
      ],
      [
        () => runtime.value({ buffer, byteOffset: 2, dtype: 'f32', shape: [1] }),
        '[value] byteOffset 2 is not a multiple of the 4 bytes of f32',
      ],
      [
        () => runtime.value({ buffer, byteOffset: 0, dtype: 'f32', shape: [5] }),
        '[value] byte range [0, +20) is outside the buffer of 16 bytes',
      ],
      [
        () => runtime.value({ buffer, byteOffset: 0, dtype: 'f32', shape: [2 ** 40, 2 ** 40] }),
        'is not a size in bytes',
      ],
    ];
    for (const [body, message] of cases) {
      expect(thrown(body)).toEqual({
        code: 'native/invalid-argument',
        message: expect.stringContaining(message),
        type: 'TypeError',
      });
    }
  });

  it('refuses an object that is not the right handle', () => {
    const runtime = open();
    // as: a caller without types may pass anything
    const forged = {} as NativeBuffer;
    expect(thrown(() => runtime.release(forged)).message).toBe(
      '[release] buffer: expected a buffer handle',
    );
    const session = runtime.session({ model: doubling() });
    const swapped = session as unknown as NativeBuffer; // as: the same
    expect(thrown(() => runtime.release(swapped)).code).toBe('native/invalid-argument');
  });

  it('refuses a model that is not one', () => {
    const error = thrown(() => open().session({ model: new Uint8Array([1, 2, 3]) }));
    expect(error.code).toBe('native/failed');
    expect(error.message).toMatch(/^\[session\] /);
  });

  it('describes, binds and runs a session', async () => {
    const runtime = open();
    const session = runtime.session({ model: doubling() });
    expect(runtime.describe(session)).toEqual({
      inputs: [{ name: 'x', dtype: 'f32', shape: [-1] }],
      outputs: [{ name: 'y', dtype: 'f32', shape: [-1] }],
    });
    const [x, y] = [runtime.allocate({ byteLength: 12 }), runtime.allocate({ byteLength: 12 })];
    runtime.write({ buffer: x, byteOffset: 0, data: new Float32Array([1, 2, 3]) });
    const value = (buffer: NativeBuffer) =>
      runtime.value({ buffer, byteOffset: 0, dtype: 'f32', shape: [3] });
    const binding = runtime.bind({ session, inputs: [value(x)], outputs: [value(y)] });
    const into = new Float32Array(3);
    await runtime.run({ bindings: [binding] });
    runtime.read({ buffer: y, byteOffset: 0, into });
    expect([...into]).toEqual([2, 4, 6]);
    runtime.write({ buffer: x, byteOffset: 4, data: new Float32Array([10]) });
    runtime.runSync({ bindings: [binding] });
    runtime.read({ buffer: y, byteOffset: 0, into });
    expect([...into]).toEqual([2, 20, 6]);
  });

  it('refuses bindings that do not fit', () => {
    const runtime = open();
    const session = runtime.session({ model: doubling() });
    const buffer = runtime.allocate({ byteLength: 64 });
    const value = (dtype: 'f32' | 'i64', shape: number[]) =>
      runtime.value({ buffer, byteOffset: 0, dtype, shape });
    const x = value('f32', [2]);
    const bind = (inputs: readonly ReturnType<typeof value>[]) =>
      thrown(() => runtime.bind({ session, inputs, outputs: [x] })).message;
    expect(bind([])).toBe('[bind] expected 1 inputs, got 0');
    expect(bind([x, x])).toBe('[bind] expected 1 inputs, got 2');
    expect(bind([value('i64', [2])])).toBe("[bind] input 'x': expected f32 [?], got i64 [2]");
    expect(bind([value('f32', [2, 1])])).toBe("[bind] input 'x': expected f32 [?], got f32 [2,1]");
  });

  it('fails a run whose buffer was released, and survives a release during a run', async () => {
    const runtime = open();
    const session = runtime.session({ model: doubling() });
    const n = 1 << 20;
    const [x, y] = [
      runtime.allocate({ byteLength: 4 * n }),
      runtime.allocate({ byteLength: 4 * n }),
    ];
    const value = (buffer: NativeBuffer) =>
      runtime.value({ buffer, byteOffset: 0, dtype: 'f32', shape: [n] });
    const binding = runtime.bind({ session, inputs: [value(x)], outputs: [value(y)] });
    const running = runtime.run({ bindings: Array(8).fill(binding) });
    runtime.release(x);
    await running;
    expect(thrown(() => runtime.runSync({ bindings: [binding] })).message).toBe(
      "[run] the buffer of input 'x' was released",
    );
    expect(
      thrown(() => runtime.fill({ buffer: x, byteOffset: 0, byteLength: 1, byte: 0 })).code,
    ).toBe('native/invalid-argument');
  });

  it('writes a profile, once', () => {
    const folder = mkdtempSync(join(tmpdir(), 'rationale-profile-'));
    try {
      const runtime = open();
      const session = runtime.session({ model: doubling(), profile: join(folder, 'p') });
      const buffer = runtime.allocate({ byteLength: 8 });
      const value = runtime.value({ buffer, byteOffset: 0, dtype: 'f32', shape: [2] });
      runtime.runSync({ bindings: [runtime.bind({ session, inputs: [value], outputs: [value] })] });
      const file = runtime.endProfiling(session);
      expect(existsSync(file)).toBe(true);
      expect(readFileSync(file, 'utf8')).toContain('kernel_time');
      expect(thrown(() => runtime.endProfiling(session)).code).toBe('native/invalid-argument');
      const plain = runtime.session({ model: doubling() });
      expect(thrown(() => runtime.endProfiling(plain)).code).toBe('native/invalid-argument');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('lists every kernel once, and refuses calls after close', () => {
    const runtime = open();
    const ops = runtime.capabilities().map((capability) => capability.op);
    expect(new Set(ops).size).toBe(ops.length);
    runtime.close();
    expect(thrown(() => runtime.info()).message).toBe('[info] the runtime is closed');
  });

  it('shares a process with onnxruntime-node', async () => {
    const { InferenceSession, Tensor } = await import('onnxruntime-node');
    const other = await InferenceSession.create(doubling());
    const result = await other.run({ x: new Tensor('float32', new Float32Array([4]), [1]) });
    expect(result['y']?.data).toEqual(new Float32Array([8]));
    const runtime = open();
    const session = runtime.session({ model: doubling() });
    expect(runtime.describe(session).inputs).toHaveLength(1);
  });
});
