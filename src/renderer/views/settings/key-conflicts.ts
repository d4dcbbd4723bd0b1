/**
 * Commands that want the same key at the same time: commands with their keys come in, titles of the
 * others by command id go out. Two commands of one scope and one group meet; a pane's key wins over the
 * page's on purpose and is no conflict. Pages are never shown together, so groups other than
 * "everywhere" do not meet each other.
 */
import { type KnownCommand, keysOf } from '../../commands/registry.ts';
import { text } from '../../strings/shell.ts';

export function conflictsOf(commands: readonly KnownCommand[]): Map<string, string[]> {
  const conflicts = new Map<string, string[]>();
  for (const command of commands) {
    const others = commands.filter((other) => other.id !== command.id && meet(command, other));
    if (others.length > 0) {
      conflicts.set(
        command.id,
        others.map(({ title }) => title),
      );
    }
  }
  return conflicts;
}

function meet(a: KnownCommand, b: KnownCommand): boolean {
  const isShownTogether =
    a.group === b.group || a.group === text.groupEverywhere || b.group === text.groupEverywhere;
  if (!isShownTogether || a.scope !== b.scope) return false;
  const keys = keysOf(b);
  return keysOf(a).some((chord) => keys.includes(chord));
}
