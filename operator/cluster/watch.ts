/**
 * Keeps a copy of the objects of a kind: lists them, then follows their changes, for as long as it is wanted. Whatever
 * ends a watch, the next one goes on where it ended; only when the API server no longer knows that place, or answers
 * with an error that we cannot place, everything is listed anew, which also finds what was deleted meanwhile.
 */
import type { KubeObject } from '../resources/kube-object.ts';
import type { ApiError } from './api-error.ts';
import { isApiError, silence } from './api-error.ts';
import { BackOff } from './back-off.ts';
import type { BackOffBounds } from './back-off.ts';
import type { KubeClient } from './kube-client.ts';
import type { Heartbeat } from './heartbeat.ts';
import { listAll } from './list.ts';
import type { ListSettings, ListSink, Selection, Slim } from './list.ts';
import { collectionPath } from './kinds.ts';
import { pauseFor } from './pause.ts';
import { watchOnce } from './watch-stream.ts';
import type { EventType } from './watch-stream.ts';

/** Where the copy is kept; see store.ts. */
export interface WatchSink {
  slim: Slim;
  begin: () => ListSink;
  change: (type: EventType, object: KubeObject) => void;
  /** Nothing up to here is missing. */
  advance: (version: string) => void;
}

export interface WatchSettings extends ListSettings, BackOffBounds {
  /** A watch on which nothing comes for so long, not even a bookmark, is opened anew, in case its connection is dead. */
  readonly quietMillis: number;
  /** The server ends a watch after this time, or up to a quarter more, so that they do not all end together. */
  readonly watchSeconds: number;
}

export const WATCH_SETTINGS: WatchSettings = {
  pageSize: 100,
  timeoutMillis: 20_000,
  firstMillis: 200,
  longestMillis: 4_000,
  quietMillis: 45_000,
  watchSeconds: 240,
};

export interface WatchNeeds {
  readonly client: KubeClient;
  readonly heartbeat?: Heartbeat | undefined;
  /** In [0, 1). */
  readonly random: () => number;
  /** Why the copy is not kept up at present, in one line; undefined: it is again. Told when it changes. */
  readonly onTrouble?: ((trouble: string | undefined) => void) | undefined;
  readonly settings?: Partial<WatchSettings> | undefined;
}

/** A watch that ends sooner without a word has failed, whatever it says. */
const SHORTEST_WATCH_MILLIS = 1_000;

/** Until the signal aborts; never rejects. */
export async function keepWatching(
  selection: Selection,
  sink: WatchSink,
  needs: WatchNeeds,
  signal: AbortSignal,
): Promise<void> {
  const loop = new WatchLoop(selection, sink, needs);
  while (!signal.aborted) await loop.round(signal);
}

class WatchLoop {
  private readonly selection: Selection;
  private readonly sink: WatchSink;
  private readonly needs: WatchNeeds;
  private readonly settings: WatchSettings;
  private readonly backOff: BackOff;
  /** Where to go on; undefined: list. */
  private version: string | undefined;
  private trouble: string | undefined;

  constructor(selection: Selection, sink: WatchSink, needs: WatchNeeds) {
    this.selection = selection;
    this.sink = sink;
    this.needs = needs;
    this.settings = { ...WATCH_SETTINGS, ...needs.settings };
    this.backOff = new BackOff(this.settings, needs.random);
  }

  /** A list if one is needed, one watch, and a pause if they went badly. */
  async round(signal: AbortSignal): Promise<void> {
    const started = performance.now();
    try {
      this.version ??= await this.list(signal);
      await this.watch(this.version, signal);
      if (performance.now() - started < SHORTEST_WATCH_MILLIS) await pauseFor(this.backOff.nextMillis(), signal);
      else this.backOff.reset();
    } catch (failure) {
      await this.recover(isApiError(failure) ? failure : this.unreadable(failure), signal);
    }
  }

  private async list(signal: AbortSignal): Promise<string> {
    const { selection, settings, sink } = this;
    const { client } = this.needs;
    const { slim, begin } = sink;
    return listAll({ client, selection, slim, begin, settings, signal });
  }

  private async watch(version: string, signal: AbortSignal): Promise<void> {
    const { client, heartbeat, random } = this.needs;
    const reopen = new AbortController();
    const stop = (): void => reopen.abort();
    const release = heartbeat?.onReturn(stop);
    signal.addEventListener('abort', stop, { once: true });
    const { watchSeconds, quietMillis } = this.settings;
    const timeoutSeconds = Math.ceil(watchSeconds * (1 + random() / 4));
    const call = { client, selection: this.selection, version, timeoutSeconds, quietMillis, signal: reopen.signal };
    try {
      await watchOnce(call, {
        onEvent: (type, object) => this.take(type, object),
        onBookmark: (at) => this.advance(at),
        onOpen: () => this.say(undefined),
      });
    } finally {
      signal.removeEventListener('abort', stop);
      release?.();
    }
  }

  private take(type: EventType, object: KubeObject): void {
    this.sink.change(type, this.sink.slim(object));
    this.version = object.metadata.resourceVersion ?? this.version;
    this.backOff.reset();
  }

  private advance(version: string): void {
    if (version === '') throw new Error('an empty bookmark');
    this.sink.advance(version);
    this.version = version;
    this.backOff.reset();
  }

  private async recover(failure: ApiError, signal: AbortSignal): Promise<void> {
    // Ours: the operator stops, the server is back, or a quiet connection was given up as a precaution.
    if (failure.reason === 'Aborted' || failure.reason === 'Quiet') return;
    if (!canGoOn(failure)) this.version = undefined;
    if (!failure.isGone) this.say(failure.message);
    await pauseFor(this.backOff.nextMillis(failure.retryAfterMillis), signal);
  }

  /** An object that is not as objects are, from whatever stands in for the API server. */
  private unreadable(cause: unknown): ApiError {
    return silence('Unreadable', `watch of ${collectionPath(this.selection)}`, (cause as Error).message, cause);
  }

  private say(trouble: string | undefined): void {
    if (trouble === this.trouble) return;
    this.trouble = trouble;
    this.needs.onTrouble?.(trouble);
  }
}

/** Whether the next watch may begin where this one ended. */
const canGoOn = ({ isSilent, isTooManyRequests, reason }: ApiError): boolean =>
  (isSilent && reason !== 'Unreadable') || isTooManyRequests;
