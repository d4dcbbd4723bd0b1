/** What a run is made of, in the list below the runs: a summary comes in. */
import { UnstyledButton } from '@mantine/core';
import type { RunSummary } from '../../../shared/model/app-run.ts';
import { count, moment, quantity } from '../../parts/format.ts';
import { Facts, Section } from '../../parts/pane.tsx';
import { useGo } from '../../shell/location.ts';
import { text } from '../../strings/run.ts';
import styles from './run-facts.module.css';

export function RunFacts({ run }: { readonly run: RunSummary }) {
  const go = useGo();
  const { parent, tags } = run;
  return (
    <div className={styles['facts']}>
      <Section title={text.facts}>
        <Facts
          rows={[
            [text.fact.recipe, run.recipe],
            [text.fact.model, <Cut key="model" value={lastPart(run.model)} full={run.model} />],
            [text.fact.data, <Cut key="data" value={lastPart(run.data)} full={run.data} />],
            [text.fact.started, moment(run.startedAt)],
            ...(run.tokensPerSecond === null
              ? []
              : [[text.fact.rate, `${quantity(run.tokensPerSecond)} tok/s`] as const]),
            ...(parent === null
              ? []
              : [
                  [
                    text.fact.from,
                    <UnstyledButton key="from" onClick={() => go(`/runs/${parent.run}`)}>
                      <Cut
                        value={`${parent.run}, ${text.step(count(parent.step))}`}
                        full={parent.run}
                      />
                    </UnstyledButton>,
                  ] as const,
                ]),
            ...(tags.length === 0 ? [] : [[text.fact.tags, tags.join(', ')] as const]),
          ]}
        />
        {run.note !== '' && <p className={styles['note']}>{run.note}</p>}
      </Section>
    </div>
  );
}

function Cut({ value, full }: { readonly value: string; readonly full: string }) {
  return (
    <span className={styles['cut']} title={full}>
      {value}
    </span>
  );
}

function lastPart(path: string): string {
  return path.split('/').findLast((part) => part !== '') ?? path;
}
