/**
 * The first rows of a source as a mapping would import them. Comes in: path, mapping, how many. Goes
 * out: samples with what is wrong with them. Nothing is written but the pictures shown.
 */
import { basename } from 'node:path';
import type { Mapping, PreviewResult, PreviewRow } from '../../../shared/model/import.ts';
import { openSource } from '../readers/open-source.ts';
import { readSource } from '../readers/read-source.ts';
import { excerptOf } from '../readers/source.ts';
import { RowMaker } from './make-rows.ts';
import { MediaIntake } from './media-intake.ts';

export interface PreviewRequest {
  readonly path: string;
  readonly mapping: Mapping;
  readonly workspace: string;
  readonly count: number;
}

/** @throws LabError `file/missing`, `dataset/unknown-format` */
export async function previewRows(request: PreviewRequest): Promise<PreviewResult> {
  const { mapping, count } = request;
  const { options } = mapping;
  const source = openSource(request.path, options.set);
  const { workspace } = request;
  const intake = new MediaIntake({ workspace, root: source.root, imageRoot: options.imageRoot });
  const maker = new RowMaker(mapping, intake, { isTable: source.format === 'csv' });
  const rows: PreviewRow[] = [];
  const notes = new Set<string>();
  for await (const batch of readSource(source, undefined, {
    split: options.split,
    batchRows: count,
  })) {
    for (const note of batch.notes) notes.add(note);
    const items = batch.items.slice(0, count - rows.length);
    const sources = new Map(items.map((item) => [item.line, item]));
    for (const made of await maker.make({ ...batch, items })) {
      const item = sources.get(made.line);
      const shown = item?.kind === 'row' ? excerptOf(item.values) : '';
      if (made.kind === 'row') for (const note of made.notes) notes.add(note);
      rows.push({
        file: basename(batch.file.path),
        line: made.line,
        sample: made.kind === 'row' ? made.sample : null,
        problems: made.kind === 'row' ? [...made.notes] : [made.reason],
        source: made.kind === 'row' ? shown : made.excerpt,
      });
    }
    if (rows.length >= count) break;
  }
  return { rows, notes: [...notes] };
}
