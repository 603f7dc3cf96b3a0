/** One watch, from its beginning to its end: bytes into events. */
import type { KubeObject } from '../resources/kube-object.ts';
import { refusal, silence } from './api-error.ts';
import type { KubeClient } from './kube-client.ts';
import { LineCutter } from './json-lines.ts';
import { collectionPath } from './kinds.ts';
import type { Selection } from './list.ts';

export type EventType = 'ADDED' | 'MODIFIED' | 'DELETED';

export interface WatchEvents {
  /** The server has taken the watch. */
  onOpen?: () => void;
  onEvent: (type: EventType, object: KubeObject) => void;
  /** Nothing up to here is missing. */
  onBookmark: (version: string) => void;
}

export interface WatchCall {
  readonly client: KubeClient;
  readonly selection: Selection;
  readonly version: string;
  /** When the server is to end it. */
  readonly timeoutSeconds: number;
  readonly quietMillis: number;
  readonly signal: AbortSignal;
}

interface WatchLine {
  readonly type: EventType | 'BOOKMARK' | 'ERROR';
  readonly object: KubeObject;
}

/** Resolves when the server ends it. Rejects with an ApiError, that of an ERROR event included. */
export async function watchOnce(call: WatchCall, events: WatchEvents): Promise<void> {
  const { client, selection, version, timeoutSeconds, quietMillis, signal } = call;
  const path = collectionPath(selection);
  const lines = new LineCutter();
  await client.stream(path, {
    query: {
      watch: 1,
      allowWatchBookmarks: true,
      resourceVersion: version,
      timeoutSeconds,
      labelSelector: selection.labelSelector,
    },
    signal,
    quietMillis,
    onOpen: () => events.onOpen?.(),
    onChunk: (chunk) => {
      for (const line of lines.feed(chunk)) deliver(parsed(line, path), events, path);
    },
  });
}

function deliver({ type, object }: WatchLine, events: WatchEvents, path: string): void {
  if (type === 'ERROR') throw refusal(`watch of ${path}`, 500, object);
  if (type === 'BOOKMARK') events.onBookmark(object.metadata.resourceVersion ?? '');
  else events.onEvent(type, object);
}

function parsed(line: string, path: string): WatchLine {
  try {
    return JSON.parse(line) as WatchLine;
  } catch (cause) {
    throw silence('Unreadable', `watch of ${path}`, 'a line is not JSON', cause);
  }
}
