/**
 * Electron's fuses, switched in the binary of a packaged app before it is signed. Comes in: the path of
 * the binary; `--check` to look only. Goes out: one line per fuse; exit code 1 where one is not as below.
 * The fuses are a row of characters in the binary behind a marker; writing them is all a tool would do.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const MARKER = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const VERSION = 1;

/** In the order of the binary. Each has a reason. */
export const FUSES = [
  // The engine and its workers are this binary run as Node, so that nothing else need be installed.
  { name: 'RunAsNode', isOn: true },
  // Cookies of the window are worth nothing, but nobody should read them from the disk.
  { name: 'EnableCookieEncryption', isOn: true },
  // NODE_OPTIONS could load code into main.
  { name: 'EnableNodeOptionsEnvironmentVariable', isOn: false },
  // --inspect could, too.
  { name: 'EnableNodeCliInspectArguments', isOn: false },
  // The app runs what it was packaged with.
  { name: 'EnableEmbeddedAsarIntegrityValidation', isOn: true },
  { name: 'OnlyLoadAppFromAsar', isOn: true },
  // The window loads app:// and nothing from file:.
  { name: 'LoadBrowserProcessSpecificV8Snapshot', isOn: false },
  { name: 'GrantFileProtocolExtraPrivileges', isOn: false },
];

/** @returns {{ at: number, states: string[] }} where the row begins, and '0', '1' or 'r' (removed) for each */
export function readFuses(binary) {
  const marker = binary.indexOf(MARKER);
  if (marker < 0) throw new Error('expected an Electron binary: it has no fuses');
  const version = binary[marker + MARKER.length];
  if (version !== VERSION) throw new Error(`expected fuses of version ${VERSION}, got ${version}`);
  const at = marker + MARKER.length + 2;
  const count = binary[at - 1];
  return {
    at,
    states: [...binary.subarray(at, at + count)].map((byte) => String.fromCharCode(byte)),
  };
}

/** Sets every fuse that this Electron has. @returns {string[]} a line for each */
export function setFuses(binary) {
  const { at, states } = readFuses(binary);
  return FUSES.map(({ name, isOn }, index) => {
    const state = states[index];
    if (state === undefined || state === 'r') return `${name}: not in this Electron`;
    const wanted = isOn ? '1' : '0';
    binary.write(wanted, at + index, 'latin1');
    return `${name}: ${isOn ? 'on' : 'off'}${state === wanted ? '' : ' (was not)'}`;
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const args = process.argv.slice(2);
  const path = args.find((arg) => !arg.startsWith('--'));
  if (path === undefined) {
    process.stderr.write('expected the path of an Electron binary, and perhaps --check\n');
    process.exit(2);
  }
  const binary = readFileSync(path);
  const before = readFuses(binary).states.join('');
  for (const line of setFuses(binary)) process.stdout.write(`${line}\n`);
  const hasChanged = readFuses(binary).states.join('') !== before;
  if (args.includes('--check')) process.exit(hasChanged ? 1 : 0);
  if (hasChanged) writeFileSync(path, binary);
}
