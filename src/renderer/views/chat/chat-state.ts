/**
 * Conversations with models, kept on this machine: questions and answers with every token come in,
 * the current conversation and the older ones go out. The newest are kept in the browser's storage;
 * older tokens lose their alternatives first when that is full.
 */
import { useSyncExternalStore } from 'react';
import type {
  ChatEvent,
  ChatRequest,
  ChatToken,
  SamplingSettings,
} from '../../../shared/model/model.ts';

export interface Picture {
  readonly sha256: string;
  readonly width: number;
  readonly height: number;
}

export interface Question {
  readonly text: string;
  readonly pictures: readonly Picture[];
}

export interface Answer {
  /** Names the answer to main. */
  readonly turn: string;
  /** Who answered: the conversation may have gone on with another model. */
  readonly model: string;
  readonly tokens: readonly ChatToken[];
  /** What is going on before the first token. */
  readonly status: string;
  readonly end: Extract<ChatEvent, { type: 'done' }> | undefined;
  readonly error: unknown;
}

export interface Exchange {
  readonly question: Question;
  readonly answer: Answer;
}

export interface Conversation {
  readonly id: string;
  readonly at: number;
  readonly model: string;
  readonly system: string;
  readonly sampling: SamplingSettings;
  readonly exchanges: readonly Exchange[];
}

interface State {
  readonly current: Conversation;
  readonly older: readonly Conversation[];
  /** What main is asked for now. */
  readonly pending: ChatRequest | undefined;
}

const KEY = 'chat.conversations';
const KEPT = 30;
export const FIRST_SAMPLING: SamplingSettings = {
  temperature: 1,
  topK: 0,
  topP: 1,
  minP: 0,
  maxTokens: 128,
  seed: 1,
};

let state: State = { current: fresh('starter', ''), older: load(), pending: undefined };
const listeners = new Set<() => void>();

export function useChat(): State {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}

/** Changes model, system prompt or sampling of the current conversation. */
export function changeChat(
  change: Partial<Pick<Conversation, 'model' | 'system' | 'sampling'>>,
): void {
  set({ ...state, current: { ...state.current, ...change } });
}

/** Puts the current conversation away and begins another with the same settings. */
export function newChat(): void {
  const { current, older } = state;
  const kept = current.exchanges.length === 0 ? older : [current, ...older];
  const next = { ...fresh(current.model, current.system), sampling: current.sampling };
  set({ current: next, older: kept.slice(0, KEPT), pending: undefined });
  save();
}

export function openChat(id: string): void {
  const chosen = state.older.find((chat) => chat.id === id);
  if (chosen === undefined) return;
  const rest = state.older.filter((chat) => chat.id !== id);
  const { current } = state;
  const kept = current.exchanges.length === 0 ? rest : [current, ...rest];
  set({ current: chosen, older: kept, pending: undefined });
  save();
}

export function forgetChat(id: string): void {
  set({ ...state, older: state.older.filter((chat) => chat.id !== id) });
  save();
}

/** Asks a question; the answer fills as main tells its tokens. */
export function askChat(question: Question): void {
  const { current } = state;
  const turn = crypto.randomUUID();
  const answer: Answer = {
    turn,
    model: current.model,
    tokens: [],
    status: '',
    end: undefined,
    error: undefined,
  };
  const exchanges = [...current.exchanges, { question, answer }];
  set({
    ...state,
    current: { ...current, at: Date.now(), exchanges },
    pending: requestOf({ ...current, exchanges }, turn),
  });
}

/** Takes the last answer away and asks its question again, with the settings of now. */
export function askAgain(): void {
  const last = state.current.exchanges.at(-1);
  if (last === undefined) return;
  const exchanges = state.current.exchanges.slice(0, -1);
  set({ ...state, current: { ...state.current, exchanges } });
  askChat(last.question);
}

/** What main told about the answer under way. */
export function tellChat(event: ChatEvent): void {
  const turn = state.pending?.turn;
  if (turn === undefined) return;
  switch (event.type) {
    case 'status':
      changeAnswer(turn, (answer) => ({ ...answer, status: event.text }));
      break;
    case 'token':
      changeAnswer(turn, (answer) => {
        // After a reload main tells all of it again.
        const tokens = answer.tokens.slice(0, event.token.index);
        return { ...answer, tokens: [...tokens, event.token] };
      });
      break;
    case 'done':
      changeAnswer(turn, (answer) => ({ ...answer, end: event }));
      endTurn();
      break;
  }
}

export function failChat(error: unknown): void {
  const turn = state.pending?.turn;
  if (turn !== undefined) changeAnswer(turn, (answer) => ({ ...answer, error }));
  endTurn();
}

function endTurn(): void {
  set({ ...state, pending: undefined });
  save();
}

function changeAnswer(turn: string, change: (answer: Answer) => Answer): void {
  const exchanges = state.current.exchanges.map((exchange) =>
    exchange.answer.turn === turn ? { ...exchange, answer: change(exchange.answer) } : exchange,
  );
  set({ ...state, current: { ...state.current, exchanges } });
}

function requestOf(chat: Conversation, turn: string): ChatRequest {
  const messages = chat.exchanges.flatMap(({ question, answer }) => [
    {
      role: 'user' as const,
      text: question.text,
      images: question.pictures.map(({ sha256 }) => sha256),
    },
    ...(answer.turn === turn
      ? []
      : [{ role: 'assistant' as const, text: textOf(answer), images: [] }]),
  ]);
  const system = chat.system.trim();
  return {
    turn,
    model: chat.model,
    messages:
      system === '' ? messages : [{ role: 'system', text: system, images: [] }, ...messages],
    sampling: chat.sampling,
    top: 5,
  };
}

export function textOf(answer: Answer): string {
  return answer.end?.text ?? answer.tokens.map(({ text }) => text).join('');
}

function fresh(model: string, system: string): Conversation {
  return {
    id: crypto.randomUUID(),
    at: Date.now(),
    model,
    system,
    sampling: FIRST_SAMPLING,
    exchanges: [],
  };
}

function set(next: State): void {
  state = next;
  for (const listener of listeners) listener();
}

function load(): readonly Conversation[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    // Written by `save` below; anything else fails the check of its form and is dropped.
    return Array.isArray(stored) ? (stored as Conversation[]).filter(isConversation) : [];
  } catch {
    return [];
  }
}

function isConversation(chat: Conversation): boolean {
  return (
    typeof chat.id === 'string' && typeof chat.model === 'string' && Array.isArray(chat.exchanges)
  );
}

function save(): void {
  const all = [state.current, ...state.older]
    .filter(({ exchanges }) => exchanges.length > 0)
    .slice(0, KEPT);
  for (const text of [JSON.stringify(all), JSON.stringify(all.map(withoutAlternatives))]) {
    try {
      localStorage.setItem(KEY, text);
      return;
    } catch {
      // The storage is full: the smaller form is tried, and then nothing is kept.
    }
  }
}

function withoutAlternatives(chat: Conversation): Conversation {
  const exchanges = chat.exchanges.map(({ question, answer }) => ({
    question,
    answer: { ...answer, tokens: answer.tokens.map((token) => ({ ...token, top: [] })) },
  }));
  return { ...chat, exchanges };
}
