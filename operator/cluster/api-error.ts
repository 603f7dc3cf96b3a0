/**
 * The one error of the Kubernetes edge: the API server said no, or said nothing. Its message is one line for a person
 * and names the request without its body, so that no content of an object gets into a log.
 */

/** Reasons of our own, where no answer came; the API server's are CamelCase too, such as AlreadyExists. */
export type SilentReason = 'Unreachable' | 'Timeout' | 'Quiet' | 'Aborted' | 'Credentials' | 'Unreadable';

/** A Status object, as far as it is read. */
interface StatusBody {
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: {
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly { readonly reason?: string }[];
  };
}

export interface ApiFailure {
  /** HTTP status; 0: there was no answer. */
  readonly status: number;
  readonly reason: string;
  readonly retryAfterMillis?: number | undefined;
  readonly isNamespaceEnding?: boolean;
}

const LONGEST_MESSAGE = 600;

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly reason: string;
  /** How long the API server wants to be left alone. */
  readonly retryAfterMillis: number | undefined;
  /** A namespace that is being deleted takes nothing new: not to be tried again. */
  readonly isNamespaceEnding: boolean;

  constructor(failure: ApiFailure, message: string, options?: ErrorOptions) {
    super(oneLine(message), options);
    this.status = failure.status;
    this.reason = failure.reason;
    this.retryAfterMillis = failure.retryAfterMillis;
    this.isNamespaceEnding = failure.isNamespaceEnding ?? false;
  }

  get isNotFound(): boolean {
    return this.status === 404;
  }

  /** Somebody else was faster, or it is not the object that was meant. */
  get isConflict(): boolean {
    return this.status === 409;
  }

  /** A resourceVersion or a page of a list that the API server has forgotten: list anew. */
  get isGone(): boolean {
    return this.status === 410;
  }

  get isForbidden(): boolean {
    return this.status === 403;
  }

  get isTooManyRequests(): boolean {
    return this.status === 429;
  }

  /** There was no answer, and what became of the request is unknown. */
  get isSilent(): boolean {
    return this.status === 0;
  }
}

export function isApiError(error: unknown): error is ApiError {
  return error instanceof ApiError;
}

/** `what`: the request, such as `GET /api/v1/pods`. */
export function silence(reason: SilentReason, what: string, why: string, cause?: unknown): ApiError {
  return new ApiError({ status: 0, reason }, `${what}: ${why}`, { cause });
}

/** An answer that is not a success, or the object of an ERROR event; `retryAfter`: the header, in seconds. */
export function refusal(what: string, httpStatus: number, body: string | object, retryAfter?: string): ApiError {
  const { code = httpStatus, reason = 'Unknown', message = reason, details } = bodyOf(body);
  const failure = {
    status: code,
    reason,
    retryAfterMillis: millisOf(retryAfter ?? details?.retryAfterSeconds),
    isNamespaceEnding: details?.causes?.some((cause) => cause.reason === 'NamespaceTerminating') ?? false,
  };
  return new ApiError(failure, `${what}: ${code} ${message}`);
}

function millisOf(seconds: string | number | undefined): number | undefined {
  const millis = Number(seconds ?? Number.NaN) * 1000;
  return Number.isFinite(millis) ? millis : undefined;
}

const bodyOf = (body: string | object): StatusBody => (typeof body === 'string' ? statusIn(body) : body);

/** What stands before the API server, such as a load balancer, answers with a page of its own. */
function statusIn(text: string): StatusBody {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return text === '' ? {} : { message: text };
  }
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= LONGEST_MESSAGE ? line : `${line.slice(0, LONGEST_MESSAGE - 1)}…`;
}
