/**
 * The one error class of the project. `code` is a closed union `room/problem`; `message` says what
 * was expected and what arrived; `hint` says what to do. Borders wrap everything else as `internal`.
 */
export type ErrorCode =
  | 'cli/usage'
  | 'config/invalid'
  | 'checkpoint/corrupt'
  | 'checkpoint/missing'
  | 'dataset/bad-row'
  | 'engine/crashed'
  | 'engine/cancelled'
  | 'engine/out-of-memory'
  | 'engine/protocol'
  | 'file/missing'
  | 'file/corrupt'
  | 'file/unsafe'
  | 'file/write-failed'
  | 'graph/dtype-mismatch'
  | 'graph/invalid'
  | 'graph/no-gradient'
  | 'graph/shape-mismatch'
  | 'image/invalid'
  | 'image/too-large'
  | 'model/unsupported'
  | 'native/build-missing'
  | 'native/failed'
  | 'native/invalid-argument'
  | 'native/library-missing'
  | 'native/provider-missing'
  | 'native/unsupported'
  | 'native/version'
  | 'recipe/invalid'
  | 'recipe/missing-column'
  | 'recipe/unknown'
  | 'run/exists'
  | 'run/locked'
  | 'run/missing'
  | 'safetensors/corrupt'
  | 'safetensors/mismatch'
  | 'tokenizer/invalid'
  | 'train/non-finite'
  | 'world/unknown-task'
  | 'internal';

/** JSON form of a {@link LabError}; nothing is reduced to a bare message on the way. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly stack?: string;
  readonly cause?: WireError;
}

export interface LabErrorOptions {
  readonly hint?: string | undefined;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: unknown;
}

export class LabError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, message: string, options: LabErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'LabError';
    this.code = code;
    this.hint = options.hint;
    this.details = options.details;
  }

  /** Wraps any throwable once, keeping its stack and cause; a LabError passes through unchanged. */
  static from(thrown: unknown): LabError {
    if (thrown instanceof LabError) return thrown;
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const wrapped = new LabError('internal', error.message, { cause: error });
    if (error.stack !== undefined) wrapped.stack = error.stack;
    return wrapped;
  }

  toWire(): WireError {
    return {
      code: this.code,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.details === undefined ? {} : { details: this.details }),
      ...(this.stack === undefined ? {} : { stack: this.stack }),
      ...(this.cause instanceof LabError ? { cause: this.cause.toWire() } : {}),
    };
  }

  static fromWire(wire: WireError): LabError {
    const error = new LabError(wire.code, wire.message, {
      hint: wire.hint,
      details: wire.details,
      cause: wire.cause === undefined ? undefined : LabError.fromWire(wire.cause),
    });
    if (wire.stack !== undefined) error.stack = wire.stack;
    return error;
  }
}
