/** A recipe file of this browser's machine becomes a saved recipe: text or a file comes in. */
import { Button, FileButton, Modal, Textarea, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { ErrorState } from '../../parts/states.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { say } from '../../shell/undo-bar.tsx';
import { text } from '../../strings/new-run.ts';
import { text as runsText } from '../../strings/runs.ts';
import styles from './yaml-pane.module.css';

export function ImportYaml(props: {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onImported: (recipe: string) => void;
}) {
  const trpc = useTRPC();
  const [name, setName] = useState('');
  const [yaml, setYaml] = useState('');
  const save = useMutation(
    trpc.recipes.importYaml.mutationOptions({
      onSuccess: (saved) => {
        say(text.saved(saved.name));
        props.onImported(saved.id);
        props.onClose();
      },
    }),
  );
  return (
    <Modal opened={props.isOpen} onClose={props.onClose} title={text.importYaml} size={560}>
      <form
        className={styles['save']}
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate({ name, yaml });
        }}
      >
        <TextInput
          label={text.saveName}
          required
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <FileButton
          accept=".yaml,.yml"
          onChange={(file) => {
            if (file === null) return;
            if (name === '') setName(file.name.replace(/\.ya?ml$/, ''));
            void file.text().then(setYaml);
          }}
        >
          {(button) => <Button {...button}>{text.importYamlTitle}</Button>}
        </FileButton>
        <Textarea
          label={text.yamlTitle}
          autosize
          minRows={8}
          maxRows={18}
          classNames={{ input: 'mono' }}
          value={yaml}
          onChange={(event) => setYaml(event.currentTarget.value)}
        />
        {save.error !== null && <ErrorState error={save.error} />}
        <div className={styles['terminal']}>
          <Button onClick={props.onClose}>{runsText.cancel}</Button>
          <Button
            type="submit"
            variant="filled"
            disabled={name.trim() === '' || yaml.trim() === ''}
            loading={save.isPending}
          >
            {text.importYaml}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
