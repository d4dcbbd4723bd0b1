/**
 * Reads an export back as anyone would. Comes in: the files just written and the samples they were
 * made of. Goes out: what differs, field by field.
 */
import type { ExportFormat, ExportLoss } from '../../../shared/model/dataset-reports.ts';
import type { Mapping } from '../../../shared/model/import.ts';
import type { Sample } from '../../../shared/model/sample.ts';
import { previewSource, sniffSource } from '../import/api.ts';
import { Losses } from './compare.ts';
import type { ExportForm } from './form.ts';

export interface ReadBackRequest {
  readonly workspace: string;
  readonly form: ExportForm;
  readonly file: ExportFormat['files'][number];
  /** The file of rows. */
  readonly path: string;
  /** The folder of the export. */
  readonly folder: string;
}

/** Forms that are folders to their readers. */
const FOLDERS: ReadonlySet<string> = new Set(['sharegpt', 'imagefolder', 'webdataset']);

export async function readBack(
  request: ReadBackRequest,
  samples: readonly Sample[],
): Promise<{ rows: number; losses: ExportLoss[] }> {
  const { form, workspace } = request;
  const source = FOLDERS.has(form.id) ? request.folder : request.path;
  const sniffed = await sniffSource(source);
  const mapping = withRoles(sniffed.mapping, form);
  const preview = await previewSource(source, mapping, { workspace, count: samples.length });
  const losses = new Losses();
  samples.forEach((sample, row) => {
    const back = preview.rows[row];
    const after = back?.sample ?? undefined;
    losses.compare(
      row,
      sample,
      after && withoutPrefix(after, form),
      back?.problems.join('; ') ?? '',
    );
  });
  return { rows: samples.length, losses: losses.list() };
}

/** The columns that the form wrote keep the roles it wrote them for; the others were extras. */
function withRoles(mapping: Mapping, form: ExportForm): Mapping {
  const columns = mapping.columns.map(({ column, role }) => {
    const own = Object.hasOwn(form.roles, column) ? form.roles[column] : undefined;
    const isMedia = form.id === 'webdataset' && ['image', 'images', 'audios'].includes(role);
    return { column, role: own ?? (isMedia ? role : 'ignore') };
  });
  const known = new Set(columns.map(({ column }) => column));
  // Fields of objects are no columns of their own until somebody names them.
  for (const [column, role] of Object.entries(form.roles)) {
    const parent = column.split('.')[0] ?? '';
    if (!known.has(column) && column.includes('.') && known.has(parent)) {
      columns.push({ column, role });
    }
  }
  return { ...mapping, columns };
}

/** The fields of a shard's JSON come back under its ending. */
function withoutPrefix(sample: Sample, form: ExportForm): Sample {
  if (form.id !== 'webdataset') return sample;
  const fields = Object.entries(sample.extra)
    .filter(([name]) => name !== '__key__')
    .map(([name, value]) => [name.replace(/^json\./, ''), value]);
  return { ...sample, extra: Object.fromEntries(fields) };
}
