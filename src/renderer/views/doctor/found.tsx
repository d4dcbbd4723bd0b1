/** What the checks found, part by part, and what CUDA lacks where it cannot be used. */
import { z } from 'zod';
import type { JsonObject } from '../../../shared/json.ts';
import { bytes, count } from '../../parts/format.ts';
import { Facts } from '../../parts/pane.tsx';
import { text } from '../../strings/settings.ts';
import styles from './view.module.css';

/** The row of the doctor job, as far as it is shown; the report has all of it. */
const doctorRow = z.looseObject({
  cpu: z.looseObject({ model: z.string(), isa: z.string(), threads: z.number() }).optional(),
  cuda: z
    .looseObject({
      isUsable: z.boolean(),
      missing: z.array(z.object({ part: z.string(), reason: z.string(), fix: z.string() })),
    })
    .optional(),
  onnxRuntime: z.looseObject({ path: z.string(), version: z.string() }).optional(),
  starter: z.looseObject({ path: z.string(), sizeBytes: z.number() }).optional(),
});

export function Found({ row }: { readonly row: JsonObject }) {
  const parsed = doctorRow.safeParse(row);
  if (!parsed.success) return null;
  const { cpu, cuda, onnxRuntime, starter } = parsed.data;
  return (
    <div className={styles['found']}>
      <h2 className={styles['head']}>{text.found}</h2>
      <Facts
        rows={[
          ...(cpu === undefined
            ? []
            : [
                [text.cpu, cpu.model] as const,
                [text.isa, cpu.isa] as const,
                [text.threads, count(cpu.threads)] as const,
              ]),
          ...(cuda === undefined
            ? []
            : [[text.cuda, cuda.isUsable ? text.usable : text.notUsable] as const]),
          ...(onnxRuntime === undefined
            ? []
            : [
                [
                  text.library,
                  <span key="o" title={onnxRuntime.path}>
                    {onnxRuntime.version}
                  </span>,
                ] as const,
              ]),
          ...(starter === undefined
            ? []
            : [
                [
                  text.starterModel,
                  <span key="s" title={starter.path}>
                    {bytes(starter.sizeBytes)}
                  </span>,
                ] as const,
              ]),
        ]}
      />
      {cuda !== undefined && !cuda.isUsable && (
        <details>
          <summary className={styles['head']}>{text.missingFor(text.cuda)}</summary>
          <ul>
            {cuda.missing.map(({ part, reason, fix }) => (
              <li key={part} className={styles['problem']}>
                <strong>{part}</strong>
                <p>{reason}</p>
                <p className={styles['weak']}>{fix}</p>
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
