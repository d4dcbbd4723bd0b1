/** The prompt of the group, pinned: picture, question, truth, what the group made of it, where to send a completion. */
import { ActionIcon, Button } from '@mantine/core';
import type { GroupDetail, SendTarget } from '../../../shared/model/rollout.ts';
import { percent, quantity } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { ImageStage } from '../../parts/image-stage.tsx';
import { Keys } from '../../parts/keys.tsx';
import { Facts, PaneBody, PaneHead, Section } from '../../parts/pane.tsx';
import { text } from '../../strings/rollouts.ts';
import styles from './prompt-pane.module.css';

export const SEND_KEYS: Readonly<Record<SendTarget, string>> = {
  annotator: 'Shift+A',
  pair: 'Shift+Y',
  golden: 'Shift+G',
  eval: 'Shift+E',
};

export interface PromptPaneProps {
  readonly group: GroupDetail;
  readonly sample: number | undefined;
  readonly isWatched: boolean;
  readonly onWatch: () => void;
  readonly onSend: (to: SendTarget) => void;
}

export function PromptPane({ group, sample, isWatched, onWatch, onSend }: PromptPaneProps) {
  const picture = group.sample?.images[0];
  const { sampling } = group;
  const most = group.answers[0]?.count ?? 0;
  return (
    <div className={styles['pane']}>
      <PaneHead title={text.prompt} hint={text.row(group.row)}>
        <ActionIcon
          aria-label={isWatched ? text.unpin : text.pin}
          aria-pressed={isWatched}
          onClick={onWatch}
          color={isWatched ? 'blue' : 'gray'}
        >
          <Icon name="pin" />
        </ActionIcon>
      </PaneHead>
      <PaneBody>
        {picture !== undefined && (
          <div className={styles['stage']}>
            <ImageStage
              key={picture.sha256}
              sha256={picture.sha256}
              width={picture.width ?? 1}
              height={picture.height ?? 1}
              alt={group.question}
            />
          </div>
        )}
        <p className={styles['question']}>{group.question}</p>
        <div className={styles['facts']}>
          <Facts
            rows={[
              [text.truth, <strong key="t">{group.target ?? '–'}</strong>],
              [text.right, text.rightOf(quantity(group.right), group.size, group.unique)],
              [text.reward, text.meanStd(quantity(group.rewardMean), quantity(group.rewardStd))],
              [
                text.sampler,
                text.samplerOf(
                  quantity(sampling.temperature),
                  quantity(sampling.topP),
                  quantity(sampling.seed),
                ),
              ],
              [text.policy, text.step(String(Math.max(0, group.step - 1)))],
            ]}
          />
        </div>
        <Section
          title={text.answers}
          hint={text.agreement(percent(most / Math.max(1, group.size)))}
        >
          <div className={styles['answers']}>
            {group.answers.map((answer) => (
              <span
                key={answer.text}
                style={{ flexGrow: answer.count }}
                data-right={answer.isRight === true || undefined}
                title={`${answer.text}: ${answer.count}`}
              >
                {answer.text === '' ? text.noAnswer : answer.text}
              </span>
            ))}
          </div>
        </Section>
      </PaneBody>
      {sample !== undefined && (
        <div className={styles['send']}>
          <h3>{text.sendTo(sample + 1)}</h3>
          {(['annotator', 'pair', 'golden', 'eval'] as const).map((to) => (
            <Button
              key={to}
              justify="space-between"
              fullWidth
              rightSection={<Keys chord={SEND_KEYS[to]} />}
              onClick={() => onSend(to)}
            >
              {text.send[to]}
            </Button>
          ))}
        </div>
      )}
    </div>
  );
}
