/** A look at the files of a model: at once for an adapter, whose base must be the one it was trained on. */
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ModelNode } from '../../../shared/model/model.ts';
import { Section } from '../../parts/pane.tsx';
import { ErrorState, LoadingRows } from '../../parts/states.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { text } from '../../strings/models.ts';
import { CheckReport } from './check-report.tsx';
import styles from './model-inspector.module.css';

export function CheckSection({ node }: { readonly node: ModelNode }) {
  const trpc = useTRPC();
  const [isAsked, setAsked] = useState(node.isAdapter);
  const check = useQuery(
    trpc.models.check.queryOptions({ path: node.path }, { enabled: isAsked && !node.isMissing }),
  );
  const base = check.data?.base;
  return (
    <Section title={text.files}>
      {!isAsked && (
        <Button disabled={node.isMissing} onClick={() => setAsked(true)}>
          {text.checkFiles}
        </Button>
      )}
      {isAsked && check.isPending && !node.isMissing && (
        <LoadingRows label={text.checking} rows={4} />
      )}
      {check.error !== null && <ErrorState error={check.error} />}
      {base?.isSame === true && <p className={styles['weak']}>{text.sameBase}</p>}
      {check.data !== undefined && <CheckReport check={check.data} />}
    </Section>
  );
}
