/** Undo and redo: order, branches, restarts, failures. */
import { describe, expect, it } from 'vitest';
import { Changes } from '../../../src/main/workspace/changes.ts';
import { History } from '../../../src/main/workspace/history.ts';
import { Workspace } from '../../../src/main/workspace/workspace.ts';
import { LabError } from '../../../src/shared/errors.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A room whose state is one word. */
class WordRoom {
  word = 'first';
  readonly workspace: Workspace;
  readonly history: History;

  constructor(path = temporaryFolder()) {
    this.workspace = Workspace.open({ path });
    this.history = new History({ db: this.workspace.db, changes: new Changes() });
    this.history.define('word', ({ to }) => {
      if (to === 'forbidden') throw new LabError('internal', 'not now');
      if (to === 'gone') throw new LabError('dataset/bad-row', 'gone');
      if (to === 'missing') throw new LabError('media/missing', 'gone for good');
      this.word = String(to);
    });
  }

  write(word: string, mergeKey?: string): void {
    this.history.record({
      label: `write ${word}`,
      undo: { kind: 'word', data: { to: this.word } },
      redo: { kind: 'word', data: { to: word } },
      ...(mergeKey === undefined ? {} : { mergeKey }),
    });
    this.word = word;
  }
}

describe('History', () => {
  it('takes back and does again in order, and says what', async () => {
    const room = new WordRoom();
    room.write('second');
    room.write('third');
    expect(await room.history.undo()).toBe('write third');
    expect(room.word).toBe('second');
    expect(await room.history.undo()).toBe('write second');
    expect(room.word).toBe('first');
    expect(await room.history.undo()).toBeNull();
    expect(await room.history.redo()).toBe('write second');
    expect(await room.history.redo()).toBe('write third');
    expect(await room.history.redo()).toBeNull();
    expect(room.word).toBe('third');
    room.workspace.dispose();
  });

  it('drops what could be redone when something new is done', async () => {
    const room = new WordRoom();
    room.write('second');
    await room.history.undo();
    room.write('other');
    expect(room.history.state(10)).toMatchObject({ undo: 'write other', redo: null });
    expect(room.history.state(10).entries).toHaveLength(1);
    room.workspace.dispose();
  });

  it('survives a restart, with what was undone', async () => {
    const before = new WordRoom();
    before.write('second');
    before.write('third');
    await before.history.undo();
    const { path } = before.workspace;
    before.workspace.dispose();

    const after = new WordRoom(path);
    expect(after.history.state(10)).toMatchObject({ undo: 'write second', redo: 'write third' });
    expect(await after.history.redo()).toBe('write third');
    expect(after.word).toBe('third');
    after.workspace.dispose();
  });

  it('makes one entry of typing', async () => {
    const room = new WordRoom();
    for (const word of ['s', 'se', 'sec']) room.write(word, 'note of run 1');
    room.write('other', 'note of run 2');
    expect(room.history.state(10).entries).toHaveLength(2);
    await room.history.undo();
    expect(room.word).toBe('sec');
    await room.history.undo();
    expect(room.word).toBe('first');
    await room.history.redo();
    expect(room.word).toBe('sec');
    room.workspace.dispose();
  });

  it('applies one after the other when keys repeat', async () => {
    const room = new WordRoom();
    for (const word of ['2', '3', '4']) room.write(word);
    const labels = await Promise.all([1, 2, 3, 4].map(() => room.history.undo()));
    expect(labels).toEqual(['write 4', 'write 3', 'write 2', null]);
    expect(room.word).toBe('first');
    room.workspace.dispose();
  });

  it('keeps an entry that fails now, and drops one whose subject is gone', async () => {
    const room = new WordRoom();
    room.write('forbidden');
    room.word = 'forbidden';
    room.write('after');
    await expect(room.history.undo()).rejects.toThrow('not now');
    expect(room.history.state(1).undo).toBe('write after');

    room.word = 'missing';
    room.write('last');
    await expect(room.history.undo()).rejects.toThrow('gone for good');
    expect(room.history.state(1).undo).toBe('write after');
    room.workspace.dispose();
  });
});
