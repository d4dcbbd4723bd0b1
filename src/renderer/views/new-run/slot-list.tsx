/** The recipe and its slots: which one, what each slot comes to, where it was changed or does not fit. */
import { ActionIcon, Select, Tooltip, UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { RecipeProblem } from '../../../shared/model/recipe.ts';
import { Icon } from '../../parts/icon.tsx';
import { PaneBody, PaneFoot, PaneHead } from '../../parts/pane.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { text } from '../../strings/new-run.ts';
import { inWorkOrder, slotSummary } from './field-values.ts';
import styles from './slot-list.module.css';
import type { DraftState } from './use-draft.ts';

export function SlotList(props: {
  readonly state: DraftState;
  readonly problems: readonly RecipeProblem[];
  readonly differences: number;
  readonly current: string | undefined;
  readonly onChoose: (group: string) => void;
}) {
  const { state, problems } = props;
  const { draft, schema, values } = state;
  const groups = schema === undefined ? [] : inWorkOrder(schema.groups);
  return (
    <>
      <PaneHead
        title={text.title}
        hint={schema === undefined ? undefined : text.shapes[schema.shape]}
      />
      <PaneBody>
        <div className={styles['recipe']}>
          <RecipeSelect value={draft.recipe} onChange={state.setRecipe} />
          {schema !== undefined && <p className={styles['differs']}>{schema.differs}</p>}
        </div>
        <div className={styles['head']}>
          <h3>{text.slots}</h3>
          <span>{groups.length}</span>
        </div>
        <ul>
          {groups.map((group) => {
            const isChanged =
              group.id in draft.changes || (group.id === 'data' && draft.data !== null);
            const isBad = problems.some(
              ({ path, severity }) => severity === 'error' && isIn(path, group.id),
            );
            return (
              <li key={group.id}>
                <UnstyledButton
                  className={styles['slot']}
                  aria-current={group.id === props.current ? 'true' : undefined}
                  onClick={() => props.onChoose(group.id)}
                >
                  <span className={styles['text']}>
                    <span className={styles['title']}>{group.title}</span>
                    <span className={styles['summary']}>{slotSummary(group.id, values)}</span>
                  </span>
                  {isChanged && (
                    <span className={styles['dot']} role="img" aria-label={text.changedDot} />
                  )}
                  {isBad && (
                    <span className={styles['bad']}>
                      <Icon name="warning" size={14} label={text.problems(1)} />
                    </span>
                  )}
                </UnstyledButton>
              </li>
            );
          })}
        </ul>
      </PaneBody>
      <PaneFoot>
        <div className={styles['foot']}>
          {props.differences > 0 && <span className={styles['dot']} aria-hidden />}
          <span className={styles['grow']}>{text.differs(props.differences)}</span>
          {props.differences > 0 && (
            <Tooltip label={text.resetAll}>
              <ActionIcon aria-label={text.resetAll} onClick={state.resetAll}>
                <Icon name="undo" />
              </ActionIcon>
            </Tooltip>
          )}
        </div>
      </PaneFoot>
    </>
  );
}

export function isIn(path: string, group: string): boolean {
  return path === group || path.startsWith(`${group}.`);
}

function RecipeSelect(props: { readonly value: string; readonly onChange: (id: string) => void }) {
  const trpc = useTRPC();
  const recipes = useQuery(trpc.recipes.list.queryOptions()).data ?? [];
  const groups = (['saved', 'shipped', 'built-in'] as const).map((source) => ({
    group: text.sources[source],
    items: recipes
      .filter((recipe) => recipe.source === source)
      .map(({ id, title }) => ({
        value: id,
        label: source === 'built-in' ? `${title} (${id})` : title,
      })),
  }));
  return (
    <Select
      label={text.recipe}
      searchable
      placeholder={text.findRecipe}
      value={props.value}
      data={groups.filter(({ items }) => items.length > 0)}
      onChange={(id) => id !== null && props.onChange(id)}
    />
  );
}
