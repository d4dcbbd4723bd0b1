/** What lies at the path: form, files, size, splits; the row form can be changed. */
import { Select } from '@mantine/core';
import { type Mapping, ROW_SHAPES, type SniffResult } from '../../../shared/model/import.ts';
import { bytes, count, percent } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { Facts, Section } from '../../parts/pane.tsx';
import { text } from '../../strings/import.ts';
import styles from './found-facts.module.css';

export interface MappingProps {
  readonly found: SniffResult;
  readonly mapping: Mapping;
  readonly onMapping: (mapping: Mapping) => void;
}

export interface FoundFactsProps extends MappingProps {
  /** Another set of a `dataset_info.json` has other files, columns and turns: it is looked at anew. */
  readonly onSet: (set: string) => void;
}

export function FoundFacts({ found, mapping, onMapping, onSet }: FoundFactsProps) {
  const { options } = mapping;
  const shapes = ROW_SHAPES.map((shape) => ({ value: shape, label: shape }));
  return (
    <Section title={text.found} hint={text.sure(percent(found.confidence))}>
      <Facts
        rows={[
          [text.format, found.format],
          [text.files, count(found.files.length)],
          [text.size, bytes(found.bytes)],
          [text.rows, found.rows === null ? text.rowsUnknown : count(found.rows)],
        ]}
      />
      <div className={styles['choices']}>
        <Select
          label={text.shape}
          value={mapping.shape}
          data={shapes}
          onChange={(next) => {
            const shape = ROW_SHAPES.find((known) => known === next);
            if (shape !== undefined) onMapping({ ...mapping, shape });
          }}
        />
        {found.splits.length > 0 && (
          <Select
            label={text.split}
            value={options.split ?? ''}
            data={[
              { value: '', label: text.allSplits },
              ...found.splits.map((split) => ({ value: split, label: split })),
            ]}
            onChange={(split) =>
              onMapping({ ...mapping, options: { ...options, split: split === '' ? null : split } })
            }
          />
        )}
        {found.sets.length > 0 && (
          <Select
            label={text.set}
            value={options.set ?? found.sets[0] ?? null}
            data={found.sets}
            onChange={(set) => set !== null && onSet(set)}
          />
        )}
      </div>
      <ul className={styles['notes']}>
        {found.notes.map((note) => (
          <li key={note}>
            <Icon name="info" size={14} />
            {note}
          </li>
        ))}
      </ul>
    </Section>
  );
}
