/** What a look at a folder found: its parts with what was found, problems with what to do, bad tensors. */
import type { ModelCheck } from '../../../shared/model/model.ts';
import { bytes, count, plural } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { Facts } from '../../parts/pane.tsx';
import { text } from '../../strings/models.ts';
import styles from './check-report.module.css';

/** Rows of bad tensors that are shown; the count tells the rest. */
const MAX_TENSORS = 40;

export function CheckReport({ check }: { readonly check: ModelCheck }) {
  return (
    <div className={styles['report']}>
      <p className={check.ok ? styles['ok'] : styles['bad']} role="status">
        <Icon name={check.ok ? 'check' : 'error'} />
        {check.ok ? text.checkOk : text.checkBad(plural(check.problems.length, 'problem'))}
      </p>
      <Facts
        rows={[
          [text.parameters, count(check.parameters)],
          [text.onDisk, bytes(check.bytes)],
          ...(check.architecture === null
            ? []
            : [[text.parts['config'], <code key="a">{check.architecture}</code>] as const]),
        ]}
      />
      <table className={styles['parts']}>
        <thead>
          <tr>
            <th scope="col">{text.part}</th>
            <th scope="col">{text.finding}</th>
          </tr>
        </thead>
        <tbody>
          {check.parts.map(({ part, ok, summary }) => (
            <tr key={part}>
              <th scope="row">
                <span className={ok ? styles['ok'] : styles['bad']}>
                  <Icon name={ok ? 'check' : 'error'} size={14} />
                  {text.parts[part] ?? part}
                </span>
              </th>
              <td>{summary}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {check.problems.length > 0 && (
        <ul className={styles['problems']}>
          {check.problems.map(({ part, reason, fix }) => (
            <li key={`${part} ${reason}`}>
              <p>{reason}</p>
              <p className={styles['weak']}>{fix}</p>
            </li>
          ))}
        </ul>
      )}
      <BadTensors check={check} />
    </div>
  );
}

function BadTensors({ check }: { readonly check: ModelCheck }) {
  const bad = check.tensors.filter(({ state }) => state !== 'ok');
  if (bad.length === 0) return null;
  return (
    <details className={styles['tensors']}>
      <summary>{text.badTensors(count(bad.length), count(check.tensors.length))}</summary>
      <table className={styles['parts']}>
        <thead>
          <tr>
            <th scope="col">{text.tensor}</th>
            <th scope="col">{text.expected}</th>
            <th scope="col">{text.found}</th>
          </tr>
        </thead>
        <tbody>
          {bad.slice(0, MAX_TENSORS).map((tensor) => (
            <tr key={tensor.name}>
              <td className="mono">{tensor.name}</td>
              <td className="mono">{shapeOf(tensor.expectedShape)}</td>
              <td className="mono">
                {tensor.state} {shapeOf(tensor.shape)} {tensor.dtype}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function shapeOf(shape: readonly number[] | null): string {
  return shape === null ? '' : `[${shape.join(', ')}]`;
}
