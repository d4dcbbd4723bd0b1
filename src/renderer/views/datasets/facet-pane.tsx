/**
 * Columns with counts that filter: check values, drag over a histogram. Counts are of the rows that
 * match all other filters, the pale part of a bar of the whole dataset.
 */
import { Checkbox, TextInput, UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Facet, Filter, RowQuery, Scalar, ValueCount } from '../../../shared/model/dataset.ts';
import { count, quantity } from '../../parts/format.ts';
import { ErrorState, LoadingRows } from '../../parts/states.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { columnTitle, text } from '../../strings/datasets.ts';
import styles from './facet-pane.module.css';
import { Histogram } from './histogram.tsx';
import { useFacets } from './queries.ts';
import { withColumn } from './query-state.ts';

export interface FacetPaneProps {
  readonly query: RowQuery;
  readonly onFilters: (filters: readonly Filter[]) => void;
}

export function FacetPane({ query, onFilters }: FacetPaneProps) {
  const facets = useFacets(query, true);
  if (facets.error !== null) return <ErrorState error={facets.error} />;
  if (facets.data === undefined) return <LoadingRows label={text.columns} rows={12} />;
  const { tags } = facets.data;
  return (
    <div className={styles['facets']}>
      {tags.length > 0 && <TagFacet tags={tags} query={query} onFilters={onFilters} />}
      {inOrder(facets.data.facets).map((facet) =>
        facet.kind === 'values' ? (
          <ValueFacet key={facet.column} facet={facet} query={query} onFilters={onFilters} />
        ) : (
          <RangeFacet key={facet.column} facet={facet} query={query} onFilters={onFilters} />
        ),
      )}
    </div>
  );
}

/** What tells rows apart: pass rates, kinds, amounts; a column with one value filters nothing. */
function inOrder(facets: readonly Facet[]): Facet[] {
  const telling = facets.filter((facet) =>
    facet.kind === 'values' ? facet.distinct > 1 : facet.max > facet.min,
  );
  const isRate = ({ column }: Facet) => column.startsWith('pass_');
  return [
    ...telling.filter(isRate),
    ...telling.filter(({ kind }) => kind === 'values'),
    ...telling.filter((facet) => facet.kind === 'histogram' && !isRate(facet)),
  ];
}

type ValuesOf<K extends Facet['kind']> = Extract<Facet, { kind: K }>;

function RangeFacet({
  facet,
  query,
  onFilters,
}: FacetPaneProps & { readonly facet: ValuesOf<'histogram'> }) {
  const { column, bins, median, title } = facet;
  const active = query.filters.find((known) => known.kind === 'range' && known.column === column);
  const range = active?.kind === 'range' ? active : undefined;
  return (
    <section className={styles['facet']}>
      <FacetHead title={title} hint={median === null ? '' : text.median(quantity(median))} />
      <Histogram
        label={title}
        bins={bins}
        from={range?.min ?? undefined}
        to={range?.max ?? undefined}
        onChange={(next) =>
          onFilters(
            withColumn(
              query.filters,
              column,
              next === undefined
                ? undefined
                : { kind: 'range', column, min: next[0], max: next[1] },
            ),
          )
        }
      />
    </section>
  );
}

const SHOWN = 6;

function ValueFacet({
  facet,
  query,
  onFilters,
}: FacetPaneProps & { readonly facet: ValuesOf<'values'> }) {
  const { column, title, distinct } = facet;
  const trpc = useTRPC();
  const [isAll, setAll] = useState(false);
  const [find, setFind] = useState('');
  const found = useQuery(
    trpc.datasets.facets.queryOptions(
      { query, columns: [column], find: { column, text: find } },
      { enabled: find !== '', placeholderData: (previous) => previous },
    ),
  ).data?.facets[0];
  const values = find !== '' && found?.kind === 'values' ? found.values : facet.values;
  const active = query.filters.find((known) => known.kind === 'in' && known.column === column);
  const chosen = active?.kind === 'in' && active.isNot !== true ? active.values : [];
  const toggle = (value: Scalar) => {
    const next = chosen.includes(value)
      ? chosen.filter((known) => known !== value)
      : [...chosen, value];
    onFilters(
      withColumn(
        query.filters,
        column,
        next.length === 0 ? undefined : { kind: 'in', column, values: next },
      ),
    );
  };
  const most = Math.max(1, ...values.map((value) => value.total));
  return (
    <section className={styles['facet']}>
      <FacetHead title={title} hint={text.kinds(count(distinct))} />
      {(isAll || find !== '') && distinct > SHOWN && (
        <TextInput
          aria-label={text.findValue}
          placeholder={text.findValue}
          value={find}
          onChange={(event) => setFind(event.currentTarget.value)}
        />
      )}
      <ul>
        {(isAll ? values : values.slice(0, SHOWN)).map((value) => (
          <ValueLine
            key={String(value.value)}
            value={value}
            most={most}
            isChosen={chosen.includes(value.value)}
            onToggle={() => toggle(value.value)}
          />
        ))}
      </ul>
      {distinct > SHOWN && (
        <UnstyledButton
          className={styles['more']}
          onClick={() => setAll(!isAll)}
          aria-expanded={isAll}
        >
          {isAll ? '−' : `+ ${count(distinct - SHOWN)}`}
        </UnstyledButton>
      )}
    </section>
  );
}

function TagFacet({
  tags,
  query,
  onFilters,
}: FacetPaneProps & { readonly tags: readonly ValueCount[] }) {
  const active = query.filters.find((known) => known.kind === 'tag');
  const chosen = active?.kind === 'tag' ? active.tags : [];
  const others = query.filters.filter((known) => known.kind !== 'tag');
  const toggle = (tag: string) => {
    const next = chosen.includes(tag) ? chosen.filter((known) => known !== tag) : [...chosen, tag];
    onFilters(next.length === 0 ? others : [...others, { kind: 'tag', tags: next }]);
  };
  const most = Math.max(1, ...tags.map((tag) => tag.total));
  return (
    <section className={styles['facet']}>
      <FacetHead title={text.tags} hint={text.kinds(count(tags.length))} />
      <ul>
        {tags.map((tag) => (
          <ValueLine
            key={String(tag.value)}
            value={tag}
            most={most}
            isChosen={chosen.includes(String(tag.value))}
            onToggle={() => toggle(String(tag.value))}
          />
        ))}
      </ul>
    </section>
  );
}

function FacetHead({ title, hint }: { readonly title: string; readonly hint: string }) {
  return (
    <div className={styles['head']}>
      <h3>{columnTitle(title)}</h3>
      <span>{hint}</span>
    </div>
  );
}

function ValueLine(props: {
  readonly value: ValueCount;
  readonly most: number;
  readonly isChosen: boolean;
  readonly onToggle: () => void;
}) {
  const { value, most } = props;
  return (
    <li className={styles['line']}>
      <Checkbox
        checked={props.isChosen}
        onChange={props.onToggle}
        label={value.value === null || value.value === '' ? text.missing : String(value.value)}
        classNames={{ body: styles['check'] ?? '', labelWrapper: styles['label'] ?? '' }}
      />
      <span className={styles['bar']} aria-hidden>
        <span className={styles['total']} style={{ width: `${(100 * value.total) / most}%` }} />
        <span className={styles['part']} style={{ width: `${(100 * value.count) / most}%` }} />
      </span>
      <span className={styles['count']}>{count(value.count)}</span>
    </li>
  );
}
