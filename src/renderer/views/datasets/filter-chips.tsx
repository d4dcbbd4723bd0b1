/** The filters of a question as words that can be taken away one by one. */
import type { ColumnInfo, Filter } from '../../../shared/model/dataset.ts';
import { RemovableChip } from '../../parts/chip.tsx';
import { count, quantity } from '../../parts/format.ts';
import { columnTitle, text } from '../../strings/datasets.ts';

export interface FilterChipsProps {
  readonly filters: readonly Filter[];
  readonly columns: readonly ColumnInfo[];
  readonly onChange: (filters: readonly Filter[]) => void;
}

export function FilterChips({ filters, columns, onChange }: FilterChipsProps) {
  return filters.map((filter) => {
    const words = wordsOf(filter, columns);
    return (
      <RemovableChip
        key={words}
        removeLabel={text.removeFilter(words)}
        onRemove={() => onChange(filters.filter((known) => known !== filter))}
      >
        {words}
      </RemovableChip>
    );
  });
}

function wordsOf(filter: Filter, columns: readonly ColumnInfo[]): string {
  const titleOf = (name: string) =>
    columnTitle(columns.find((column) => column.name === name)?.title ?? name);
  switch (filter.kind) {
    case 'in': {
      const values = filter.values.map((value) => (value === null ? text.missing : String(value)));
      const shown =
        values.length > 2
          ? `${values.slice(0, 2).join(', ')}, +${values.length - 2}`
          : values.join(', ');
      return filter.isNot === true
        ? text.filterNot(titleOf(filter.column), shown)
        : text.filterIs(titleOf(filter.column), shown);
    }
    case 'range':
      return text.filterRange(titleOf(filter.column), quantity(filter.min), quantity(filter.max));
    case 'tag':
      return text.filterTag(filter.tags.join(', '));
    case 'problem':
      return text.filterProblem(filter.problem);
    case 'rows':
      return text.filterRows(count(filter.rows.length));
  }
}
