/** The chosen model beside another one: scores side by side, and what their recipes say differently. */
import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ModelNode } from '../../../shared/model/model.ts';
import { quantity } from '../../parts/format.ts';
import { Section } from '../../parts/pane.tsx';
import { ErrorState } from '../../parts/states.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { text } from '../../strings/models.ts';
import styles from './compare-section.module.css';

export interface CompareSectionProps {
  readonly node: ModelNode;
  readonly nodes: readonly ModelNode[];
}

export function CompareSection({ node, nodes }: CompareSectionProps) {
  const trpc = useTRPC();
  const [other, setOther] = useState<string | null>(null);
  const against = nodes.find(({ id }) => id === other);
  const comparison = useQuery(
    trpc.models.compare.queryOptions(
      { a: other ?? '', b: node.id },
      { enabled: against !== undefined },
    ),
  );
  const metrics = Object.keys(node.scores).filter(
    (id) => against?.scores[id] !== undefined && !/^(timing|memory)\//.test(id),
  );
  return (
    <Section title={text.compare}>
      <Select
        aria-label={text.compareWith}
        placeholder={text.compareWith}
        searchable
        clearable
        allowDeselect
        data={nodes
          .filter(({ id }) => id !== node.id)
          .map(({ id, name }) => ({ value: id, label: name }))}
        value={other}
        onChange={setOther}
      />
      {comparison.error !== null && <ErrorState error={comparison.error} />}
      {against !== undefined && comparison.data !== undefined && (
        <>
          {comparison.data.isSameShape === false && (
            <p className={styles['weak']}>{text.otherShape}</p>
          )}
          <table className={styles['table']}>
            <thead>
              <tr>
                <th scope="col">{text.field}</th>
                <th scope="col">{text.there}</th>
                <th scope="col">{text.here}</th>
              </tr>
            </thead>
            <tbody>
              {metrics.map((id) => (
                <ScoreRow
                  key={id}
                  id={id}
                  there={against.scores[id] ?? 0}
                  here={node.scores[id] ?? 0}
                />
              ))}
              {comparison.data.recipe.map(({ path, a, b }) => (
                <tr key={path}>
                  <th scope="row" title={path}>
                    <code>{path}</code>
                  </th>
                  <td title={JSON.stringify(a)}>{shown(a)}</td>
                  <td title={JSON.stringify(b)}>{shown(b)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {metrics.length + comparison.data.recipe.length === 0 && (
            <p className={styles['weak']}>{text.nothingDiffers}</p>
          )}
        </>
      )}
    </Section>
  );
}

function ScoreRow(props: { readonly id: string; readonly there: number; readonly here: number }) {
  const { id, there, here } = props;
  return (
    <tr>
      <th scope="row" title={id}>
        <code>{id}</code>
      </th>
      <td>{quantity(there)}</td>
      <td>
        {quantity(here)}{' '}
        <span className={styles['weak']}>
          {here >= there ? '+' : ''}
          {quantity(here - there)}
        </span>
      </td>
    </tr>
  );
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'number') return quantity(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
