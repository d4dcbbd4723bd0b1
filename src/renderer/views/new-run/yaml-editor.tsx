/**
 * The recipe as text in an editor, loaded when it is first shown. Text and marked lines come in: the
 * setting the form stands on, changed ones, and problems with their words behind the line.
 */
import { yaml } from '@codemirror/lang-yaml';
import CodeMirror, {
  Decoration,
  EditorView,
  RangeSetBuilder,
  type ReactCodeMirrorRef,
  WidgetType,
} from '@uiw/react-codemirror';
import { useEffect, useMemo, useRef } from 'react';
import styles from './yaml-editor.module.css';

export interface LineMark {
  /** From 1. */
  readonly line: number;
  readonly kind: 'problem' | 'warning' | 'changed' | 'current';
  readonly message?: string;
}

export interface YamlEditorProps {
  readonly value: string;
  readonly label: string;
  readonly marks: readonly LineMark[];
  readonly isReadOnly: boolean;
  readonly onChange: (text: string) => void;
}

/** Later ones win where a line has several. */
const ORDER = { changed: 0, current: 1, warning: 2, problem: 3 } as const;

export function YamlEditor({ value, label, marks, isReadOnly, onChange }: YamlEditorProps) {
  const extensions = useMemo(
    () => [
      yaml(),
      EditorView.decorations.of(numbersOf),
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({ tabindex: '0', 'aria-label': label }),
      EditorView.decorations.of((view) => decorationsOf(view, marks)),
    ],
    [marks, label],
  );
  const editor = useRef<ReactCodeMirrorRef>(null);
  const current = marks.find(({ kind }) => kind === 'current')?.line;
  useEffect(() => {
    const view = editor.current?.view;
    if (view === undefined || view.hasFocus || current === undefined) return;
    if (current > view.state.doc.lines) return;
    const at = view.state.doc.line(current).from;
    view.dispatch({ effects: EditorView.scrollIntoView(at, { y: 'nearest', yMargin: 60 }) });
  }, [current]);
  return (
    <CodeMirror
      ref={editor}
      className={styles['editor'] ?? ''}
      value={value}
      theme="none"
      height="100%"
      readOnly={isReadOnly}
      basicSetup={{
        foldGutter: false,
        highlightActiveLine: false,
        searchKeymap: false,
        syntaxHighlighting: false,
        drawSelection: false,
      }}
      extensions={extensions}
      onChange={(next) => {
        if (next !== value) onChange(next);
      }}
    />
  );
}

function decorationsOf(view: EditorView, marks: readonly LineMark[]) {
  const byLine = Map.groupBy(marks, ({ line }) => line);
  const builder = new RangeSetBuilder<Decoration>();
  for (const line of [...byLine.keys()].sort((a, b) => a - b)) {
    if (line < 1 || line > view.state.doc.lines) continue;
    const own = (byLine.get(line) ?? []).toSorted((a, b) => ORDER[a.kind] - ORDER[b.kind]);
    const { from, to } = view.state.doc.line(line);
    const names = own.map(({ kind }) => styles[kind] ?? '').join(' ');
    builder.add(from, from, Decoration.line({ class: names }));
    const message = own.findLast((mark) => mark.message !== undefined)?.message;
    if (message !== undefined) {
      builder.add(to, to, Decoration.widget({ widget: new Note(message), side: 1 }));
    }
  }
  return builder.finish();
}

const NUMBER = /(?<=[:[,]\s*)-?\d[\d.]*(?:e-?\d+)?(?=\s*(?:[,\]}]|$))/g;

/** Numbers stand out, as everywhere; the rest of the text is plain. */
function numbersOf(view: EditorView) {
  const builder = new RangeSetBuilder<Decoration>();
  const mark = Decoration.mark({ class: styles['value'] ?? '' });
  for (let number = 1; number <= view.state.doc.lines; number += 1) {
    const { from, text } = view.state.doc.line(number);
    for (const found of text.matchAll(NUMBER)) {
      builder.add(from + found.index, from + found.index + found[0].length, mark);
    }
  }
  return builder.finish();
}

/** What is wrong with a line, behind it. */
class Note extends WidgetType {
  readonly #message: string;

  constructor(message: string) {
    super();
    this.#message = message;
  }

  override eq(other: Note): boolean {
    return other.#message === this.#message;
  }

  override toDOM(): HTMLElement {
    const note = document.createElement('span');
    note.className = styles['note'] ?? '';
    note.textContent = this.#message;
    return note;
  }
}
