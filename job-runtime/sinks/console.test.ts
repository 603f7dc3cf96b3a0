import { Writable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { describeSink } from '../../test/conformance/sink-suite.ts';
import type { SealedBatch } from '../outbox/sealed-batch.ts';
import { ConsoleSink } from './console.ts';

const nothing = (): void => undefined;
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const batch = (text: string): SealedBatch => ({ name: 'a', body: encode(text), rows: 1 });

/** A stream that keeps what it gets, and answers each write as told. */
class Screen extends Writable {
  readonly chunks: Buffer[] = [];
  readonly answer: (done: (error?: Error) => void) => void;

  constructor(answer: (done: (error?: Error) => void) => void = (done) => done()) {
    super({ highWaterMark: 1 });
    this.answer = answer;
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.chunks.push(chunk);
    this.answer(done);
  }
}

const failingScreen = (code: string): Screen => new Screen((done) => done(Object.assign(new Error(code), { code })));

let screen = new Screen();

describeSink('console', {
  prepare: async () => {
    screen = new Screen();
  },
  create: () => new ConsoleSink({ out: screen, onClosed: nothing }),
  readBack: async () => screen.text.split('\n').slice(0, -1),
  unusable: {
    create: () => new ConsoleSink({ out: failingScreen('ENOSPC'), onClosed: nothing }),
    code: 'OutputFailed',
  },
  isIdempotent: false,
});

describe('ConsoleSink', () => {
  test('prints the header once, before the first batch', async () => {
    const out = new Screen();
    const sink = new ConsoleSink({ out, header: encode('A,B\n'), onClosed: nothing });
    await sink.open();
    expect(out.text).toBe('');
    await Promise.all([sink.write(batch('1,2\n')), sink.write(batch('3,4\n'))]);
    await sink.close();
    expect(out.text).toBe('A,B\n1,2\n3,4\n');
  });

  test('a write waits until the stream has passed the bytes on', async () => {
    let pass: () => void = nothing;
    const out = new Screen((done) => {
      pass = done;
    });
    const sink = new ConsoleSink({ out, onClosed: nothing });
    await sink.open();
    let isWritten = false;
    const written = sink.write(batch('1\n')).then(() => {
      isWritten = true;
    });
    await new Promise(setImmediate);
    expect(isWritten).toBe(false);
    pass();
    await written;
    expect(isWritten).toBe(true);
  });

  test('a reader that does not read holds no one up who has to stop', async () => {
    const sink = new ConsoleSink({ out: new Screen(nothing), onClosed: nothing });
    await sink.open();
    const stop = new AbortController();
    const written = sink.write(batch('1\n'), stop.signal);
    stop.abort();
    await expect(written).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('a reader that goes away is told once, and is no error', async () => {
    const out = failingScreen('EPIPE');
    let closed = 0;
    const sink = new ConsoleSink({ out, header: encode('A\n'), onClosed: () => void closed++ });
    await sink.open();
    await sink.write(batch('1\n'));
    await sink.write(batch('2\n'));
    await sink.close();
    expect(closed).toBe(1);
    expect(out.chunks).toHaveLength(1);
  });

  test('a full disk behind the stream is an error of one line', async () => {
    const sink = new ConsoleSink({ out: failingScreen('ENOSPC'), onClosed: nothing });
    await sink.open();
    const message = 'cannot print results: the disk is full; make room or use another folder (ENOSPC)';
    await expect(sink.write(batch('1\n'))).rejects.toMatchObject({ code: 'OutputFailed', message });
  });

  test('closing leaves the stream open, without a listener of its own', async () => {
    const out = new Screen();
    const sink = new ConsoleSink({ out, onClosed: nothing });
    await sink.open();
    expect(out.listenerCount('error')).toBe(1);
    await sink.close();
    expect(out.listenerCount('error')).toBe(0);
    expect(out.writable).toBe(true);
  });
});
