/**
 * The one error class of the project. `code` is a closed union `room/problem`; `message` says what
 * was expected and what arrived; `hint` says what to do. Borders wrap everything else as `internal`.
 */
export type ErrorCode =
  | 'chat/busy'
  | 'cli/usage'
  | 'config/invalid'
  | 'checkpoint/corrupt'
  | 'checkpoint/missing'
  | 'dataset/bad-row'
  | 'dataset/busy'
  | 'dataset/missing'
  | 'dataset/missing-row'
  | 'dataset/missing-view'
  | 'dataset/not-exportable'
  | 'dataset/source-changed'
  | 'dataset/sql'
  | 'dataset/sql-timeout'
  | 'dataset/unknown-format'
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
  | 'host/bad-request'
  | 'host/forbidden-host'
  | 'host/forbidden-origin'
  | 'host/link-used'
  | 'host/method'
  | 'host/no-session'
  | 'host/not-found'
  | 'host/port-busy'
  | 'host/too-large'
  | 'image/invalid'
  | 'image/too-large'
  | 'media/missing'
  | 'media/unsupported'
  | 'model/in-use'
  | 'model/missing'
  | 'model/other-base'
  | 'model/unsupported'
  | 'native/build-missing'
  | 'native/failed'
  | 'native/invalid-argument'
  | 'native/library-missing'
  | 'native/provider-missing'
  | 'native/unsupported'
  | 'native/version'
  | 'queue/busy'
  | 'queue/missing'
  | 'recipe/invalid'
  | 'recipe/missing-column'
  | 'recipe/unknown'
  | 'rollout/missing'
  | 'rpc/invalid-input'
  | 'run/control-refused'
  | 'run/exists'
  | 'run/locked'
  | 'run/missing'
  | 'safetensors/corrupt'
  | 'safetensors/mismatch'
  | 'tokenizer/invalid'
  | 'train/non-finite'
  | 'trash/missing'
  | 'webhook/failed'
  | 'workspace/corrupt'
  | 'workspace/invalid'
  | 'workspace/locked'
  | 'world/unknown-task'
  | 'internal';

/** What to do about an error whose place of origin knows nothing better. Bad input always has a hint. */
const HINTS: Partial<Record<ErrorCode, string>> = {
  'chat/busy': 'Stop it first, or wait until it has ended.',
  'cli/usage': 'Add --help to see the options.',
  'config/invalid': 'Correct the value that the message names.',
  'checkpoint/corrupt': 'Move this checkpoint away: the run then resumes from the one before it.',
  'checkpoint/missing': 'rationale run show lists the checkpoints there are.',
  'dataset/bad-row': 'Correct the row that the message names, or leave it out.',
  'dataset/busy': 'Wait until it is done, or cancel it.',
  'dataset/missing': 'It may have been deleted: look in the trash.',
  'dataset/missing-row': 'Rows are numbered from 0 in the order of the source.',
  'dataset/missing-view': 'It may have been deleted: undo brings it back.',
  'dataset/not-exportable': 'Choose another form, or fewer rows.',
  'dataset/source-changed': 'Import it again as a new dataset.',
  'dataset/sql': 'One SELECT over the tables rows_named, samples, columns and bad_rows.',
  'dataset/sql-timeout': 'Ask for fewer rows, or filter by row number first.',
  'dataset/unknown-format':
    'JSONL, JSON, CSV, Parquet, Arrow, WebDataset tar and folders of pictures are read.',
  'file/missing': 'Check the path; a relative one starts at the working folder.',
  'file/corrupt': 'Download or write the file again.',
  'file/unsafe':
    'Files are read within limits that published models stay far below: check where it comes from.',
  'file/write-failed': 'Check the free space and the permissions of that folder.',
  'host/bad-request': 'Reload the page.',
  'host/forbidden-host':
    'Open the app as 127.0.0.1 or localhost, if need be through an SSH tunnel; --host allows another name.',
  'host/forbidden-origin': 'Use the app from its own page only.',
  'host/link-used': 'Open the newest link that the terminal shows: every link works once.',
  'host/no-session': 'Open the newest link that the terminal shows.',
  'host/port-busy': 'Choose another port with --port.',
  'host/too-large': 'Put the file where this machine can read it, and choose its path in the app.',
  'image/invalid': 'Save the picture again as PNG, JPEG or WebP.',
  'image/too-large': 'Scale the picture down first.',
  'media/missing': 'Check the integrity of the workspace in Settings.',
  'media/unsupported':
    'Pictures: PNG, JPEG, WebP, GIF, AVIF. Sound: WAV, MP3, FLAC, Ogg. Video: MP4, WebM.',
  'model/missing': 'The list of models shows what there is; deleted ones lie in the trash.',
  'model/unsupported':
    'The engine runs the Qwen2.5-VL family; compare config.json with that of a published model.',
  'native/failed': 'rationale doctor checks the engine; RATIONALE_VERBOSE=1 shows what it writes.',
  'native/invalid-argument':
    'rationale doctor checks the engine; RATIONALE_VERBOSE=1 shows what it writes.',
  'queue/busy': 'Stop it first, or change one that waits.',
  'queue/missing': 'Look at the queue again: it may have been removed in another window.',
  'recipe/invalid': 'rationale recipe show RECIPE lists the fields and their values.',
  'rollout/missing': 'Choose another step: this one has no such group.',
  'rpc/invalid-input': 'Correct the field that the message names.',
  'run/control-refused':
    'The message says what this run does not have or when it can be asked again.',
  'run/locked': 'Wait for the process that writes the run, or stop it.',
  'run/missing': 'rationale run list shows the runs there are.',
  'safetensors/corrupt': 'Download or export the file again.',
  'safetensors/mismatch': 'Check that config.json belongs to these weights.',
  'tokenizer/invalid': 'Use the tokenizer and template files that came with the model.',
  'train/non-finite': 'Lower optimizer.learningRate, or resume from the last checkpoint.',
  'trash/missing': 'It was restored or emptied in the meantime: look at the trash again.',
  'webhook/failed': 'Check the address in Settings; nothing else depends on it.',
  'workspace/corrupt':
    'Check the integrity of the workspace, or restore a backup from its backups folder.',
  'workspace/invalid': 'Choose another folder, or restore a backup of this one.',
  'workspace/locked':
    'Close the other Rationale that has this workspace open, or open another workspace.',
  'world/unknown-task': 'rationale world sample shows a sample of every task.',
};

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
    this.hint = options.hint ?? HINTS[code];
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
