/** `rationale recipe list|show|check`: recipes are data, and this shows what they resolve to. */
import type { Command } from 'commander';
import { formatRecord } from '../terminal/table.ts';
import { addCommand, assignment, runCommand } from './command.ts';
import { tablePrinter } from './system.ts';

export function addRecipeCommands(program: Command): void {
  const recipe = program.command('recipe').description('list, show and check recipes');

  addCommand(recipe, 'list', 'the recipes there are').action((options) =>
    runCommand('recipe-list', {}, options, { printer: tablePrinter() }),
  );

  addCommand(recipe, 'show <recipe>', 'a recipe with every slot resolved (id or file)')
    .option('--set <field=value>', 'change a field (may be repeated)', assignment)
    .action((id, options) =>
      runCommand('recipe-show', { recipe: id, set: options.set }, options, {
        printer: { row: (row) => formatRecord(row) },
      }),
    );

  addCommand(recipe, 'check <recipe>', 'check a recipe (id or file) without running it')
    .option('--set <field=value>', 'change a field (may be repeated)', assignment)
    .action((id, options) => runCommand('recipe-check', { recipe: id, set: options.set }, options));
}
