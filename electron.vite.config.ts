/**
 * `npm run build`: main (every process and worker an entry of its own), preload and the window, to out/.
 * What the start of the app needs is bundled, too; other packages stay in node_modules.
 */
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig, type UserConfig } from 'electron-vite';

// Decides on ES modules without asking the binary, which a machine may not have.
process.env['ELECTRON_MAJOR_VER'] ??= '45';

/** scripts/build-app.mjs builds beside what is there and puts it in place when it is whole. */
const OUT = process.env['RATIONALE_OUT'] ?? 'out';

/**
 * Packages of plain JavaScript that the start of the app loads: hundreds of small files, of which a
 * few functions are used. Bundled they are read in one go; every other package stays in node_modules,
 * where native ones must be.
 */
const bundled = ['@hono/node-server', '@trpc/server', 'drizzle-orm', 'ws', 'yaml', 'zod'];

/** Processes a person or the app starts, by their path below src. */
const processes = ['main/index', 'main/serve', 'main/cli', 'engine/index'];

/** Modules given to `new Worker` or forked by `entryPath(...)`, by their path below src. */
const workers = [
  'main/datasets/browse/query-worker',
  'main/datasets/export/export-worker',
  'main/datasets/import/import-worker',
  'main/datasets/preflight/preflight-worker',
  'main/datasets/sql/sql-process',
  'main/workspace/integrity/check-worker',
];

const inputs = [...processes, ...workers].map((name) => [
  name,
  fileURLToPath(new URL(`src/${name}.ts`, import.meta.url)),
]);

const config: UserConfig = {
  main: {
    build: {
      target: 'node24',
      externalizeDeps: { exclude: bundled },
      outDir: `${OUT}/main`,
      rollupOptions: {
        input: Object.fromEntries(inputs),
        output: {
          format: 'es',
          entryFileNames: '[name].js',
          chunkFileNames: 'chunks/[name]-[hash].js',
        },
      },
    },
  },
  preload: {
    build: {
      outDir: `${OUT}/preload`,
      rollupOptions: {
        input: { index: 'src/preload/index.ts' },
        // A sandboxed preload script is one CommonJS file.
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'src/renderer',
    plugins: [
      react(),
      // Both hosts serve the window at the root; the relative names that electron-vite sets would
      // break on an inner route.
      { name: 'rationale:absolute-base', enforce: 'post', config: () => ({ base: '/' }) },
    ],
    build: {
      target: 'es2024',
      // A third of the size to read and compile; electron-vite leaves it out.
      minify: true,
      cssMinify: true,
      outDir: `${OUT}/renderer`,
      // What is inlined as data: would need a weaker policy than 'self'.
      assetsInlineLimit: 0,
      rollupOptions: { input: fileURLToPath(new URL('src/renderer/index.html', import.meta.url)) },
    },
  },
};

/** scripts/build-app.mjs builds what has changed; without the variable everything is built. */
const part = process.env['RATIONALE_BUILD'];

export default defineConfig(
  part === 'main' || part === 'preload' || part === 'renderer' ? { [part]: config[part] } : config,
);
