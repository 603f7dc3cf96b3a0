/**
 * The bytes of an input file, unpacked, piece by piece. A gzip file may have many members (the MTA's have dozens): all
 * are read. Of a truncated one everything that can be unpacked comes first, and then one clear error; Node's own
 * streams drop what they hold when they fail, so the inflater is driven by hand.
 */
import { open, stat, type FileHandle } from 'node:fs/promises';
import { constants, createGunzip, type Gunzip, type ZlibOptions } from 'node:zlib';
import { StreamJobError } from '../../errors.ts';

export type Compression = 'auto' | 'none' | 'gzip';

const PIECE_BYTES = 1 << 16;

export class FileBytes {
  /** Bytes read of the file as it lies there, and its size if it has one: for the progress line. */
  bytesRead = 0;
  readonly size: number | undefined;
  private readonly path: string;
  private readonly file: FileHandle;
  private inflater: Inflater | undefined;
  private readonly compression: Compression;
  private isAtStart = true;
  private isAtEnd = false;
  private hasContent = false;

  private constructor(
    path: string,
    compression: Compression,
    opened: { readonly file: FileHandle; readonly size: number | undefined },
  ) {
    this.path = path;
    this.compression = compression;
    this.file = opened.file;
    this.size = opened.size;
  }

  static async open(path: string, compression: Compression): Promise<FileBytes> {
    let file: FileHandle | undefined;
    try {
      // Before open(): opening a directory succeeds, and reading it then fails with an error that names no path.
      const status = await stat(path);
      if (status.isDirectory()) throw new StreamJobError('InputUnreadable', `cannot read ${path}: it is a directory`);
      if (status.isFile() && status.size === 0) throw empty(path);
      file = await open(path, 'r');
      return new FileBytes(path, compression, { file, size: status.isFile() ? status.size : undefined });
    } catch (cause) {
      throw unreadable(path, cause);
    }
  }

  /** The next piece, never empty; undefined at the end. */
  async next(): Promise<Uint8Array | undefined> {
    while (!this.isAtEnd) {
      const piece = await this.readPiece();
      const unpacked = await this.unpack(piece);
      this.hasContent ||= unpacked.length > 0;
      if (unpacked.length > 0) return unpacked;
    }
    if (!this.hasContent) throw empty(this.path);
    return undefined;
  }

  async close(): Promise<void> {
    this.inflater?.close();
    await this.file.close();
  }

  private async readPiece(): Promise<Uint8Array> {
    try {
      const { buffer, bytesRead } = await this.file.read(new Uint8Array(PIECE_BYTES), 0, PIECE_BYTES, null);
      this.bytesRead += bytesRead;
      this.isAtEnd = bytesRead === 0;
      return buffer.subarray(0, bytesRead);
    } catch (cause) {
      throw unreadable(this.path, cause);
    }
  }

  private async unpack(piece: Uint8Array): Promise<Uint8Array> {
    if (this.isAtStart) {
      const isGzip = this.compression === 'auto' ? piece[0] === 0x1f && piece[1] === 0x8b : this.compression === 'gzip';
      if (isGzip) this.inflater = new Inflater(this.path);
      this.isAtStart = false;
    }
    if (!this.inflater) return piece;
    if (!this.isAtEnd) return this.inflater.inflate(piece);
    await this.inflater.finish();
    return piece;
  }
}

/** Drives one Gunzip: a write is answered when its output is complete, so nothing is in flight when an error comes. */
class Inflater {
  private readonly path: string;
  private readonly gunzip: Gunzip;
  private fail: (error: Error) => void = () => undefined;

  constructor(path: string) {
    this.path = path;
    // Without a limit on what waits to be read, a write never pauses for a reader: one piece unpacks to at most 64 MiB.
    const options: ZlibOptions & { readableHighWaterMark: number } = {
      chunkSize: 1 << 18,
      finishFlush: constants.Z_SYNC_FLUSH,
      readableHighWaterMark: 2 ** 31,
    };
    this.gunzip = createGunzip(options);
    this.gunzip.on('error', (error) => this.fail(error));
  }

  async inflate(piece: Uint8Array): Promise<Uint8Array> {
    await this.settle((done) => this.gunzip.write(piece, done));
    const output: unknown = this.gunzip.read();
    return output instanceof Uint8Array ? output : new Uint8Array(0);
  }

  /** Fails if the last member is incomplete. */
  async finish(): Promise<void> {
    await this.settle((done) => this.gunzip.flush(constants.Z_FINISH, done));
  }

  close(): void {
    this.gunzip.destroy();
  }

  /** A failed write is answered too, but only the event of the failure says why. */
  private settle(start: (answer: (error?: Error | null) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.fail = (cause) => reject(this.describe(cause));
      start((error) => {
        if (!error) resolve();
      });
    });
  }

  private describe(cause: Error): StreamJobError {
    if ('code' in cause && cause.code === 'Z_BUF_ERROR') {
      return new StreamJobError(
        'InputTruncated',
        `${this.path} is truncated: the gzip data end in the middle; the complete records before that were read`,
        { cause },
      );
    }
    return new StreamJobError(
      'InputUnreadable',
      `cannot read ${this.path}: the gzip data are damaged (${cause.message})`,
      { cause },
    );
  }
}

const empty = (path: string): StreamJobError =>
  new StreamJobError('InputUnreadable', `cannot read ${path}: the file is empty`);

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a directory',
};

function unreadable(path: string, cause: unknown): StreamJobError {
  if (cause instanceof StreamJobError) return cause;
  const { code = '', message = String(cause) } = cause as { readonly code?: string; readonly message?: string };
  return new StreamJobError('InputUnreadable', `cannot read ${path}: ${REASONS[code] ?? message}`, { cause });
}
