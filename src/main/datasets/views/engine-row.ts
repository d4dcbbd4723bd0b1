/**
 * A sample in the row form of the engine (shared/protocol/rows.ts). Comes in: a sample of the lab. Goes
 * out: one training row; pictures are paths below the media folder.
 */
import type { MediaRef } from '../../../shared/model/media.ts';
import type { Part, Sample } from '../../../shared/model/sample.ts';
import type { RowPart, TrainingRowInput } from '../../../shared/protocol/rows.ts';
import { mediaPath } from '../../workspace/store-media.ts';

export function engineRow(sample: Sample): TrainingRowInput {
  const frames = sample.videos[0]?.frames ?? [];
  const { answer, completion, rejected, verifier, task, difficulty } = sample;
  return {
    id: sample.key,
    messages: sample.messages.map(({ role, content }) => ({ role, content: partsOf(content) })),
    ...(sample.images.length === 0 ? {} : { images: sample.images.map(mediaName) }),
    ...(frames.length === 0 ? {} : { frames: frames.map(mediaName) }),
    ...(completion === null ? {} : { completion }),
    ...(rejected === null ? {} : { rejected }),
    ...(answer === null ? {} : { answer }),
    ...(verifier === null
      ? {}
      : { verifier: { kind: verifier.kind, params: { ...verifier.params } } }),
    ...(task === null ? {} : { task }),
    ...(difficulty === null ? {} : { difficulty }),
  };
}

/** A text alone stays a text: the file is read by people too. */
function partsOf(content: readonly Part[]): string | RowPart[] {
  const [only] = content;
  if (content.length === 1 && only?.type === 'text') return only.text;
  const parts: RowPart[] = [];
  for (const part of content) {
    // The engine hears no sound.
    if (part.type !== 'audio') parts.push(part);
  }
  return parts;
}

/** `ab/<sha256>.png`: the place of a file below the media folder, with slashes on every system. */
export function mediaName(ref: MediaRef): string {
  return mediaPath('', ref).split(/[\\/]/).slice(1).join('/');
}
