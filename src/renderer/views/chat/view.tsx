/** The chat page: a model and a question come in, streamed tokens with how sure it was go out. */
import { SegmentedControl, Select, UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { type Command, useCommands } from '../../commands/registry.ts';
import { count } from '../../parts/format.ts';
import { ToolRow } from '../../parts/pane.tsx';
import { Panes } from '../../parts/panes.tsx';
import { EmptyState } from '../../parts/states.tsx';
import { TokenLegend } from '../../parts/token-strip.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { useSearchValues } from '../../shell/location.ts';
import { text } from '../../strings/chat.ts';
import { ChatList } from './chat-list.tsx';
import { ChatSettings } from './chat-settings.tsx';
import { askAgain, askChat, changeChat, newChat, useChat } from './chat-state.ts';
import { Composer } from './composer.tsx';
import { ExchangeView, type Measure, SCALES } from './exchange-view.tsx';
import { useChatStream } from './use-chat-stream.ts';
import { useExample } from './use-example.ts';
import styles from './view.module.css';

interface Lit {
  readonly turn: string;
  readonly index: number;
}

export function View() {
  const { current } = useChat();
  const { isWriting, stop } = useChatStream();
  const [measure, setMeasure] = useState<Measure>('logprob');
  const [lit, setLit] = useState<Lit | undefined>();
  const models = useModelChoice();
  useChatCommands(isWriting, stop);
  const token = current.exchanges.find(({ answer }) => answer.turn === lit?.turn)?.answer.tokens[
    lit?.index ?? -1
  ];
  return (
    <Panes
      id="chat"
      list={<ChatList nameOf={models.nameOf} />}
      inspector={<ChatSettings token={token} />}
      inspectorWidth={312}
    >
      <ToolRow
        title={text.chat}
        actions={
          measure !== 'plain' && (
            <span className={styles['legend']}>
              {text.legend[measure]}
              <TokenLegend scale={SCALES[measure]} />
            </span>
          )
        }
      >
        <Select
          className={styles['model'] ?? ''}
          aria-label={text.model}
          searchable
          data={models.options}
          value={current.model}
          onChange={(model) => model !== null && changeChat({ model })}
        />
        <SegmentedControl
          aria-label={text.colour}
          value={measure}
          onChange={(value) => {
            const known = (['plain', 'logprob', 'entropy'] as const).find((one) => one === value);
            if (known !== undefined) setMeasure(known);
          }}
          data={[
            { value: 'logprob', label: text.logprob },
            { value: 'entropy', label: text.entropy },
            { value: 'plain', label: text.plain },
          ]}
        />
      </ToolRow>
      <Exchanges
        measure={measure}
        lit={lit}
        onLight={setLit}
        nameOf={models.nameOf}
        isWriting={isWriting}
      />
      <Composer
        isWriting={isWriting}
        blocked={models.blocked(current.model)}
        onAsk={askChat}
        onStop={stop}
      />
    </Panes>
  );
}

function Exchanges(props: {
  readonly measure: Measure;
  readonly lit: Lit | undefined;
  readonly onLight: (lit: Lit | undefined) => void;
  readonly nameOf: (model: string) => string;
  readonly isWriting: boolean;
}) {
  const { measure, lit, onLight, nameOf, isWriting } = props;
  const { current } = useChat();
  const box = useRef<HTMLDivElement>(null);
  const last = current.exchanges.at(-1);
  const length = last?.answer.tokens.length ?? 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what grows at the end is followed.
  useEffect(() => {
    const element = box.current;
    if (element !== null) element.scrollTop = element.scrollHeight;
  }, [length, current.exchanges.length]);
  if (last === undefined) return <NothingAsked />;
  return (
    <div className={styles['exchanges']} ref={box}>
      {current.exchanges.map((exchange) => {
        const { turn } = exchange.answer;
        return (
          <ExchangeView
            key={turn}
            exchange={exchange}
            model={nameOf(exchange.answer.model)}
            measure={measure}
            lit={lit?.turn === turn ? lit.index : undefined}
            onLight={(index) => onLight(index === undefined ? undefined : { turn, index })}
            onAgain={exchange === last && !isWriting ? askAgain : undefined}
          />
        );
      })}
    </div>
  );
}

/** Before the first question: what will be here, and questions of the workspace's own data. */
function NothingAsked() {
  const examples = [useExample(0), useExample(17), useExample(42)];
  return (
    <div className={styles['exchanges']}>
      <EmptyState title={text.emptyTitle}>{text.empty}</EmptyState>
      <ul className={styles['examples']}>
        {examples.map((example, index) =>
          example === undefined ? null : (
            <li key={index}>
              <UnstyledButton
                className={styles['example']}
                onClick={() => askChat(example.question)}
              >
                {example.question.pictures.slice(0, 1).map(({ sha256 }) => (
                  <img key={sha256} src={`/media/${sha256}?thumb=240`} alt="" />
                ))}
                <span className={styles['exampleText']}>{example.question.text}</span>
                <span className={styles['weak']}>
                  {text.exampleFrom(example.dataset, count(example.row))}
                </span>
              </UnstyledButton>
            </li>
          ),
        )}
      </ul>
    </div>
  );
}

/** Models that can be asked; the address may name one. */
function useModelChoice() {
  const trpc = useTRPC();
  const list = useQuery(trpc.models.list.queryOptions());
  const [values, setValues] = useSearchValues();
  const asked = values['model'];
  useEffect(() => {
    if (typeof asked !== 'string' || list.data === undefined) return;
    if (list.data.some(({ id }) => id === asked)) changeChat({ model: asked });
    setValues({ model: undefined });
  }, [asked, list.data, setValues]);
  return useMemo(() => {
    const nodes = list.data ?? [];
    const find = (id: string) => nodes.find((node) => node.id === id);
    return {
      options: nodes.map((node) => ({
        value: node.id,
        label: node.name,
        disabled: node.problems.some(({ level }) => level === 'block'),
      })),
      nameOf: (id: string) => find(id)?.name ?? id,
      blocked: (id: string) => find(id)?.problems.find(({ level }) => level === 'block')?.reason,
    };
  }, [list.data]);
}

function useChatCommands(isWriting: boolean, stop: () => void): void {
  const commands = useMemo<Command[]>(
    () => [
      {
        id: 'chat.new',
        title: text.newChat,
        group: text.group,
        keys: ['Mod+Shift+O'],
        run: newChat,
      },
      {
        id: 'chat.stop',
        title: text.stop,
        group: text.group,
        keys: ['Escape'],
        ...(isWriting ? {} : { isQuiet: true }),
        run: () => isWriting && stop(),
      },
      {
        id: 'chat.again',
        title: text.regenerate,
        group: text.group,
        keys: ['Mod+Shift+Enter'],
        run: () => !isWriting && askAgain(),
      },
      {
        id: 'chat.focus',
        title: text.prompt,
        group: text.group,
        keys: ['/'],
        isQuiet: true,
        run: () => document.querySelector<HTMLTextAreaElement>('#chat-question')?.focus(),
      },
    ],
    [isWriting, stop],
  );
  useCommands(commands);
}
