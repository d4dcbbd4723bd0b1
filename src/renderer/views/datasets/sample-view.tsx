/** One sample as a person reads it: pictures, frames, sounds, the chat, completion, answer, steps, facts. */
import { useState } from 'react';
import type { Message, Sample } from '../../../shared/model/sample.ts';
import { promptText } from '../../../shared/model/sample.ts';
import { quantity } from '../../parts/format.ts';
import { ImageStage } from '../../parts/image-stage.tsx';
import { Facts, Section } from '../../parts/pane.tsx';
import { text } from '../../strings/datasets.ts';
import { AudioStage } from './audio-stage.tsx';
import { FoldedThought } from './folded-thought.tsx';
import styles from './sample-view.module.css';

export function SampleView({
  sample,
  stageHeight = 240,
}: {
  readonly sample: Sample;
  readonly stageHeight?: number;
}) {
  const [lit, setLit] = useState<number | undefined>();
  return (
    <div>
      <Pictures sample={sample} height={stageHeight} lit={lit} onLit={setLit} />
      {sample.audios.map((audio) => (
        <AudioStage key={audio.sha256} sha256={audio.sha256} />
      ))}
      <ol className={styles['chat']}>
        {sample.messages.map((turn, index) => (
          <Turn key={index} turn={turn} />
        ))}
        {sample.completion !== null && (
          <li className={styles['turn']}>
            <span className={styles['role']}>{text.completion}</span>
            <FoldedThought content={sample.completion} />
          </li>
        )}
        {sample.rejected !== null && (
          <li className={styles['turn']}>
            <span className={styles['role']}>{text.rejected}</span>
            <FoldedThought content={sample.rejected} />
          </li>
        )}
      </ol>
      {sample.steps.length > 0 && (
        <Section title={text.steps}>
          <ol className={styles['steps']}>
            {sample.steps.map((step, index) => (
              <li key={index}>
                <span>{index + 1}</span>
                <p>{step.text}</p>
                <span>{step.label === null ? '' : LABELS[step.label]}</span>
              </li>
            ))}
          </ol>
        </Section>
      )}
      {sample.regions.length > 0 && (
        <Section title={text.regions} hint={`${sample.regions.length}`}>
          <ul className={styles['regions']}>
            {sample.regions.map((region, index) => (
              <li
                key={index}
                data-lit={index === lit ? true : undefined}
                onPointerEnter={() => setLit(index)}
                onPointerLeave={() => setLit(undefined)}
              >
                <span>{region.label}</span>
                <code>{region.box.map((value) => value.toFixed(3)).join(' ')}</code>
              </li>
            ))}
          </ul>
        </Section>
      )}
      <Section title={text.answer}>
        <Facts rows={factsOf(sample)} />
      </Section>
    </div>
  );
}

const LABELS = { '-1': '✗', '0': '·', '1': '✓' } as const;

function factsOf(sample: Sample): (readonly [string, React.ReactNode])[] {
  const { answer, task, difficulty, verifier, key, extra } = sample;
  return [
    [text.answer, answer ?? '–'],
    ...(task === null ? [] : [[text.task, task] as const]),
    ...(difficulty === null ? [] : [[text.difficulty, quantity(difficulty)] as const]),
    ...(verifier === null ? [] : [[text.verifier, <code key="v">{verifier.kind}</code>] as const]),
    [text.key, <code key="k">{key}</code>],
    ...Object.entries(extra).map(([name, value]) => {
      const shown = typeof value === 'string' ? value : JSON.stringify(value);
      return [
        name,
        <span key={name} className={styles['extra']}>
          {shown}
        </span>,
      ] as const;
    }),
  ];
}

function Turn({ turn }: { readonly turn: Message }) {
  return (
    <li className={styles['turn']}>
      <span className={styles['role']}>{turn.role}</span>
      <p className={styles['content']}>
        {turn.content.map((part, index) =>
          part.type === 'text' ? (
            part.text
          ) : (
            <span key={index} className={styles['mark']}>
              {part.type} {part.index + 1}
            </span>
          ),
        )}
      </p>
    </li>
  );
}

interface PicturesProps {
  readonly sample: Sample;
  readonly height: number;
  readonly lit: number | undefined;
  readonly onLit: (index: number | undefined) => void;
}

/** The chosen picture or frame on a stage, the others as a strip below it. */
function Pictures({ sample, height, lit, onLit }: PicturesProps) {
  const frames = sample.videos.flatMap((clip) => clip.frames);
  const shown = [...sample.images, ...frames];
  const [chosen, setChosen] = useState(0);
  const index = Math.min(chosen, shown.length - 1);
  const picture = shown[index];
  if (picture === undefined) return null;
  const own = sample.regions
    .map((region, i) => ({ region, i }))
    .filter(({ region }) => region.image === index);
  return (
    <div>
      <div style={{ height }}>
        <ImageStage
          key={picture.sha256}
          sha256={picture.sha256}
          width={picture.width ?? 1}
          height={picture.height ?? 1}
          alt={text.pictureAlt(promptText(sample))}
          regions={own.map(({ region }) => region)}
          litRegion={own.findIndex(({ i }) => i === lit)}
          onRegion={(at) => onLit(at === undefined ? undefined : own[at]?.i)}
        />
      </div>
      <p className={styles['caption']}>
        {index < sample.images.length
          ? text.picture(index, sample.images.length)
          : text.frame(index - sample.images.length)}
        <span>{text.original(picture.width ?? 0, picture.height ?? 0)}</span>
      </p>
      {shown.length > 1 && (
        <div className={styles['strip']}>
          {shown.map((media, at) => (
            <button
              key={`${media.sha256}-${at}`}
              type="button"
              aria-pressed={at === index}
              aria-label={
                at < sample.images.length
                  ? text.picture(at, sample.images.length)
                  : text.frame(at - sample.images.length)
              }
              onClick={() => setChosen(at)}
            >
              <img src={`/media/${media.sha256}?thumb=64`} alt="" />
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
