/** Which column plays which role: one line a column, with its first values. */
import { Select } from '@mantine/core';
import { COLUMN_ROLES, type ColumnRole } from '../../../shared/model/import.ts';
import { Section } from '../../parts/pane.tsx';
import { text } from '../../strings/import.ts';
import type { MappingProps } from './found-facts.tsx';
import styles from './mapping-table.module.css';

const ROLES = COLUMN_ROLES.map((role) => ({
  value: role,
  label: role === 'ignore' ? text.noRole : role,
}));

export function MappingTable({ found, mapping, onMapping }: MappingProps) {
  const roleOf = (column: string): ColumnRole =>
    mapping.columns.find((known) => known.column === column)?.role ?? 'ignore';
  const setRole = (column: string, role: ColumnRole) => {
    const others = mapping.columns.filter((known) => known.column !== column);
    onMapping({ ...mapping, columns: [...others, { column, role }] });
  };
  const extra = mapping.columns.filter(
    ({ column }) => !found.columns.some(({ name }) => name === column),
  );
  return (
    <Section title={text.mapping} hint={text.mappingHint}>
      <table className={styles['table']}>
        <thead>
          <tr>
            <th scope="col">{text.column}</th>
            <th scope="col">{text.role}</th>
            <th scope="col">{text.examples}</th>
          </tr>
        </thead>
        <tbody>
          {[
            ...found.columns,
            ...extra.map(({ column }) => ({
              name: column,
              kind: 'object' as const,
              examples: [],
              filled: 0,
            })),
          ].map((column) => (
            <tr key={column.name}>
              <td>
                <code>{column.name}</code>
                <span className={styles['kind']}>{column.kind}</span>
              </td>
              <td>
                <Select
                  aria-label={`${text.role}: ${column.name}`}
                  value={roleOf(column.name)}
                  data={ROLES}
                  searchable
                  onChange={(next) => {
                    const role = COLUMN_ROLES.find((known) => known === next);
                    if (role !== undefined) setRole(column.name, role);
                  }}
                />
              </td>
              <td className={styles['examples']} title={column.examples.join('\n')}>
                {column.examples.join('  ·  ')}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}
