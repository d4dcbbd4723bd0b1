/** A list of parts, such as terms of a reward: each with its kind and its own settings; add, take out. */
import { ActionIcon, Button, Select } from '@mantine/core';
import { isPlainObject, type Plain, type PlainObject } from '../../../shared/merge-slots.ts';
import type { RecipeField } from '../../../shared/model/recipe.ts';
import { Icon } from '../../parts/icon.tsx';
import { text } from '../../strings/new-run.ts';
import styles from './controls.module.css';
import { Control, type ControlProps } from './controls.tsx';
import { kindOf, optionTitle } from './field-values.ts';
import { valueAt, withValue } from './slots.ts';

export function ItemsEditor(props: ControlProps & { readonly itemFields: readonly RecipeField[] }) {
  const { field, itemFields, value, onChange, isDisabled } = props;
  const items = Array.isArray(value) ? (value as readonly Plain[]) : []; // a list of plain data
  const kinds = field.options.map(({ value }) => value);
  const replace = (index: number, next: Plain) =>
    onChange(items.map((item, at) => (at === index ? next : item)));
  const firstKind = kinds[0];
  const fresh: PlainObject = firstKind === undefined ? {} : { kind: firstKind, weight: 1 };
  return (
    <div className={styles['items']}>
      {items.map((item, index) => (
        <div key={index} className={styles['item']}>
          <div className={styles['itemHead']}>
            {kinds.length > 0 ? (
              <Select
                className={styles['grow'] ?? ''}
                aria-label={`${field.title} ${text.item(index + 1)}`}
                data={kinds.map((kind) => ({ value: kind, label: optionTitle(kind) }))}
                value={kindOf(item)}
                disabled={isDisabled}
                onChange={(kind) => kind !== null && replace(index, ofKind(item, kind))}
              />
            ) : (
              <span className={styles['grow']}>{text.item(index + 1)}</span>
            )}
            <ActionIcon
              aria-label={text.removeItem(kindOf(item) ?? text.item(index + 1))}
              disabled={isDisabled}
              onClick={() => onChange(items.filter((_, at) => at !== index))}
            >
              <Icon name="close" size={12} />
            </ActionIcon>
          </div>
          <ItemFields
            list={field.path}
            fields={itemFields}
            item={isPlainObject(item) ? item : {}}
            isDisabled={isDisabled}
            onChange={(next) => replace(index, next)}
          />
        </div>
      ))}
      <Button
        variant="subtle"
        className={styles['add'] ?? ''}
        leftSection={<Icon name="plus" size={12} />}
        disabled={isDisabled}
        onClick={() => onChange([...items, fresh])}
      >
        {text.addItem}
      </Button>
    </div>
  );
}

/** What another kind has in common with the old one stays. */
function ofKind(item: Plain, kind: string): PlainObject {
  const weight = isPlainObject(item) ? item['weight'] : undefined;
  return weight === undefined ? { kind } : { kind, weight };
}

function ItemFields(props: {
  readonly list: string;
  readonly fields: readonly RecipeField[];
  readonly item: PlainObject;
  readonly isDisabled: boolean;
  readonly onChange: (item: PlainObject) => void;
}) {
  const { list, fields, item } = props;
  const kind = kindOf(item);
  const shown = fields.filter(
    ({ when }) => when === null || (kind !== null && when.kinds.includes(kind)),
  );
  return (
    <div className={styles['itemFields']}>
      {shown.map((field) => {
        const path = field.path.slice(`${list}[].`.length);
        return [
          <span key={`${path} label`} className={styles['itemLabel']} title={field.description}>
            {field.title}
          </span>,
          <Control
            key={path}
            field={field}
            value={valueAt(item, path)}
            isBad={false}
            isDisabled={props.isDisabled}
            onChange={(value) => props.onChange(withValue(item, path, value))}
          />,
        ];
      })}
    </div>
  );
}
