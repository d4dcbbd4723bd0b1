/**
 * Tokens as a strip, one cell each with its leading space, tinted by a value. Signed values run from
 * blue to orange around neutral, amounts use one hue; the scale is written under the strip. Arrow keys
 * walk token by token; the marked token is told to the owner, who shows what is known of it.
 */
import { type KeyboardEvent, useRef } from 'react';
import { quantity } from './format.ts';
import styles from './token-strip.module.css';

export interface StripToken {
  readonly text: string;
  readonly isSpecial: boolean;
  /** null = nothing known: no tint. */
  readonly value: number | null;
  /** Underlined: its ratio was clipped. */
  readonly isClipped?: boolean;
}

export interface TokenScale {
  readonly kind: 'signed' | 'amount';
  /** Value of the strongest tint; of a signed scale in both directions. */
  readonly limit: number;
  /** Middle of a signed scale: 0, or 1 for ratios. */
  readonly middle?: number;
}

export interface TokenStripProps {
  readonly label: string;
  readonly tokens: readonly StripToken[];
  readonly scale: TokenScale;
  /** First token shown; what is before is folded. */
  readonly from?: number;
  /** A bar stands before this token: the first that differs. */
  readonly divergence?: number | null;
  readonly marked?: number | undefined;
  readonly onMark?: (index: number | undefined) => void;
  /** The token the pointer rests on; undefined when it leaves the strip. */
  readonly onHover?: (index: number | undefined) => void;
}

export function TokenStrip(props: TokenStripProps) {
  const { tokens, scale, from = 0, marked, onMark } = props;
  const strip = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const at = marked ?? from - 1;
    const next =
      event.key === 'ArrowRight' ? at + 1 : event.key === 'ArrowLeft' ? at - 1 : undefined;
    if (event.key === 'Escape') onMark?.(undefined);
    if (next === undefined || onMark === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    onMark(Math.max(from, Math.min(tokens.length - 1, next)));
  };
  return (
    <div
      ref={strip}
      className={styles['strip']}
      role="group"
      aria-label={props.label}
      data-scope="tokens"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the strip walks its tokens with the arrow keys.
      tabIndex={0}
      onKeyDown={onKeyDown}
      onPointerLeave={() => props.onHover?.(undefined)}
    >
      {tokens.slice(from).map((token, offset) => {
        const index = from + offset;
        return (
          <button
            key={index}
            type="button"
            tabIndex={-1}
            className={styles['token']}
            style={{ background: tint(token.value, scale) }}
            data-special={token.isSpecial || undefined}
            data-clipped={token.isClipped === true || undefined}
            data-first={index === props.divergence || undefined}
            data-marked={index === marked || undefined}
            aria-pressed={index === marked}
            onClick={() => onMark?.(index === marked ? undefined : index)}
            onPointerEnter={() => props.onHover?.(index)}
          >
            {shown(token.text)}
          </button>
        );
      })}
    </div>
  );
}

/** Line ends keep their place and can be seen. */
function shown(text: string): string {
  return text.replaceAll('\n', '⏎\n');
}

const STEPS = 3;

function tint(value: number | null, { kind, limit, middle = 0 }: TokenScale): string {
  if (value === null || Number.isNaN(value) || limit <= 0) return 'transparent';
  const share = Math.max(-1, Math.min(1, (value - middle) / limit));
  if (kind === 'amount') {
    const level = Math.ceil(Math.abs(share) * 4);
    return level === 0 ? 'transparent' : `var(--tk-seq${level})`;
  }
  const level = Math.round(Math.abs(share) * STEPS);
  if (level === 0) return 'transparent';
  return share < 0 ? `var(--tk-neg${level})` : `var(--tk-pos${level})`;
}

/** What the tints mean, with numbers. */
export function TokenLegend({ scale }: { readonly scale: TokenScale }) {
  const { kind, limit, middle = 0 } = scale;
  const shares = kind === 'amount' ? [0.25, 0.5, 0.75, 1] : [-1, -0.66, -0.33, 0, 0.33, 0.66, 1];
  return (
    <span className={styles['legend']}>
      {shares.map((share) => {
        const value = middle + share * limit;
        return (
          <span key={share}>
            <span className={styles['swatch']} style={{ background: tint(value, scale) }} />
            {quantity(Number(value.toPrecision(2)))}
          </span>
        );
      })}
    </span>
  );
}
