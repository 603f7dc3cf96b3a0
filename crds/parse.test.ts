import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BROKEN } from '../test/crd/broken/index.ts';
import { LARGEST } from '../test/crd/largest.ts';
import { manifest } from '../test/crd/manifests.ts';
import { SOUND } from '../test/crd/sound.ts';
import { parseStreamJob } from './parse.ts';
import type { Problem } from './parse.ts';

const problemsOf = (document: unknown): readonly Problem[] => {
  const parsed = parseStreamJob(document);
  return 'problems' in parsed ? parsed.problems : [];
};

describe('parseStreamJob', () => {
  it.each(SOUND)('accepts $name', ({ changes }) => {
    expect(problemsOf(manifest(changes))).toEqual([]);
  });

  it.each(BROKEN)('refuses $name', ({ changes, path, message }) => {
    const problems = problemsOf(manifest(changes));
    expect(problems).toEqual([{ path, message: expect.stringContaining(message) }]);
    expect(problems[0]!.message.startsWith(message)).toBe(true);
  });

  it('tells all problems at once, those of one part beside those between the others', () => {
    const changes = {
      kind: undefined,
      'spec.topic.partitions': 0,
      'spec.window.size': '5x',
      'spec.onEror': 'skip',
      'spec.producer': { source: { web: {} }, key: ['vendr'] },
    };
    expect(problemsOf(manifest(changes)).map(({ path }) => path)).toEqual([
      'kind',
      'spec.topic.partitions',
      'spec.window.size',
      'spec.onEror',
      'spec.producer.key[0]',
    ]);
  });

  it('accepts a manifest at all its maximums', () => {
    expect(problemsOf(LARGEST)).toEqual([]);
  });

  it('takes names that every object of JavaScript has for what they are: names', () => {
    const fields = ['constructor', 'toString', 'at'].map((name) => ({
      name,
      type: name === 'at' ? 'timestamp' : 'int',
    }));
    const changes = {
      'spec.schema': { format: 'csv', fields, eventTime: 'at' },
      'spec.steps': [{ name: 'shape', map: { rename: { at: 'valueOf' } } }],
      'spec.window.groupBy': ['constructor', 'valueOf'],
      'spec.window.aggregate': { n: { sum: 'toString' } },
      'spec.sink': { console: { columns: ['constructor', 'n'] } },
    };
    expect(problemsOf(manifest(changes))).toEqual([]);
  });

  it('applies the defaults', () => {
    const parsed = parseStreamJob(manifest());
    expect(parsed).toMatchObject({
      job: {
        spec: {
          topic: { partitions: 1, deletionPolicy: 'Retain' },
          steps: [],
          window: {
            offset: '0s',
            watermark: { delay: '0s', idleTimeout: '5m', maxFuture: '1h' },
            late: 'drop',
            emit: 'final',
            shuffle: 'auto',
          },
          consumer: { minReplicas: 1, maxReplicas: 2 },
          onError: 'deadLetter',
          onDataLoss: 'fail',
          suspend: false,
        },
      },
    });
  });

  it.each([null, undefined, 3, 'text', [], {}, { spec: null }, { spec: [] }])(
    'finds problems in %j without failing',
    (document) => {
      expect(problemsOf(document).length).toBeGreaterThan(0);
    },
  );

  it('finds problems in any damaged manifest without failing', () => {
    const scalars = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.constant({}),
      fc.constant([]),
    );
    const paths = fc.constantFrom(...leafPaths(manifest()));
    fc.assert(
      fc.property(fc.dictionary(paths, scalars, { maxKeys: 4 }), (changes) => {
        const parsed = parseStreamJob(damaged(manifest(), changes));
        expect('job' in parsed || parsed.problems.length > 0).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

type Tree = Record<string, unknown>;

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null;

/** The paths of all values of a document, with slashes between names. */
function leafPaths(tree: Tree, at = ''): string[] {
  return Object.entries(tree).flatMap(([name, value]) => [
    `${at}${name}`,
    ...(isTree(value) ? leafPaths(value, `${at}${name}/`) : []),
  ]);
}

function damaged(document: Tree, changes: Tree): Tree {
  for (const [path, value] of Object.entries(changes)) {
    const names = path.split('/');
    const holder = names
      .slice(0, -1)
      .reduce<unknown>((tree, name) => (isTree(tree) ? tree[name] : undefined), document);
    if (isTree(holder)) holder[names.at(-1)!] = value;
  }
  return document;
}
