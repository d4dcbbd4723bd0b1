/** `rationale generate`, `eval`, `world sample`: ask a model, test a model, make things to ask. */
import type { Command } from 'commander';
import type { JsonObject } from '../../shared/json.ts';
import { formatLine, formatRecord, formatTable } from '../terminal/table.ts';
import {
  addCommand,
  decimal,
  integer,
  type RawOptions,
  repeated,
  runCommand,
  withCompute,
  withSampling,
} from './command.ts';

export function addModelCommands(program: Command): void {
  withCompute(
    withSampling(
      addCommand(program, 'generate', 'pictures and a prompt in, text out')
        .requiredOption('--prompt <text>', 'what to ask')
        .option('--image <file>', 'a picture (may be repeated)', repeated)
        .option('--frame <file>', 'a frame of one clip (may be repeated)', repeated)
        .option('--system <text>', 'system message')
        .option('--samples <n>', 'completions to draw (default: 1)', integer)
        .option('--model <dir>', 'model or checkpoint folder (default: the bundled starter)'),
      1,
    ),
  ).action((options) => {
    const { model, prompt, image, frame, system, samples } = options;
    const params = {
      model,
      prompt,
      images: image,
      frames: frame,
      system,
      samples,
      ...drawing(options),
    };
    return runCommand('generate', params, options, {
      printer: { row: (row) => (typeof row['text'] === 'string' ? row['text'] : formatLine(row)) },
    });
  });

  withCompute(
    withSampling(
      addCommand(program, 'eval', 'accuracy of a model over tasks, with its interval')
        .option('--model <dir>', 'model or checkpoint folder (default: the bundled starter)')
        .option('--task <id>', 'only this task (may be repeated; default: all)', repeated)
        .option('--split <name>', 'train, dev, test (default), harder or combos')
        .option('--n <n>', 'items per task (default: 100)', integer)
        .option('--think', 'ask for a thought before the answer (the starter knows how)'),
      0,
    ),
  ).action((options) => {
    const { model, task, split, n, think } = options;
    const params = { model, tasks: task, split, n, think, ...drawing(options) };
    return runCommand('eval', params, options, { printer: { row: formatEval } });
  });

  const world = program.command('world').description('the starter world of procedural tasks');
  addCommand(world, 'sample', 'make samples with every label')
    .option('--task <id>', 'only this task (may be repeated; default: all)', repeated)
    .option('--split <name>', 'train (default), dev, test, harder or combos')
    .option('--n <n>', 'samples per task (default: 4)', integer)
    .option('--seed <n>', 'seed (default: 1)', integer)
    .option('--difficulty <d>', 'one difficulty instead of those of the split', decimal)
    .option('--out <dir>', 'write the pictures there as PNG files')
    .action((options) => {
      const { task, split, n, seed, difficulty, out } = options;
      const params = { tasks: task, split, n, seed, difficulty, out };
      return runCommand('world-sample', params, options, {
        printer: { row: (row) => `${formatRecord(row)}\n` },
      });
    });
}

/** The whole in a few lines, then a table with a row per slice. */
function formatEval({ slices, ...all }: JsonObject): string {
  // Made by our own engine: name -> object.
  const rows = Object.entries(slices as Readonly<Record<string, JsonObject>>).map(
    ([slice, { ci95, ...rest }]) => ({ slice, ...rest, ci95: interval(ci95) }),
  );
  return `${formatRecord({ ...all, ci95: interval(all['ci95']) })}\n\n${formatTable(rows)}`;
}

function interval(ci95: unknown): string {
  // A pair of shares.
  return (ci95 as readonly number[]).map((share) => share.toFixed(3)).join('-');
}

function drawing(options: RawOptions): RawOptions {
  const { temperature, topK, topP, minP, maxTokens, seed, device, threads } = options;
  return { temperature, topK, topP, minP, maxTokens, seed, device, threads };
}
