/**
 * The import map, one rule per sentence. A path is read from the left: `src/<process>/<room>/`.
 * tests/layering plants a violation of every rule and fails when one is not reported.
 */
const STAGES = '(data|prompt|rollout|reward|advantage|objective|gradient|optimizer|metrics)';

/** @type {import('dependency-cruiser').IForbiddenRuleType[]} */
const forbidden = [
  {
    name: 'no-cycles',
    comment: 'No module imports itself through others: a cycle has no reading order.',
    severity: 'error',
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
  {
    name: 'no-unresolvable',
    comment: 'Every import resolves: one that does not would escape every other rule.',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: 'shared-imports-shared-and-zod',
    comment: 'shared imports itself and zod, so that it runs in every process.',
    severity: 'error',
    from: { path: '^src/shared/' },
    to: { pathNot: ['^src/shared/', '(^|/)node_modules/zod/'] },
  },
  {
    name: 'preload-imports-shared-and-electron',
    comment: 'preload imports shared and electron and nothing else.',
    severity: 'error',
    from: { path: '^src/preload/' },
    to: { pathNot: ['^src/(preload|shared)/', '(^|/)node_modules/electron(/|$)', '^electron$'] },
  },
  {
    name: 'renderer-is-sandboxed',
    comment: 'renderer never imports Node, electron or another process.',
    severity: 'error',
    from: { path: '^src/renderer/' },
    to: {
      path: '^src/(main|engine|preload)/|(^|/)node_modules/electron(/|$)|^electron$',
      pathNot: '^src/main/rpc/router\\.ts$',
    },
  },
  {
    name: 'window-names-the-router-once',
    comment: 'Of main the window names the type of the router, in renderer/rpc and nowhere else.',
    severity: 'error',
    from: { path: '^src/renderer/', pathNot: '^src/renderer/rpc/' },
    to: { path: '^src/main/rpc/router\\.ts$' },
  },
  {
    name: 'window-runs-no-router',
    comment: 'The router is named as a type: nothing of main ends up in the window.',
    severity: 'error',
    from: { path: '^src/renderer/' },
    to: { path: '^src/main/rpc/router\\.ts$', dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'frame-imports-no-page',
    comment: 'Shell, parts, charts and commands know no page: pages import them.',
    severity: 'error',
    from: { path: '^src/renderer/(shell|parts|charts|commands|rpc|theme)/' },
    to: { path: '^src/renderer/(views/(?!areas\\.ts$)|router\\.tsx$|app\\.tsx$)' },
  },
  {
    name: 'database-only-in-storage',
    comment: 'Databases are opened in main/storage; other rooms may name their types.',
    severity: 'error',
    from: { path: '^src/', pathNot: '^src/main/storage/' },
    to: {
      path: '(^|/)node_modules/(better-sqlite3|drizzle-orm/better-sqlite3)(/|$)|^better-sqlite3$',
      dependencyTypesNot: ['type-only'],
    },
  },
  {
    name: 'electron-only-at-the-edge',
    comment:
      'electron is imported by its host, its entry and preload: everything else runs headless.',
    severity: 'error',
    from: { path: '^src/', pathNot: '^src/(main/host/electron/|main/index\\.ts$|preload/)' },
    to: { path: '(^|/)node_modules/electron(/|$)|^electron$' },
  },
  {
    name: 'routers-call-services',
    comment: 'Routers and hosts call services: they hold no statements of their own.',
    severity: 'error',
    from: { path: '^src/main/(rpc|host)/' },
    to: { path: '^src/main/storage/', dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'renderer-has-no-node',
    comment: 'renderer runs in a browser: no node: module exists there.',
    severity: 'error',
    from: { path: '^src/renderer/' },
    to: { dependencyTypes: ['core'] },
  },
  {
    name: 'main-speaks-to-engine-by-protocol',
    comment: 'main never imports the engine: it speaks to it by the shared protocol.',
    severity: 'error',
    from: { path: '^src/main/' },
    to: { path: '^src/engine/' },
  },
  {
    name: 'main-imports-no-window',
    comment: 'main never imports renderer or preload code.',
    severity: 'error',
    from: { path: '^src/main/' },
    to: { path: '^src/(renderer|preload)/' },
  },
  {
    name: 'engine-is-headless',
    comment: 'engine never imports main, renderer, preload, electron or the database.',
    severity: 'error',
    from: { path: '^src/engine/' },
    to: {
      path: '^src/(main|renderer|preload)/|(^|/)node_modules/(electron|better-sqlite3)(/|$)|^(electron|better-sqlite3)$',
    },
  },
  {
    name: 'stages-never-meet',
    comment: 'Stage rooms never import each other: they meet only in the batch (engine/batch.ts).',
    severity: 'error',
    from: { path: `^src/engine/${STAGES}/` },
    to: {
      path: `^src/engine/${STAGES}/`,
      pathNot: ['^src/engine/$1/', '^src/engine/metrics/define\\.ts$'],
    },
  },
  {
    name: 'stages-look-down',
    comment: 'Stage rooms import models, runtime, graph and below, never loops, recipes or jobs.',
    severity: 'error',
    from: { path: `^src/engine/${STAGES}/` },
    to: { path: '^src/engine/(loop|recipes|jobs|run-folder|index\\.ts)' },
  },
  {
    name: 'loop-knows-no-recipe',
    comment: 'loop never imports recipes or jobs: index.ts hands it resolved stages.',
    severity: 'error',
    from: { path: '^src/engine/loop/' },
    to: { path: '^src/engine/(recipes|jobs|index\\.ts)' },
  },
  {
    name: 'recipes-name-stages-only',
    comment: 'recipes import stage definitions only: they are data, not code that runs.',
    severity: 'error',
    from: { path: '^src/engine/recipes/' },
    to: {
      path: '^src/engine/(loop|jobs|models|runtime|graph|native|policy|run-folder|index\\.ts)',
    },
  },
  {
    name: 'jobs-are-the-top',
    comment:
      'jobs assemble the rooms: only the process entry, its server and other jobs import them.',
    severity: 'error',
    from: { path: '^src/engine/', pathNot: '^src/engine/(jobs/|(index|serve)\\.ts$)' },
    to: { path: '^src/engine/(jobs/|index\\.ts$)' },
  },
  {
    name: 'models-look-down',
    comment: 'models import graph, runtime and files, never a stage, a loop or a recipe.',
    severity: 'error',
    from: { path: '^src/engine/models/' },
    to: { path: `^src/engine/(${STAGES}|loop|recipes|policy|world|run-folder)/` },
  },
  {
    name: 'runtime-looks-down',
    comment: 'runtime imports graph and native and nothing above them.',
    severity: 'error',
    from: { path: '^src/engine/runtime/' },
    to: { path: '^src/engine/', pathNot: '^src/engine/(runtime|graph|native|files)/' },
  },
  {
    name: 'graph-stands-alone',
    comment: 'graph imports itself and shared: it describes programs, it does not run them.',
    severity: 'error',
    from: { path: '^src/engine/graph/' },
    to: { path: '^src/engine/', pathNot: '^src/engine/graph/', dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'native-stands-alone',
    comment: 'native imports shared only: it is the edge to the addon.',
    severity: 'error',
    from: { path: '^src/engine/native/' },
    to: { path: '^src/engine/', pathNot: '^src/engine/native/' },
  },
  {
    name: 'world-stands-alone',
    comment: 'The starter world makes data: it knows no model, no loop and no recipe.',
    severity: 'error',
    from: { path: '^src/engine/world/' },
    to: { path: '^src/engine/(models|runtime|graph|native|loop|recipes|policy|run-folder)/' },
  },
  {
    name: 'ort-only-in-runtime',
    comment: 'onnxruntime-node is quarantined in engine/runtime.',
    severity: 'error',
    from: { path: '^src/', pathNot: '^src/engine/runtime/' },
    to: { path: '(^|/)node_modules/onnxruntime-(node|common)/|^onnxruntime-(node|common)$' },
  },
  {
    name: 'addon-only-in-native',
    comment: 'The native addon is loaded in engine/native and nowhere else.',
    severity: 'error',
    from: { path: '^src/', pathNot: '^src/engine/native/' },
    to: { path: '\\.node$|^native/' },
  },
  {
    name: 'binding-only-from-runtime',
    comment: 'Only runtime calls the native surface; others may name its types.',
    severity: 'error',
    from: { path: '^src/', pathNot: '^src/engine/(native|runtime)/' },
    to: { path: '^src/engine/native/', dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'no-dev-packages',
    comment: 'Sources import what is installed for users: no development dependency.',
    severity: 'error',
    from: { path: '^src/' },
    to: {
      dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
      dependencyTypesNot: ['type-only'],
    },
  },
  {
    name: 'sources-import-no-tests',
    comment: 'Sources never import tests or scripts.',
    severity: 'error',
    from: { path: '^src/' },
    to: { path: '^(tests|scripts)/' },
  },
];

module.exports = {
  forbidden,
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    moduleSystems: ['es6', 'cjs', 'tsd'],
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mts', '.mjs', '.js', '.cjs', '.json', '.node'],
    },
  },
};
