/** Manifests of small jobs, made from one sound base by changing single fields. */

export type Changes = Readonly<Record<string, unknown>>;
type Tree = Record<string, unknown>;

const BASE = {
  apiVersion: 'streamjob.dev/v1alpha1',
  kind: 'StreamJob',
  metadata: { name: 'job' },
  spec: {
    topic: { name: 'rides' },
    schema: {
      format: 'csv',
      fields: [
        { name: 'vendor', type: 'string' },
        { name: 'zone', type: 'int' },
        { name: 'total', type: 'decimal(2)' },
        { name: 'day', type: 'date', format: 'yyyy-MM-dd' },
        { name: 'pickup', type: 'timestamp', format: 'yyyy-MM-dd HH:mm:ss', timezone: 'America/New_York' },
      ],
      eventTime: 'pickup',
    },
    window: { type: 'tumbling', size: '10m', groupBy: ['vendor'], aggregate: { rides: { count: '*' } } },
    sink: { console: {} },
  },
};

/** `manifest({'spec.window.size': '5m', 'spec.steps': undefined})`: dots between names; undefined takes a field out. */
export function manifest(changes: Changes = {}): Tree {
  const document = structuredClone(BASE) as Tree;
  for (const [path, value] of Object.entries(changes)) change(document, path.split('.'), value);
  return document;
}

function change(tree: Tree, [name, ...rest]: string[], value: unknown): void {
  if (name === undefined) return;
  if (rest.length > 0) change((tree[name] ??= {}) as Tree, rest, value);
  else if (value === undefined) Reflect.deleteProperty(tree, name);
  else tree[name] = value;
}

export const DEDUPLICATE = { name: 'once', deduplicate: { by: ['vendor'] } };
export const DELTA = { name: 'change', delta: { by: ['vendor'], fields: { total: 'total' } } };

/** The same job, not put together in windows. */
export const WINDOWLESS = { 'spec.window': undefined };
