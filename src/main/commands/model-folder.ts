/** `rationale model check|export`: look at a model folder, write one out. The same jobs as the window. */
import type { Command } from 'commander';
import type { JsonObject } from '../../shared/json.ts';
import { modelCheckResult, modelExportResult } from '../../shared/protocol/results.ts';
import { formatRecord, formatTable } from '../terminal/table.ts';
import { addCommand, runCommand } from './command.ts';

export function addModelFolderCommands(program: Command): void {
  const model = program.command('model').description('check and export model folders');

  addCommand(model, 'check <folder>', 'whether a model, adapter or checkpoint can be used').action(
    (folder, options) =>
      runCommand('model-check', { path: folder }, options, { printer: { row: formatCheck } }),
  );

  addCommand(model, 'export <checkpoint>', 'write a Hugging Face folder or a PEFT adapter')
    .requiredOption('--out <dir>', 'new or empty folder to write')
    .option('--format <format>', 'full (default), merged (adapter into its base) or adapter')
    .option('--base <dir>', 'base of an adapter (default: the one it names)')
    .option('--dtype <dtype>', 'f32 (default), f16 or bf16')
    .action((checkpoint, options) => {
      const { out, format = 'full', base, dtype } = options;
      const params = { checkpoint, out, format, base, dtype };
      return runCommand('model-export', params, options, { printer: { row: formatExport } });
    });
}

/** A line per part, then what is wrong and what to do. */
function formatCheck(row: JsonObject): string {
  const { parts, problems, path, kind, parameters, bytes, architecture } =
    modelCheckResult.parse(row);
  const found = parts.map(({ part, ok, summary }) => ({ part, ok: ok ? 'ok' : 'no', summary }));
  const wrong = problems.map(({ part, reason, fix }) => `${part}: ${reason}\n  ${fix}`);
  return [
    formatRecord({ path, kind, architecture, parameters, bytes }),
    formatTable(found),
    ...wrong,
  ].join('\n\n');
}

function formatExport(row: JsonObject): string {
  const { path, format, bytes, tensors, isChecked } = modelExportResult.parse(row);
  return formatRecord({ path, format, bytes, tensors, checked: isChecked });
}
