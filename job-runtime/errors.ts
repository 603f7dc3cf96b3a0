/**
 * The one error class of the runtime. The code says what went wrong; whether trying again can help is derived from it,
 * so that no caller matches on text. Messages are one line for a person: what, where, for which input.
 * Failures of single records are not errors but rows (see engine/column.ts RowError); `RecordBad` is thrown only where
 * `onError: fail` turns such a row into the end of the job.
 */
const ERRORS = {
  /** The manifest or the command line is wrong. */
  ConfigInvalid: { retryable: false },
  /** An input is missing, a directory, not permitted, or not in its declared format. */
  InputUnreadable: { retryable: false },
  /** An input ends in the middle; the complete records before that were read. */
  InputTruncated: { retryable: false },
  /** An output folder or file cannot be written: read-only, full. */
  OutputFailed: { retryable: false },
  RecordBad: { retryable: false },
  SinkUnavailable: { retryable: true },
  LogUnavailable: { retryable: true },
  /** Kafka or its TLS refuses who we are; a Secret or a user may be mended while we wait. */
  NotAuthenticated: { retryable: true },
  /** Kafka knows who we are and refuses what we ask; an ACL may be granted while we wait. */
  NotAuthorized: { retryable: true },
  /** The outcome of a transaction is unknown or it was refused: drop the state and read it back. */
  TransactionFailed: { retryable: true },
  TopicNotFound: { retryable: false },
  /** A topic exists, but not as the job needs it. */
  TopicConflict: { retryable: false },
  /** A position before the log's start or behind its end; `onDataLoss` decides. */
  OffsetOutOfRange: { retryable: false },
  OffsetsLost: { retryable: false },
  NameConflict: { retryable: false },
  /** A topic holds a batch that is damaged or of a format that is not read; `RecordBad` is one record's content. */
  RecordsUnreadable: { retryable: false },
  /** Stored state is of an unknown version or damaged. */
  StateUnreadable: { retryable: false },
  StateTooLarge: { retryable: false },
} as const satisfies Record<string, { retryable: boolean }>;

export type ErrorCode = keyof typeof ERRORS;

/** Whether a text from outside is a code of this version. */
export const isErrorCode = (text: string): text is ErrorCode => Object.hasOwn(ERRORS, text);

export class StreamJobError extends Error {
  override readonly name = 'StreamJobError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }
}

/** What is told of a failure: a StreamJobError is one, too. */
export interface Trouble {
  readonly code: ErrorCode;
  /** One line. */
  readonly message: string;
}

export function isStreamJobError(error: unknown, code?: ErrorCode): error is StreamJobError {
  return error instanceof StreamJobError && (code === undefined || error.code === code);
}
