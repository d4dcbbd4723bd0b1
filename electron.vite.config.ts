/**
 * `npm run build`: bundles the two Node entries to out/main. Nothing in the repository needs the
 * bundle to run; the window joins here when it exists. The engine is an entry of its own because it
 * is a process of its own.
 */
import { defineConfig } from 'electron-vite';

// Electron joins with the window; until then only its major version matters (it decides on ES modules).
process.env['ELECTRON_MAJOR_VER'] ??= '45';

export default defineConfig({
  main: {
    build: {
      target: 'node24',
      outDir: 'out/main',
      rollupOptions: {
        input: { 'main/cli': 'src/main/cli.ts', 'engine/index': 'src/engine/index.ts' },
        output: {
          format: 'es',
          entryFileNames: '[name].js',
          chunkFileNames: 'chunks/[name]-[hash].js',
        },
      },
    },
  },
});
