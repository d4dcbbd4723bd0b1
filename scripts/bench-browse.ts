/**
 * Browsing a large dataset: `node scripts/bench-browse.ts [rows] [workspace]`. Imports that many
 * generated rows (or takes a workspace of an earlier run), opens it again as a new window would, and
 * prints medians next to the targets.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Lab } from '../src/main/lab.ts';
import type { RowQuery } from '../src/shared/model/dataset.ts';
import { writeManyRows } from '../tests/support/million-rows.ts';

const rows = Number(process.argv[2] ?? 1_000_000);
const kept = process.argv[3];
const workspace = kept ?? mkdtempSync(join(tmpdir(), 'rationale-bench-'));
const REPEATS = 9;

function say(name: string, ms: number, target: string): void {
  process.stdout.write(`${name.padEnd(46)} ${ms.toFixed(1).padStart(10)} ms   ${target}\n`);
}

async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; value: T }> {
  const started = performance.now();
  const value = await work();
  return { ms: performance.now() - started, value };
}

async function median(work: (turn: number) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let turn = 0; turn < REPEATS; turn++) times.push((await timed(() => work(turn))).ms);
  return times.sort((a, b) => a - b)[Math.floor(REPEATS / 2)] ?? 0;
}

async function importRows(): Promise<void> {
  mkdirSync(workspace, { recursive: true });
  const source = join(tmpdir(), `rationale-rows-${rows}.jsonl`);
  if (!existsSync(source)) writeManyRows(source, rows);
  const lab = await Lab.open({ workspace });
  const { mapping } = await lab.datasets.sniff(source);
  const { ms } = await timed(async () => {
    const { id } = lab.datasets.import({ path: source, mapping, name: 'many', isHeldOut: false });
    await lab.datasets.imports.ended(id);
  });
  say(`import of ${rows} rows`, ms, `${Math.round(rows / (ms / 1000))} rows/s`);
  await lab.dispose();
}

/** The event loop of main is not to wait: the longest pause while everything below ran. */
function watchPauses(): () => number {
  let last = performance.now();
  let longest = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last - 5);
    last = now;
  }, 5);
  return () => {
    clearInterval(timer);
    return longest;
  };
}

async function browse(lab: Lab, dataset: string, opened: number): Promise<void> {
  const { browser } = lab.datasets;
  const all: RowQuery = { dataset, filters: [], search: '', sort: null };
  const first = await timed(() => browser.rows(all, 0, 100));
  say('first rows after opening the workspace', opened + first.ms, '< 1000');
  const total = first.value.total;
  const pauses = watchPauses();
  const place = (turn: number) => Math.floor((turn * 0.618 * total) % total);
  say('jump to a row', await median((turn) => browser.rows(all, place(turn), 100)), '< 150');
  const { value: report, ms } = await timed(() => browser.facets({ query: all }));
  say('facets, the first time', ms, '< 1000');
  for (const facet of report.facets) {
    if (facet.kind !== 'values' || facet.values.length < 2) continue;
    const value = facet.values[1]?.value ?? null;
    const query: RowQuery = {
      ...all,
      filters: [{ kind: 'in', column: facet.column, values: [value] }],
    };
    // A filter that no cache knows yet each time.
    const fresh = (turn: number): RowQuery => ({
      ...query,
      filters: [...query.filters, { kind: 'range', column: 'c0', min: turn, max: null }],
    });
    say(
      `filter by ${facet.title}, count`,
      await median((turn) => browser.count(fresh(turn))),
      '< 200',
    );
    say(
      '  and rows in the middle',
      await median((turn) => browser.rows(fresh(turn), total >> 3, 100)),
      '< 200',
    );
    say(
      '  and facets',
      await median((turn) => browser.facets({ query: fresh(turn + 100) })),
      '< 1000',
    );
    break;
  }
  const sort = (column: string, isDescending: boolean): RowQuery => ({
    ...all,
    sort: { column, isDescending },
  });
  say(
    'sort by a number, the first time',
    (await timed(() => browser.rows(sort('c0', true), 0, 100))).ms,
    '',
  );
  say('  jump', await median((turn) => browser.rows(sort('c0', true), place(turn), 100)), '< 150');
  say(
    'sort by a text, the first time',
    (await timed(() => browser.rows(sort('prompt', false), 0, 100))).ms,
    '',
  );
  say(
    '  jump',
    await median((turn) => browser.rows(sort('prompt', false), place(turn), 100)),
    '< 150',
  );
  say('locate', await median((turn) => browser.locate(sort('c0', true), place(turn))), '< 150');
  for (const search of ['triangle radius height', 'zzz', 'triangle', 'tri']) {
    const found = await timed(() => browser.count({ ...all, search }));
    say(`search "${search}": ${found.value.rows} rows`, found.ms, '');
  }
  say('sample', await median((turn) => browser.sample(dataset, place(turn))), '');
  say('longest pause of the event loop of main', pauses(), '');
}

const isMade = existsSync(join(workspace, 'workspace.sqlite'));
if (!isMade) await importRows();
const { ms, value: lab } = await timed(() => Lab.open({ workspace }));
try {
  const [dataset] = lab.datasets.list();
  if (dataset === undefined) throw new Error(`no dataset in ${workspace}`);
  await browse(lab, dataset.id, ms);
} finally {
  await lab.dispose();
  if (kept === undefined) rmSync(workspace, { recursive: true, force: true });
}
