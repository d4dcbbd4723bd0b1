/** The settings of a recipe, slot by slot: which to show comes in, edits go to the draft. */
import { Button } from '@mantine/core';
import type { PlainObject } from '../../../shared/merge-slots.ts';
import type { RecipeField, RecipeProblem, RecipeSchema } from '../../../shared/model/recipe.ts';
import { Chip } from '../../parts/chip.tsx';
import { Icon } from '../../parts/icon.tsx';
import { text } from '../../strings/new-run.ts';
import { FieldRow } from './field-row.tsx';
import { inWorkOrder, isAbout, isInForce, isItemField, problemText } from './field-values.ts';
import styles from './settings-form.module.css';
import { isIn } from './slot-list.tsx';
import type { DraftState } from './use-draft.ts';

export interface SettingsFormProps {
  readonly schema: RecipeSchema;
  readonly state: DraftState;
  readonly resolved: PlainObject | null;
  readonly problems: readonly RecipeProblem[];
  readonly isAll: boolean;
  /** '' = no search. */
  readonly find: string;
  readonly focused: string | undefined;
  readonly onFocus: (path: string) => void;
}

export function SettingsForm(props: SettingsFormProps) {
  const { schema, state, problems, find } = props;
  const paths = new Set(schema.fields.map(({ path }) => path));
  const fits = (field: RecipeField) => {
    if (isItemField(field) || (field.type === 'object' && !field.isNullable)) return false;
    if (!isInForce(field, state.values, paths)) return false;
    if (find !== '') return isAbout(field, find);
    return props.isAll || !field.isAdvanced || problems.some(({ path }) => path === field.path);
  };
  const shown = schema.fields.filter(fits);
  if (find !== '' && shown.length === 0)
    return <p className={styles['none']}>{text.noneFound(find)}</p>;
  return (
    <div className={styles['form']}>
      {inWorkOrder(schema.groups).map((group) => {
        const fields = shown.filter((field) => field.group === group.id);
        if (fields.length === 0 && find !== '') return null;
        const own = problems.filter(({ path }) => isIn(path, group.id));
        return (
          <section key={group.id} id={`slot-${group.id}`} aria-label={group.title}>
            <div className={styles['head']}>
              <h2>{group.title}</h2>
              <span className={styles['what']}>{group.description}</span>
              {own.length > 0 && <Problems problems={own} />}
              {group.id === 'advantage' && <PaperLink paper={schema.paper} />}
            </div>
            {fields.length === 0 && <p className={styles['none']}>{text.allHidden}</p>}
            {fields.map((field) => (
              <FieldRow
                key={field.path}
                field={field}
                schema={schema}
                state={state}
                resolved={props.resolved}
                problems={own.filter(({ path }) => problemField(path, fields) === field.path)}
                isFocused={props.focused === field.path}
                onFocus={props.onFocus}
              />
            ))}
            {own
              .filter(({ path }) => problemField(path, fields) === undefined)
              .map((problem) => (
                <p key={`${problem.path}${problem.message}`} className={styles[problem.severity]}>
                  <Icon name="warning" size={12} />
                  {problem.path}: {problemText(problem)}
                </p>
              ))}
          </section>
        );
      })}
    </div>
  );
}

/** The setting that shows a problem: its own, or the nearest around it. */
function problemField(path: string, fields: readonly RecipeField[]): string | undefined {
  return fields
    .map((field) => field.path)
    .filter(
      (field) => path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`),
    )
    .sort((a, b) => b.length - a.length)[0];
}

function Problems({ problems }: { readonly problems: readonly RecipeProblem[] }) {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  return errors > 0 ? (
    <Chip tone="danger">
      <Icon name="warning" size={12} />
      {text.problems(errors)}
    </Chip>
  ) : (
    <Chip tone="warn">
      <Icon name="warning" size={12} />
      {text.warnings(problems.length)}
    </Chip>
  );
}

/** Papers are only named: the window loads nothing from elsewhere; the browser may. */
function PaperLink({ paper }: { readonly paper: string }) {
  const id = paper.match(/^(?:arXiv:)?(\d{4}\.\d{4,5})$/i)?.[1];
  const href = id === undefined ? paper : `https://arxiv.org/abs/${id}`;
  if (!href.startsWith('https://')) return null;
  return (
    <Button
      component="a"
      href={href}
      target="_blank"
      rel="noreferrer"
      variant="subtle"
      className={styles['paper'] ?? ''}
      leftSection={<Icon name="file" />}
    >
      {text.paper}
    </Button>
  );
}
