/** How marks, picture paths, boxes and the names of the turns are read. */
import { Select, TagsInput, TextInput } from '@mantine/core';
import { boxScale, type Mapping, mappingOptions } from '../../../shared/model/import.ts';
import { Section } from '../../parts/pane.tsx';
import { text } from '../../strings/import.ts';
import styles from './mapping-options.module.css';

const MARKS = mappingOptions.shape.marks.unwrap().options;

export function MappingOptionsForm(props: {
  readonly mapping: Mapping;
  readonly onMapping: (mapping: Mapping) => void;
}) {
  const { mapping, onMapping } = props;
  const { options } = mapping;
  const set = (change: Partial<Mapping['options']>) =>
    onMapping({ ...mapping, options: { ...options, ...change } });
  const setTags = (change: Partial<Mapping['options']['tags']>) =>
    set({ tags: { ...options.tags, ...change } });
  return (
    <Section title={text.options}>
      <div className={styles['grid']}>
        <TextInput
          label={text.imageRoot}
          description={text.imageRootHint}
          value={options.imageRoot ?? ''}
          onChange={(event) =>
            set({ imageRoot: event.currentTarget.value === '' ? null : event.currentTarget.value })
          }
        />
        <Select
          label={text.marks}
          description={text.marksHint}
          value={options.marks}
          data={MARKS}
          onChange={(next) => {
            const marks = MARKS.find((known) => known === next);
            if (marks !== undefined) set({ marks });
          }}
        />
        <Select
          label={text.boxes}
          value={options.boxes}
          data={boxScale.options}
          onChange={(next) => {
            const boxes = boxScale.options.find((known) => known === next);
            if (boxes !== undefined) set({ boxes });
          }}
        />
        <TextInput
          label={text.suffix}
          value={options.promptSuffix}
          onChange={(event) => set({ promptSuffix: event.currentTarget.value })}
        />
        <TagsInput
          label={text.userTags}
          value={options.tags.user}
          onChange={(user) => setTags({ user })}
        />
        <TagsInput
          label={text.assistantTags}
          value={options.tags.assistant}
          onChange={(assistant) => setTags({ assistant })}
        />
      </div>
    </Section>
  );
}
