/** The inspector of the chat: the lit token, how tokens are drawn, and the system prompt. */
import { NumberInput, Textarea } from '@mantine/core';
import type { ChatToken, SamplingSettings } from '../../../shared/model/model.ts';
import { PaneBody, PaneHead, Section } from '../../parts/pane.tsx';
import { text } from '../../strings/chat.ts';
import styles from './chat-settings.module.css';
import { changeChat, useChat } from './chat-state.ts';
import { TokenCard } from './token-card.tsx';

interface Field {
  readonly id: keyof SamplingSettings;
  readonly label: string;
  readonly hint?: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly isInteger?: boolean;
}

const FIELDS: readonly Field[] = [
  {
    id: 'temperature',
    label: text.temperature,
    hint: text.temperatureHint,
    min: 0,
    max: 100,
    step: 0.1,
  },
  { id: 'topP', label: text.topP, hint: text.topPHint, min: 0.001, max: 1, step: 0.05 },
  {
    id: 'topK',
    label: text.topK,
    hint: text.topKHint,
    min: 0,
    max: 1_000_000,
    step: 1,
    isInteger: true,
  },
  { id: 'minP', label: text.minP, hint: text.minPHint, min: 0, max: 1, step: 0.01 },
  { id: 'maxTokens', label: text.maxTokens, min: 1, max: 131_072, step: 16, isInteger: true },
  {
    id: 'seed',
    label: text.seed,
    hint: text.seedHint,
    min: 0,
    max: 9_007_199_254_740_991,
    step: 1,
    isInteger: true,
  },
];

export function ChatSettings({ token }: { readonly token: ChatToken | undefined }) {
  const { current } = useChat();
  const { sampling } = current;
  return (
    <>
      <PaneHead title={text.token} hint={token === undefined ? undefined : `${token.index + 1}`} />
      <PaneBody>
        <div className={styles['token']}>
          <TokenCard token={token} />
        </div>
        <Section title={text.sampling}>
          <div className={styles['fields']}>
            {FIELDS.map(({ id, label, hint, min, max, step, isInteger = false }) => (
              <NumberInput
                key={id}
                className={styles['field'] ?? ''}
                label={label}
                {...(hint === undefined ? {} : { title: hint })}
                min={min}
                max={max}
                step={step}
                hideControls={false}
                allowDecimal={!isInteger}
                clampBehavior="blur"
                value={sampling[id]}
                onChange={(value) => {
                  if (typeof value !== 'number' || value < min || value > max) return;
                  changeChat({ sampling: { ...sampling, [id]: value } });
                }}
              />
            ))}
          </div>
        </Section>
        <Section title={text.system}>
          <Textarea
            aria-label={text.system}
            placeholder={text.systemPlaceholder}
            autosize
            minRows={3}
            maxRows={12}
            value={current.system}
            onChange={(event) => changeChat({ system: event.currentTarget.value })}
          />
        </Section>
      </PaneBody>
    </>
  );
}
