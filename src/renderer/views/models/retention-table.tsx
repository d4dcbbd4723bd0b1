/** What a retention rule keeps and drops, run by run, with the reasons and the bytes. */
import type { RetentionPreview } from '../../../shared/model/model.ts';
import { bytes, count } from '../../parts/format.ts';
import { text } from '../../strings/models.ts';
import styles from './dialog.module.css';

export function RetentionTable({ preview }: { readonly preview: RetentionPreview }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section className={styles['preview']} aria-label={text.retention} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">{text.previewRun}</th>
            <th scope="col">{text.previewKeeps}</th>
            <th scope="col">{text.previewDrops}</th>
            <th scope="col" className={styles['number']}>
              {text.previewFrees}
            </th>
          </tr>
        </thead>
        <tbody>
          {preview.runs.map((run) => (
            <tr key={run.run}>
              <th scope="row" title={run.run}>
                {run.name}
              </th>
              <td>
                {run.keep.map(({ id, step, reasons }) => (
                  <div key={id}>
                    {count(step)} <span className={styles['weak']}>{reasons.join(', ')}</span>
                  </div>
                ))}
              </td>
              <td className={styles['dropped']}>
                {run.drop.map(({ step }) => count(step)).join(', ')}
              </td>
              <td className={styles['number']}>{bytes(run.freedBytes)}</td>
            </tr>
          ))}
          {preview.skipped.map(({ run, reason }) => (
            <tr key={run}>
              <th scope="row">{run}</th>
              <td colSpan={3} className={styles['weak']}>
                {text.skipped}: {reason}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
