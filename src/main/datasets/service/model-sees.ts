/**
 * One row as a model sees it. Comes in: a sample and a model folder. Goes out: the text with the
 * model's template applied, its tokens, and every picture at the size it is looked at.
 */
import { join } from 'node:path';
import { LabError } from '../../../shared/errors.ts';
import type { ModelView } from '../../../shared/model/dataset-reports.ts';
import type { Sample } from '../../../shared/model/sample.ts';
import { modelSeesResult } from '../../../shared/protocol/results.ts';
import { askEngine, type JobRunner } from '../../engine/ask.ts';
import { engineRow } from '../views/engine-row.ts';

export interface SeeOptions {
  readonly workspace: string;
  readonly engine: JobRunner;
  /** Absent = the bundled starter. */
  readonly model?: string | undefined;
}

/** @throws LabError what the engine says of the model or the row */
export async function seeAsModel(options: SeeOptions, sample: Sample): Promise<ModelView> {
  const [seen] = await askEngine(
    options.engine,
    'model-sees',
    {
      ...(options.model === undefined ? {} : { model: options.model }),
      samples: [engineRow(sample)],
      mediaFolder: join(options.workspace, 'media'),
    },
    { row: modelSeesResult },
  );
  if (seen === undefined) {
    throw new LabError('engine/protocol', '[model-sees] the engine answered without a row');
  }
  const frames = sample.videos[0]?.frames ?? [];
  const images = seen.images.map((image) => {
    const shown = image.kind === 'video' ? frames[image.index] : sample.images[image.index];
    return { ...image, sha256: shown?.sha256 ?? '' };
  });
  return { ...seen, images };
}
