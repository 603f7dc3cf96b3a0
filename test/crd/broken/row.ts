/**
 * Wrong manifests, each with one mistake: the problem that parseStreamJob tells, and what the API server says of it.
 * One table for both, so that the two halves of a rule cannot drift apart.
 */
import { WINDOWLESS } from '../manifests.ts';
import type { Changes } from '../manifests.ts';

/** `cel`: a rule of ours, with the same words · `structure`: the API server's own words · `strict`: unknown fields · `none`: it cannot tell. */
type Server = 'cel' | 'structure' | 'strict' | 'none';

export type Broken = Readonly<{
  name: string;
  changes: Changes;
  path: string;
  /** The start of the message, up to what was got. */
  message: string;
  server: Server;
  /** Where the API server's words differ from ours: CEL cannot point into a list, and has no nearest names. */
  serverPath?: string;
  serverMessage?: string;
}>;

export type Case = readonly [
  name: string,
  changes: Changes,
  path: string,
  message: string,
  server?: Partial<Pick<Broken, 'serverPath' | 'serverMessage'>>,
];

export const rows = (server: Server, cases: readonly Case[]): Broken[] =>
  cases.map(([name, changes, path, message, words = {}]) => ({ name, changes, path, message, server, ...words }));

export const gcs = (changes: object): Changes => ({ 'spec.sink': { gcs: { bucket: 'my-bucket', ...changes } } });
export const kafka = (changes: object): Changes => ({ 'spec.sink': { kafka: { topic: 'out', ...changes } } });
export const field = (changes: object): Changes => ({
  'spec.schema.fields': [
    { name: 'pickup', type: 'timestamp' },
    { name: 'extra', type: 'string', ...changes },
    { name: 'vendor', type: 'string' },
  ],
});
export const many = (count: number): string[] => Array.from({ length: count }, (_, index) => `n${index}`);
export const members = (count: number): Record<string, string> =>
  Object.fromEntries(many(count).map((name) => [name, 'x']));
export const steps = (...list: object[]): Changes => ({ 'spec.steps': list });
export const windowless = (...list: object[]): Changes => ({ ...WINDOWLESS, ...steps(...list) });
export const window = (changes: object): Changes => ({
  'spec.window': { type: 'tumbling', size: '10m', aggregate: { n: { count: '*' } }, ...changes },
});
