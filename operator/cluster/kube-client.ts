/** What the edge asks of the API server; client.ts does it. */

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface RequestOptions {
  readonly query?: Query | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly contentType?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** For all of it, the connection and the body included. */
  readonly timeoutMillis?: number | undefined;
  /** Does not wait for a connection that others use: leadership must not end because they are slow. */
  readonly isUrgent?: boolean | undefined;
  /** Called right before the request goes out, each time it does; what it throws is thrown on, and nothing is sent. */
  readonly guard?: (() => void) | undefined;
}

export interface StreamOptions {
  readonly query?: Query | undefined;
  readonly signal: AbortSignal;
  /** Nothing came for so long: the connection is dead. */
  readonly quietMillis: number;
  /** It was not refused. */
  readonly onOpen?: (() => void) | undefined;
  readonly onChunk: (chunk: Buffer) => void;
}

export interface KubeClient {
  /** The parsed answer. Rejects with an ApiError. */
  request: <T = unknown>(method: string, path: string, options?: RequestOptions) => Promise<T>;
  /** Resolves when the server ends the answer; rejects with an ApiError, or with what `onChunk` throws. */
  stream: (path: string, options: StreamOptions) => Promise<void>;
  /** Ends connections that nobody uses. */
  close: () => void;
}
