/** The first rows as they would be imported, each beside what is wrong with it. */
import type { PreviewResult, PreviewRow } from '../../../shared/model/import.ts';
import { promptText } from '../../../shared/model/sample.ts';
import { Chip } from '../../parts/chip.tsx';
import { Icon } from '../../parts/icon.tsx';
import { text } from '../../strings/import.ts';
import styles from './preview-list.module.css';

export function PreviewList({
  preview,
  isStale,
}: {
  readonly preview: PreviewResult;
  readonly isStale: boolean;
}) {
  const bad = preview.rows.filter(({ sample }) => sample === null).length;
  return (
    <section aria-label={text.preview} aria-busy={isStale}>
      <header className={styles['head']}>
        <h2>{text.preview}</h2>
        <span>{text.previewHint(preview.rows.length - bad, bad)}</span>
      </header>
      {preview.notes.map((note) => (
        <p key={note} className={styles['note']}>
          <Icon name="info" size={14} /> {note}
        </p>
      ))}
      <ol>
        {preview.rows.map((row) => (
          <li key={`${row.file}:${row.line}`} className={styles['row']}>
            <Row row={row} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function Row({ row }: { readonly row: PreviewRow }) {
  const { sample } = row;
  return (
    <>
      <span className={styles['line']}>{row.line}</span>
      <div className={styles['body']}>
        {sample === null ? (
          <Chip tone="danger">
            <Icon name="error" size={12} />
            {text.wouldBeBad}
          </Chip>
        ) : (
          <>
            <p className={styles['prompt']}>
              {sample.images.map((image) => (
                <span key={image.sha256} className={styles['picture']}>
                  <Icon name="image" size={12} /> {image.width} × {image.height}
                </span>
              ))}
              {promptText(sample)}
            </p>
            {sample.completion !== null && (
              <p className={styles['completion']}>{sample.completion}</p>
            )}
            {sample.rejected !== null && <p className={styles['rejected']}>{sample.rejected}</p>}
            <p className={styles['facts']}>
              {sample.answer !== null && <span>= {sample.answer}</span>}
              {sample.task !== null && <span>{sample.task}</span>}
              {Object.keys(sample.extra).length > 0 && (
                <span>+ {Object.keys(sample.extra).join(', ')}</span>
              )}
            </p>
          </>
        )}
        {row.problems.map((problem) => (
          <p key={problem} className={styles['problem']}>
            <Icon name="warning" size={14} /> {problem}
          </p>
        ))}
        {sample === null && <pre className={styles['source']}>{row.source}</pre>}
      </div>
    </>
  );
}
