/** A setting: name and path on the left; control, what the recipe says, help and problems on the right. */
import { UnstyledButton } from '@mantine/core';
import { isSamePlain, type Plain, type PlainObject } from '../../../shared/merge-slots.ts';
import type { RecipeField, RecipeProblem, RecipeSchema } from '../../../shared/model/recipe.ts';
import { Icon } from '../../parts/icon.tsx';
import { text } from '../../strings/new-run.ts';
import { Control } from './controls.tsx';
import styles from './field-row.module.css';
import { problemText, valueText } from './field-values.ts';
import { ItemsEditor } from './items-editor.tsx';
import { DataPicker, ModelPicker } from './pickers.tsx';
import { valueAt } from './slots.ts';
import type { DraftState } from './use-draft.ts';

/** Slots whose numbers are a paper's, not those of a data set or a machine. */
const HAS_PAPER: ReadonlySet<string> = new Set([
  'rollout',
  'reward',
  'advantage',
  'objective',
  'optimizer',
  'schedule',
]);

export interface FieldRowProps {
  readonly field: RecipeField;
  readonly schema: RecipeSchema;
  readonly state: DraftState;
  /** Every slot as the engine filled it in, where it could. */
  readonly resolved: PlainObject | null;
  readonly problems: readonly RecipeProblem[];
  readonly isFocused: boolean;
  readonly onFocus: (path: string) => void;
}

export function FieldRow(props: FieldRowProps) {
  const { field, schema, state, problems } = props;
  const { path } = field;
  const value = currentValue(props);
  const said = valueAt(schema.defaults as PlainObject, path); // JSON of main
  const paper = valueAt(schema.paperDefaults as PlainObject, path); // JSON of main
  const isChanged = !isSame(value, said) || (path === 'data.source' && state.draft.data !== null);
  const isBad = problems.some(({ severity }) => severity === 'error');
  return (
    <div
      className={styles['row']}
      id={`field-${path}`}
      data-focused={props.isFocused}
      onFocusCapture={() => props.onFocus(path)}
    >
      <div className={styles['label']}>
        <span className={styles['title']}>
          {field.title}
          {isChanged && <span className={styles['dot']} role="img" aria-label={text.changedDot} />}
        </span>
        <span className={`${styles['path']} mono`}>{path}</span>
      </div>
      <div className={styles['side']}>
        <div className={styles['line']}>
          <FieldControl {...props} value={value} isBad={isBad} />
          {isChanged && (
            <>
              {isShort(said) && (
                <span className={styles['said']}>{text.recipeSays(valueText(said))}</span>
              )}
              <UnstyledButton
                className={styles['reset']}
                aria-label={text.resetField(field.title)}
                onClick={() => {
                  state.resetField(path);
                  if (path === 'data.source') state.setData(null);
                }}
              >
                {text.reset}
              </UnstyledButton>
            </>
          )}
          {HAS_PAPER.has(field.group) &&
            !isSame(paper, said) &&
            isShort(paper) &&
            paper !== undefined && (
              <span className={styles['said']}>{text.paperSays(valueText(paper))}</span>
            )}
        </div>
        {field.description !== '' && (
          <p className={styles['help']}>{withCode(field.description)}</p>
        )}
        {problems.map((problem) => (
          <p key={problem.message} className={styles[problem.severity]}>
            <Icon name="warning" size={12} />
            <span>{problemText(problem)}</span>
          </p>
        ))}
      </div>
    </div>
  );
}

function FieldControl(
  props: FieldRowProps & { readonly value: Plain | undefined; readonly isBad: boolean },
) {
  const { field, schema, state, value } = props;
  const isDisabled = state.broken !== null;
  const onChange = (next: Plain) => state.set(field.path, next);
  if (field.path === 'model.path') {
    return <ModelPicker value={String(value ?? '')} isDisabled={isDisabled} onChange={onChange} />;
  }
  if (field.path === 'data.source') {
    return (
      <DataPicker
        source={String(value ?? '')}
        data={state.draft.data}
        isDisabled={isDisabled}
        onSource={(source) => {
          state.setData(null);
          onChange(source);
        }}
        onData={state.setData}
      />
    );
  }
  const control = { field, value, isBad: props.isBad, isDisabled, onChange };
  const itemFields = schema.fields.filter((other) => other.path.startsWith(`${field.path}[].`));
  return itemFields.length > 0 ? (
    <ItemsEditor {...control} itemFields={itemFields} />
  ) : (
    <Control {...control} />
  );
}

/** As typed; else as the engine filled it in; else as the field begins. */
function currentValue({ field, state, resolved }: FieldRowProps): Plain | undefined {
  const typed = valueAt(state.values, field.path);
  if (typed !== undefined) return typed;
  const filled = resolved === null ? undefined : valueAt(resolved, field.path);
  return filled ?? (field.default as Plain | undefined); // JSON of main
}

function isSame(a: Plain | undefined, b: Plain | undefined): boolean {
  return isSamePlain(a ?? null, b ?? null);
}

/** What stands between backticks is code. */
function withCode(words: string) {
  return words
    .split('`')
    .map((part, index) => (index % 2 === 1 ? <code key={part}>{part}</code> : part));
}

/** Whole lists and mixtures are not repeated beside their control. */
function isShort(value: Plain | undefined): boolean {
  return valueText(value).length <= 24;
}
