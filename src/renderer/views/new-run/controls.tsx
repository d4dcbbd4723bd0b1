/** One control per type of setting. A field and its value come in; the new value goes out. */
import { MultiSelect, SegmentedControl, Select, Switch, TagsInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Plain, PlainObject } from '../../../shared/merge-slots.ts';
import { isPlainObject } from '../../../shared/merge-slots.ts';
import type { RecipeField } from '../../../shared/model/recipe.ts';
import { text } from '../../strings/new-run.ts';
import styles from './controls.module.css';
import { kindOf, numberText, optionTitle } from './field-values.ts';
import { readValue, writeValue } from './recipe-text.ts';

export interface ControlProps {
  readonly field: RecipeField;
  readonly value: Plain | undefined;
  readonly onChange: (value: Plain) => void;
  readonly isBad: boolean;
  readonly isDisabled: boolean;
}

export function Control(props: ControlProps) {
  switch (props.field.type) {
    case 'number':
    case 'integer':
      return <NumberControl {...props} />;
    case 'boolean':
      return <BooleanControl {...props} />;
    case 'enum':
      return <EnumControl {...props} />;
    case 'choice':
      return <ChoiceControl {...props} />;
    case 'object':
      return <ObjectControl {...props} />;
    case 'list':
      return <ListControl {...props} />;
    case 'record':
      return <YamlControl {...props} />;
    case 'text':
      return <TextControl {...props} />;
  }
}

/** Text, so that 1e-6 can be typed as it is said. */
function NumberControl({ field, value, onChange, isBad, isDisabled }: ControlProps) {
  const [draft, setDraft] = useState<string>();
  const shown = draft ?? (typeof value === 'number' ? numberText(value) : '');
  const problem = draft === undefined ? undefined : numberProblem(draft, field);
  return (
    <TextInput
      className={styles['number'] ?? ''}
      aria-label={field.title}
      inputMode="decimal"
      value={shown}
      disabled={isDisabled}
      placeholder={field.isNullable ? text.off : ''}
      error={problem ?? isBad}
      rightSection={
        field.unit === null ? undefined : <span className={styles['unit']}>{field.unit}</span>
      }
      rightSectionWidth={field.unit === null ? 28 : 12 + field.unit.length * 7}
      onChange={(event) => {
        const typed = event.currentTarget.value;
        setDraft(typed);
        if (numberProblem(typed, field) !== undefined) return;
        if (typed.trim() === '') onChange(null);
        else onChange(Number(typed));
      }}
      onBlur={() => {
        if (problem === undefined) setDraft(undefined);
      }}
    />
  );
}

function numberProblem(typed: string, field: RecipeField): string | undefined {
  const words = typed.trim();
  if (words === '') return field.isNullable ? undefined : text.notANumber;
  const value = Number(words);
  if (!Number.isFinite(value)) return text.notANumber;
  if (field.type === 'integer' && !Number.isInteger(value)) return text.notWhole;
  if (field.min !== null && value < field.min) return text.atLeast(numberText(field.min));
  if (field.max !== null && value > field.max) return text.atMost(numberText(field.max));
  return undefined;
}

function BooleanControl({ field, value, onChange, isDisabled }: ControlProps) {
  return (
    <Switch
      aria-label={field.title}
      checked={value === true}
      disabled={isDisabled}
      onChange={(event) => onChange(event.currentTarget.checked)}
    />
  );
}

/** Few short words stand side by side, more in a list. */
const MOST_SEGMENTS = 4;
const LONGEST_ROW = 36;
const OFF = '';

function EnumControl({ field, value, onChange, isBad, isDisabled }: ControlProps) {
  const options = [
    ...(field.isNullable ? [{ value: OFF, label: text.off }] : []),
    ...field.options.map((option) => ({ value: option.value, label: optionTitle(option.value) })),
  ];
  const current = typeof value === 'string' ? value : OFF;
  const choose = (next: string | null) => onChange(next === OFF || next === null ? null : next);
  const isShort = options.map(({ label }) => label).join('  ').length <= LONGEST_ROW;
  if (options.length <= MOST_SEGMENTS && isShort) {
    return (
      <SegmentedControl
        aria-label={field.title}
        data={options}
        value={current}
        disabled={isDisabled}
        onChange={choose}
      />
    );
  }
  return (
    <Select
      className={styles['select'] ?? ''}
      aria-label={field.title}
      data={options}
      value={current}
      disabled={isDisabled}
      error={isBad}
      onChange={choose}
    />
  );
}

/** Another kind replaces the whole choice; the recipe's schema fills in the rest. */
function ChoiceControl({ field, value, onChange, isBad, isDisabled }: ControlProps) {
  const kind = kindOf(value) ?? OFF;
  const options = [
    ...(field.isNullable ? [{ value: OFF, label: text.off }] : []),
    ...field.options.map((option) => ({ value: option.value, label: optionTitle(option.value) })),
  ];
  const said = field.options.find((option) => option.value === kind)?.description ?? '';
  return (
    <div>
      <Select
        className={styles['select'] ?? ''}
        aria-label={field.title}
        data={options}
        value={kind}
        disabled={isDisabled}
        error={isBad}
        onChange={(next) => onChange(next === OFF || next === null ? null : { kind: next })}
      />
      {said !== '' && <p className={styles['said']}>{said}</p>}
    </div>
  );
}

/** A part that is on or off; what is in it are settings of their own. */
function ObjectControl({ field, value, onChange, isDisabled }: ControlProps) {
  if (!field.isNullable) return null;
  return (
    <Switch
      aria-label={field.title}
      label={isPlainObject(value ?? null) ? 'on' : text.off}
      checked={isPlainObject(value ?? null)}
      disabled={isDisabled}
      onChange={(event) => onChange(event.currentTarget.checked ? startOf(field) : null)}
    />
  );
}

/** What the recipe has where it is on, or nothing: the schema fills it in. */
function startOf(field: RecipeField): PlainObject {
  const { default: said } = field;
  return typeof said === 'object' && said !== null ? (said as PlainObject) : {}; // JSON of main
}

function ListControl(props: ControlProps) {
  const { field, value, onChange, isDisabled } = props;
  const items = Array.isArray(value) ? (value as readonly Plain[]) : []; // a list of plain data
  const words = items.map(String);
  if (field.options.length > 0) {
    return (
      <MultiSelect
        className={styles['wide'] ?? ''}
        aria-label={field.title}
        data={field.options.map((option) => option.value)}
        value={words}
        disabled={isDisabled}
        onChange={(next) => onChange(next)}
      />
    );
  }
  return (
    <TagsInput
      className={styles['wide'] ?? ''}
      aria-label={field.title}
      value={words}
      disabled={isDisabled}
      placeholder={text.addValue}
      onChange={(next) =>
        onChange(
          next.map((word) =>
            items.every((item) => typeof item === 'number') && items.length > 0
              ? Number(word)
              : word,
          ),
        )
      }
    />
  );
}

function TextControl({ field, value, onChange, isBad, isDisabled }: ControlProps) {
  const shown = typeof value === 'string' ? value : '';
  return (
    <TextInput
      className={styles['wide'] ?? ''}
      aria-label={field.title}
      value={shown}
      disabled={isDisabled}
      error={isBad}
      placeholder={field.isNullable ? text.off : text.empty}
      onChange={(event) => {
        const typed = event.currentTarget.value;
        onChange(field.isNullable && typed === '' ? null : typed);
      }}
    />
  );
}

/** A mixture or a range: one line of YAML. */
function YamlControl({ field, value, onChange, isBad, isDisabled }: ControlProps) {
  const [draft, setDraft] = useState<string>();
  const parsed = draft === undefined || draft.trim() === '' ? null : readValue(draft);
  const isBroken = draft !== undefined && draft.trim() !== '' && typeof parsed !== 'object';
  return (
    <TextInput
      className={`${styles['wide']} mono`}
      aria-label={field.title}
      value={draft ?? writeValue(value ?? null)}
      disabled={isDisabled}
      placeholder={field.isNullable ? text.off : '{ }'}
      error={isBroken ? text.notYaml : isBad}
      onChange={(event) => {
        const typed = event.currentTarget.value;
        setDraft(typed);
        if (typed.trim() === '') {
          onChange(field.isNullable ? null : {});
          return;
        }
        const next = readValue(typed);
        if (typeof next === 'object' && next !== null) onChange(next);
      }}
      onBlur={() => {
        if (!isBroken) setDraft(undefined);
      }}
    />
  );
}
