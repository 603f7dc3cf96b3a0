/**
 * Prints batches to a stream, in the order of the writes. At least once: what was printed cannot be recognised later.
 * A reader that has seen enough (`| head`) closes the pipe: no error, the sink says so once and prints no more.
 */
import type { Writable } from 'node:stream';
import type { SealedBatch } from '../outbox/sealed-batch.ts';
import { outputFailure } from './output-failure.ts';
import type { Sink } from './sink.ts';

/** What a stream says once its reader is gone, first and later. */
const CLOSED: ReadonlySet<string> = new Set(['EPIPE', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END']);

export interface ConsoleTarget {
  readonly out: Writable;
  /** Printed before the first batch, and not at all if there is none. */
  readonly header?: Uint8Array | undefined;
  /** The reader is gone: the job may end. */
  readonly onClosed: () => void;
}

export class ConsoleSink implements Sink {
  private readonly target: ConsoleTarget;
  private isClosed = false;
  private needsHeader: boolean;

  constructor(target: ConsoleTarget) {
    this.target = target;
    this.needsHeader = target.header !== undefined;
  }

  async open(): Promise<void> {
    this.target.out.on('error', this.onError);
  }

  async write({ body, rows }: SealedBatch, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.isClosed || rows === 0) return;
    if (this.needsHeader) {
      this.needsHeader = false;
      await Promise.all([this.print(this.target.header!, signal), this.print(body, signal)]);
      return;
    }
    await this.print(body, signal);
  }

  /** Leaves the stream open: it is the process's. Without its listener a late EPIPE would end the process. */
  async close(): Promise<void> {
    if (!this.isClosed) this.target.out.off('error', this.onError);
  }

  /** Resolves when the stream has passed the bytes on: a slow reader holds up the job instead of filling memory. */
  private print(bytes: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        reject(signal!.reason as Error);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.target.out.write(bytes, (error) => {
        signal?.removeEventListener('abort', onAbort);
        if (!error) resolve();
        else if (this.readerIsGone(error)) resolve();
        else reject(outputFailure(error, 'print results'));
      });
    });
  }

  private readonly onError = (error: Error): void => {
    // Every other error also reaches the write that met it.
    this.readerIsGone(error);
  };

  private readerIsGone(error: NodeJS.ErrnoException): boolean {
    if (!CLOSED.has(error.code ?? '')) return false;
    if (!this.isClosed) {
      this.isClosed = true;
      this.target.onClosed();
    }
    return true;
  }
}
