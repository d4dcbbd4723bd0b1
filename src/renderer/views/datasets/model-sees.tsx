/**
 * A row as a model gets it: the picture at the size it is resized to with its patches, the numbers of
 * tokens, and the text with the template applied, coloured by what the loss looks at.
 */
import { SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import type { ModelView } from '../../../shared/model/dataset-reports.ts';
import { count } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { ImageStage } from '../../parts/image-stage.tsx';
import { Facts, Section } from '../../parts/pane.tsx';
import { ErrorState, LoadingRows } from '../../parts/states.tsx';
import { text } from '../../strings/datasets.ts';
import styles from './model-sees.module.css';
import { useModelView } from './queries.ts';

export function ModelSees({ dataset, row }: { readonly dataset: string; readonly row: number }) {
  const seen = useModelView(dataset, row, undefined);
  if (seen.error !== null) return <ErrorState error={seen.error} />;
  if (seen.data === undefined) return <LoadingRows label={text.modelSees} />;
  const { error } = seen.data;
  if (error !== null) return <ErrorState error={new Error(error.message)} />;
  return <Seen view={seen.data} />;
}

function Seen({ view }: { readonly view: ModelView }) {
  const [shown, setShown] = useState('tokens');
  const imageTokens = view.images.reduce((sum, image) => sum + image.tokens, 0);
  return (
    <>
      {view.images.map((image) => (
        <Picture key={image.index} image={image} />
      ))}
      <Section title={text.modelSees}>
        <Facts
          rows={[
            ...(view.images.length === 0 ? [] : [[text.imageTokens, count(imageTokens)] as const]),
            [text.promptTokens, `${count(view.promptTokens)}, ${text.limit(count(view.limit))}`],
            [text.trainedTokens, `${count(view.trainedTokens)}, ${text.stepsOnly}`],
          ]}
        />
      </Section>
      <Section
        title={text.templateApplied}
        hint={
          <SegmentedControl
            value={shown}
            onChange={setShown}
            data={[
              { value: 'tokens', label: text.tokens },
              { value: 'ids', label: text.ids },
            ]}
          />
        }
      >
        <Tokens view={view} isIds={shown === 'ids'} />
      </Section>
      <p className={styles['legend']}>
        <span className={styles['trained']}>{text.trained}</span>
        <span className={styles['masked']}>{text.masked}</span>
        <span className={styles['special']}>{text.special}</span>
        <span className={styles['cut']}>
          {view.cutAt === null ? text.nothingCut(count(view.limit)) : text.cutAt(count(view.limit))}
        </span>
      </p>
    </>
  );
}

function Picture({ image }: { readonly image: ModelView['images'][number] }) {
  const [patch, setPatch] = useState<readonly [number, number] | undefined>();
  const { merge, rows, cols, width, height } = image;
  const grid = { rows: rows / merge, cols: cols / merge };
  return (
    <div>
      <div className={styles['stage']}>
        <ImageStage
          sha256={image.sha256}
          width={width}
          height={height}
          alt={text.modelSees}
          grid={grid}
          onPatch={(row, col) => setPatch([row, col])}
        />
      </div>
      <p className={styles['caption']}>
        <span>
          {text.original(width, height)} › {text.resized(image.resizedWidth, image.resizedHeight)}
        </span>
        <span>
          {patch === undefined
            ? `${grid.rows} × ${grid.cols} = ${image.tokens}`
            : text.patch(patch[0], patch[1], patch[0] * grid.cols + patch[1])}
        </span>
      </p>
    </div>
  );
}

function Tokens({ view, isIds }: { readonly view: ModelView; readonly isIds: boolean }) {
  return (
    <p className={styles['tokens']}>
      {groupImages(view.tokens).map((token, index) => {
        const isCut = view.cutAt !== null && index >= view.cutAt;
        if (token.run > 1) {
          return (
            <span key={index} className={styles['image']}>
              <Icon name="image" size={12} /> {text.imageTokenRun(token.run)}
            </span>
          );
        }
        const kind = token.isTrained ? 'trained' : token.isSpecial ? 'special' : 'masked';
        return (
          <span
            key={index}
            className={styles[kind]}
            data-cut={isCut ? true : undefined}
            title={`${token.id}`}
          >
            {isIds ? `${token.id} ` : token.text}
          </span>
        );
      })}
    </p>
  );
}

type Token = ModelView['tokens'][number];

/** The placeholders of one picture as one entry. */
function groupImages(tokens: readonly Token[]): (Token & { readonly run: number })[] {
  const grouped: (Token & { run: number })[] = [];
  for (const token of tokens) {
    const last = grouped.at(-1);
    const isSame = token.imageIndex !== null && last?.imageIndex === token.imageIndex;
    if (isSame && last !== undefined) last.run += 1;
    else grouped.push({ ...token, run: 1 });
  }
  return grouped;
}
