/**
 * Checks the import map of dependency-cruiser.config.cjs. Comes in: nothing (the sources), or a
 * folder that mirrors the tree (tests/layering). Goes out: one line per violation, exit code 1. That
 * no module at all was read is a failure: it is how this tool looks when it cannot read TypeScript.
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { cruise } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { root } from './node24.mjs';

const configuration = createRequire(import.meta.url)('../dependency-cruiser.config.cjs');

// Every rule name of the import map.
/** @type {string[]} */
export const ruleNames = configuration.forbidden.map((rule) => rule.name);

/** @returns {Promise<{ modules: number, violations: { rule: string, from: string, to: string }[] }>} */
export async function checkImports(baseDir = root) {
  const { tsConfig, ...options } = configuration.options;
  const { output } = await cruise(
    ['src'],
    { ...options, baseDir, validate: true, ruleSet: { forbidden: configuration.forbidden } },
    undefined,
    { tsConfig: extractTSConfig(new URL(`../${tsConfig.fileName}`, import.meta.url).pathname) },
  );
  return {
    modules: output.summary.totalCruised,
    violations: output.summary.violations.map(({ rule, from, to }) => ({
      rule: rule.name,
      from,
      to,
    })),
  };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { modules, violations } = await checkImports();
  const comments = new Map(configuration.forbidden.map((rule) => [rule.name, rule.comment]));
  for (const { rule, from, to } of violations) {
    process.stdout.write(`${from} -> ${to}\n  [${rule}] ${comments.get(rule)}\n`);
  }
  process.stdout.write(`${modules} modules, ${violations.length} violations\n`);
  process.exit(modules === 0 || violations.length > 0 ? 1 : 0);
}
