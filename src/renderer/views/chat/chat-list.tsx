/** The list pane of the chat: the conversation under way, and older ones with their model and date. */
import { ActionIcon, UnstyledButton } from '@mantine/core';
import { moment, plural } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { PaneBody, PaneHead } from '../../parts/pane.tsx';
import { text } from '../../strings/chat.ts';
import styles from './chat-list.module.css';
import { type Conversation, forgetChat, newChat, openChat, useChat } from './chat-state.ts';

export function ChatList({ nameOf }: { readonly nameOf: (model: string) => string }) {
  const { current, older } = useChat();
  return (
    <>
      <PaneHead title={text.chat}>
        <ActionIcon aria-label={text.newChat} onClick={newChat}>
          <Icon name="plus" />
        </ActionIcon>
      </PaneHead>
      <PaneBody>
        <ul>
          <Row chat={current} isCurrent nameOf={nameOf} />
        </ul>
        <h3 className={styles['group']}>{text.history}</h3>
        {older.length === 0 && <p className={styles['none']}>{text.noHistory}</p>}
        <ul>
          {older.map((chat) => (
            <Row key={chat.id} chat={chat} isCurrent={false} nameOf={nameOf} />
          ))}
        </ul>
      </PaneBody>
    </>
  );
}

function Row(props: {
  readonly chat: Conversation;
  readonly isCurrent: boolean;
  readonly nameOf: (model: string) => string;
}) {
  const { chat, isCurrent, nameOf } = props;
  const first = chat.exchanges[0]?.question.text ?? text.newChat;
  return (
    <li className={styles['row']} aria-current={isCurrent}>
      <UnstyledButton className={styles['open']} onClick={() => openChat(chat.id)} title={first}>
        <span className={styles['title']}>{first}</span>
        <span className={styles['weak']}>
          {nameOf(chat.model)}
          {chat.exchanges.length > 0 &&
            `, ${plural(chat.exchanges.length, 'question')}, ${moment(chat.at)}`}
        </span>
      </UnstyledButton>
      {!isCurrent && (
        <ActionIcon aria-label={`${text.forget}: ${first}`} onClick={() => forgetChat(chat.id)}>
          <Icon name="close" size={12} />
        </ActionIcon>
      )}
    </li>
  );
}
