/**
 * The fused kernels below the graph: the C++ tests (every op against plain double loops, on every
 * instruction set of this machine), and what a user sees when an argument is wrong at run time.
 * Kernels against composites, through the graph, are in tests/numerics/graph.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../src/engine/graph/builder.ts';
import { Runtime } from '../../../src/engine/runtime/runtime.ts';

const BUILD_MS = 600_000;
const script = fileURLToPath(new URL('../../../scripts/build-native.mjs', import.meta.url));

describe('kernels', () => {
  it(
    'agree with plain loops on every instruction set',
    () => {
      const run = spawnSync(process.execPath, [script, '--test'], { encoding: 'utf8' });
      expect(run.stdout + run.stderr).toMatch(/\d+ tests, 0 failures/);
      expect(run.status).toBe(0);
    },
    BUILD_MS,
  );

  // A function that two instruction sets both emit would be linked once, perhaps with AVX-512 in it.
  it.each(['avx2', 'avx512'])('%s shares no function with the others', (isa) => {
    const folder = fileURLToPath(
      new URL(`../../../native/build/CMakeFiles/rationale_kernels_${isa}.dir`, import.meta.url),
    );
    if (!existsSync(folder) || spawnSync('nm', ['--version']).status !== 0) return;
    const objects = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.o'))
      .map((name) => join(folder, name));
    expect(objects.length).toBeGreaterThan(5);
    const symbols = spawnSync('nm', ['--demangle', ...objects], { encoding: 'utf8' }).stdout;
    expect(symbols.split('\n').filter((line) => / [WVu] /.test(line))).toEqual([]);
  });

  it.each([0, 1, 2] as const)('refuse arguments out of range, instruction set %i', (isa) => {
    const runtime = Runtime.open({ threads: 2, isa });
    const g = new GraphBuilder('scatter');
    const rows = g.input('rows', 'f32', [3, 5]);
    const index = g.input('index', 'i32', [3]);
    const table = g.input('table', 'f32', [4, 5]);
    g.output('sum', g.scatterAddRows(rows, index, table));
    const program = runtime.compile(g.finish());
    const run = (at: number[]) => {
      const sum = runtime.tensor('f32', [4, 5]);
      const inputs = {
        rows: runtime.tensor('f32', [3, 5], new Float32Array(15).fill(1)),
        index: runtime.tensor('i32', [3], Int32Array.from(at)),
        table: runtime.tensor('f32', [4, 5]),
      };
      runtime.runSync([program.bind(inputs, { sum })]);
      return Array.from(runtime.read(sum));
    };
    expect(run([1, 3, 1]).slice(5, 6)).toEqual([2]);
    expect(() => run([1, 4, 1])).toThrow(
      /\[ScatterAddRows\] expected index inside \[0, 4\), got 4 at 1/,
    );
    // The session is as good as before.
    expect(run([0, 0, 0]).slice(0, 1)).toEqual([3]);
  });

  it('refuse segments that overlap or leave the rows', () => {
    const runtime = Runtime.open({ threads: 2 });
    const g = new GraphBuilder('attention');
    const qkv = g.input('qkv', 'f32', [6, 24]);
    const cos = g.input('cos', 'f32', [6, 8]);
    const sin = g.input('sin', 'f32', [6, 8]);
    const segments = g.input('segments', 'i32', ['M', 4]);
    const options = { heads: 1, kvHeads: 1, causal: true, scale: 1 };
    g.output('out', g.attention(qkv, cos, sin, segments, options).out);
    const program = runtime.compile(g.finish());
    const run = (table: number[]) =>
      runtime.runSync([
        program.bind(
          {
            qkv: runtime.tensor('f32', [6, 24]),
            cos: runtime.tensor('f32', [6, 8]),
            sin: runtime.tensor('f32', [6, 8]),
            segments: runtime.tensor('i32', [table.length / 4, 4], Int32Array.from(table)),
          },
          { out: runtime.tensor('f32', [6, 8]) },
        ),
      ]);
    expect(() => run([0, 3, 0, 0, 2, 3, 0, 0])).toThrow(/row 2 again in segment 1/);
    expect(() => run([0, 7, 0, 0])).toThrow(/\[Attention\] expected segment rows inside \[0, 6\)/);
    expect(() => run([3, 3, -1, 2])).toThrow(/expected prefix rows/);
    run([0, 3, 0, 0, 3, 3, 0, 3]);
  });
});
