import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connect } from './client.ts';
import type { KubeClient } from './kube-client.ts';
import { FakeApi, answer, answerList, configMap, openWatch, refuse, sendEvent } from './fake-api.test-kit.ts';
import { statusObject, until } from './fake-api.test-kit.ts';
import type { FakeRequest } from './fake-api.test-kit.ts';
import { Heartbeat } from './heartbeat.ts';
import { Store } from './store.ts';
import { keepWatching } from './watch.ts';
import type { WatchSettings } from './watch.ts';

const SELECTION = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', labelSelector: 'a=b' };
const FAST = { firstMillis: 5, longestMillis: 20, quietMillis: 5_000, timeoutMillis: 2_000 };

describe('keepWatching', () => {
  let api: FakeApi;
  let client: KubeClient;
  let store: Store;
  let stop: AbortController;
  let told: string[];
  let troubles: (string | undefined)[];
  const running: Promise<void>[] = [];

  beforeEach(async () => {
    api = await FakeApi.start();
    client = connect(api.credentials());
    stop = new AbortController();
    [told, troubles] = [[], []];
    store = new Store({
      onListenerFailure: (failure) => {
        throw failure;
      },
    });
    store.onChange((type, { metadata }) => told.push(`${type} ${metadata.name}@${metadata.resourceVersion}`));
  });

  afterEach(async () => {
    stop.abort();
    await Promise.all(running.splice(0));
    client.close();
    await api.stop();
  });

  function start(settings: Partial<WatchSettings> = {}, heartbeat?: Heartbeat): void {
    const needs = {
      client,
      heartbeat,
      random: Math.random,
      settings: { ...FAST, ...settings },
      onTrouble: (line: string | undefined) => troubles.push(line),
    };
    running.push(keepWatching(SELECTION, store.source('default'), needs, stop.signal));
  }

  /** Lists these, and leaves watches to the test; `first` goes before. */
  function serve(objects: () => ReturnType<typeof configMap>[], first?: (request: FakeRequest) => boolean): void {
    api.handler = (request) => {
      if (first?.(request)) return;
      if (request.query['watch']) openWatch(request);
      else answerList(request, objects(), '10');
    };
  }

  it('lists what is selected, then follows it from there', async () => {
    serve(() => [configMap('a', '5')]);
    start();
    await until(() => api.watches().length === 1);
    expect(store.isSynced).toBe(true);
    const [watch] = api.watches();
    expect(watch!.query).toMatchObject({ resourceVersion: '10', allowWatchBookmarks: 'true', labelSelector: 'a=b' });
    sendEvent(watch!, 'ADDED', configMap('b', '11'));
    sendEvent(watch!, 'MODIFIED', configMap('a', '12'));
    sendEvent(watch!, 'DELETED', configMap('b', '13'));
    await until(() => told.length === 4);
    expect(told).toEqual(['added a@5', 'added b@11', 'updated a@12', 'deleted b@13']);
  });

  it('reads a list page by page and says of each item what it is', async () => {
    serve(
      () => [],
      (request) => {
        if (request.query['watch']) return false;
        const isFirst = request.query['continue'] === undefined;
        const { apiVersion: _, kind: __, ...item } = configMap(isFirst ? 'a' : 'b', '5');
        const metadata = { resourceVersion: '10', ...(isFirst ? { continue: 'more' } : {}) };
        answer(request, 200, { metadata, items: [item] });
        return true;
      },
    );
    start({ pageSize: 1 });
    await until(() => store.isSynced);
    expect(store.all().map(({ kind, metadata }) => [kind, metadata.name])).toEqual([
      ['ConfigMap', 'a'],
      ['ConfigMap', 'b'],
    ]);
    expect(api.lists().map(({ query }) => query['limit'])).toEqual(['1', '1']);
  });

  it('lists at once, without pages, when the state of the pages is forgotten between two of them', async () => {
    serve(
      () => [configMap('a', '5')],
      (request) => {
        const { continue: token, limit } = request.query;
        if (token) refuse(request, 410, 'Expired');
        else if (limit) answer(request, 200, { metadata: { resourceVersion: '9', continue: 'more' }, items: [] });
        return token !== undefined || limit !== undefined;
      },
    );
    start();
    await until(() => store.isSynced);
    expect(store.size).toBe(1);
  });

  it('goes on where it was after a connection breaks in the middle of an event', async () => {
    serve(() => []);
    start();
    await until(() => api.watches().length === 1);
    const [first] = api.watches();
    sendEvent(first!, 'ADDED', configMap('a', '11'));
    first!.response.write('{"type":"ADDED","object":{"metadata":{"na');
    await until(() => told.length === 1);
    first!.socket.destroy();
    await until(() => api.watches().length === 2);
    expect(api.watches()[1]!.query['resourceVersion']).toBe('11');
    expect(api.lists()).toHaveLength(1);
  });

  it('goes on from a bookmark', async () => {
    serve(() => []);
    start();
    await until(() => api.watches().length === 1);
    sendEvent(api.watches()[0]!, 'BOOKMARK', { metadata: { resourceVersion: '77' } });
    api.watches()[0]!.response.end();
    await until(() => api.watches().length === 2);
    expect(api.watches()[1]!.query['resourceVersion']).toBe('77');
  });

  it('puts an event together whose bytes come one by one', async () => {
    serve(() => []);
    start();
    await until(() => api.watches().length === 1);
    const { socket } = api.watches()[0]!;
    socket.setNoDelay(true);
    const line = `${JSON.stringify({ type: 'ADDED', object: configMap('a', '11', { text: 'zwölf € 🦊' }) })}\n`;
    for (const byte of Buffer.from(line)) {
      api.watches()[0]!.response.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => told.length === 1);
    expect(store.get('default', 'a')?.data).toEqual({ text: 'zwölf € 🦊' });
  });

  it.each([
    { how: 'as the status of the answer', forget: (watch: FakeRequest) => refuse(watch, 410, 'Expired') },
    {
      how: 'as an ERROR event',
      forget: (watch: FakeRequest) => {
        openWatch(watch);
        sendEvent(watch, 'ERROR', statusObject(410, 'Expired', 'too old resource version'));
        watch.response.end();
      },
    },
  ])('lists anew when its place is forgotten, told $how, and finds what was deleted', async ({ forget }) => {
    const objects = [configMap('a', '5'), configMap('b', '6')];
    serve(
      () => objects.splice(0, 2),
      (request) => {
        const isFirstWatch = request.query['watch'] !== undefined && api.watches().length === 1;
        if (isFirstWatch) {
          objects.push(configMap('b', '6'));
          forget(request);
        }
        return isFirstWatch;
      },
    );
    start();
    await until(() => api.watches().length === 2);
    expect(told).toEqual(['added a@5', 'added b@6', 'deleted a@5']);
    expect(troubles).toEqual([]);
  });

  it.each([
    { status: 500, reason: 'InternalError', headers: {} },
    { status: 429, reason: 'TooManyRequests', headers: { 'retry-after': '1' } },
    { status: 503, reason: 'ServiceUnavailable', headers: {} },
  ])('tries a list again that is answered $status, and says so meanwhile', async ({ status, reason, headers }) => {
    serve(
      () => [],
      (request) => {
        const isEarly = request.count <= 5;
        if (isEarly) refuse(request, status, reason, headers);
        return isEarly;
      },
    );
    start();
    await until(() => store.isSynced);
    expect(troubles).toEqual([expect.stringContaining(`${status} it is ${reason}`), undefined]);
  });

  it('keeps its place when a watch is refused because the server is busy', async () => {
    serve(
      () => [],
      (request) => {
        const isEarly = request.query['watch'] !== undefined && api.watches().length <= 3;
        if (isEarly) refuse(request, 429, 'TooManyRequests');
        return isEarly;
      },
    );
    start();
    await until(() => api.watches().length === 4 && troubles.length > 1);
    expect(api.lists()).toHaveLength(1);
    expect(troubles).toEqual([expect.stringContaining('429 it is TooManyRequests'), undefined]);
  });

  it('leaves a quiet watch open', async () => {
    serve(() => []);
    start();
    await until(() => api.watches().length === 1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    sendEvent(api.watches()[0]!, 'ADDED', configMap('a', '11'));
    await until(() => told.length === 1);
    expect(api.watches()).toHaveLength(1);
  });

  it('opens a watch anew on which nothing came for too long, and is not troubled by it', async () => {
    serve(() => []);
    start({ quietMillis: 50 });
    await until(() => api.watches().length === 3);
    expect(api.lists()).toHaveLength(1);
    expect(troubles).toEqual([]);
  });

  it('opens its watches anew when a server that was silent answers again', async () => {
    let isSilent = false;
    serve(
      () => [],
      (request) => {
        if (isSilent) return true;
        if (request.path === '/version') answer(request, 200, {});
        return request.path === '/version';
      },
    );
    const heartbeat = new Heartbeat(client, { everyMillis: 20, timeoutMillis: 30, retryMillis: 20 });
    running.push(heartbeat.run(stop.signal));
    start({ quietMillis: 60_000 }, heartbeat);
    await until(() => api.watches().length === 1);
    isSilent = true;
    await until(() => !heartbeat.isAnswering);
    expect(api.watches()).toHaveLength(1);
    isSilent = false;
    await until(() => api.watches().length === 2);
    sendEvent(api.watches()[1]!, 'ADDED', configMap('a', '11'));
    await until(() => told.length === 1);
    expect(api.lists()).toHaveLength(1);
  });

  it('pauses before it opens a watch again that ends at once, longer each time', async () => {
    serve(
      () => [],
      (request) => {
        if (!request.query['watch']) return false;
        openWatch(request);
        request.response.end();
        return true;
      },
    );
    start({ firstMillis: 50, longestMillis: 100 });
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(api.watches().length).toBeLessThan(12);
  });

  it.each([
    { line: '{"type":', trouble: /a line is not JSON/ },
    { line: '{"type":"ADDED","object":{}}', trouble: /watch of .*configmaps: Cannot / },
    { line: '{"type":"BOOKMARK","object":{"metadata":{}}}', trouble: /an empty bookmark/ },
  ])('lists anew when a line of a watch makes no sense: $line', async ({ line, trouble }) => {
    serve(() => []);
    start();
    await until(() => api.watches().length === 1);
    api.watches()[0]!.response.write(`${line}\n`);
    await until(() => api.lists().length === 2);
    expect(troubles[0]).toMatch(trouble);
  });
});
