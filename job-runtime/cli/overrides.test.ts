import { describe, expect, test } from '@jest/globals';
import { valueAt } from './manifest-path.ts';
import { override } from './overrides.ts';

const MANIFEST = {
  metadata: { name: 'job' },
  spec: {
    topic: { name: 't', partitions: 2, config: { 'cleanup.policy': 'delete' } },
    producer: { source: { turnstile: { seed: 3 } }, key: ['ID'], rate: '0.1/s' },
    steps: [{ name: 'a', filter: 'true' }],
    sink: {
      gcs: {
        bucket: 'lake',
        prefix: 'p',
        format: 'csv',
        compression: 'gzip',
        maxRows: 5,
        columns: ['n'],
        columnOptions: {},
      },
    },
  },
};
const OF_FILE = { spec: { producer: { source: { file: { path: 'a', order: 'eventTime', speed: 2 } } } } };

const overridden = (flags: Record<string, string>, document: unknown = MANIFEST): ReturnType<typeof override> =>
  override(document, new Map(Object.entries(flags).map(([name, value]) => [name, [value]])));

describe('flags change the manifest before it is judged', () => {
  test.each([
    ['--partitions', { partitions: '7' }, 'topic.partitions', 7],
    ['what is no number stays for the schema to refuse', { partitions: '7x' }, 'topic.partitions', '7x'],
    ['a generator’s count', { count: '5' }, 'producer.source', { turnstile: { seed: 3, count: 5 } }],
    [
      'a generator’s start',
      { start: '2024-01-31T08:00:00Z' },
      'producer.source.turnstile.start',
      '2024-01-31T08:00:00Z',
    ],
    [
      'a speed, in place of the rate',
      { speed: '60' },
      'producer',
      { source: { turnstile: { seed: 3, speed: 60 } }, key: ['ID'] },
    ],
    ['no pace at all', { speed: 'max' }, 'producer', MANIFEST.spec.producer],
    ['a rate beside a speed: the schema refuses it', { speed: '60', rate: '5/s' }, 'producer.rate', '5/s'],
    [
      'an input, without the producer’s pace',
      { input: 'f.gz' },
      'producer',
      { source: { file: { path: 'f.gz' } }, key: ['ID'] },
    ],
    ['an input with a speed', { input: 'f', speed: '9' }, 'producer.source', { file: { path: 'f', speed: 9 } }],
    ['the console, with the columns', { sink: 'console' }, 'sink', { console: { columns: ['n'], columnOptions: {} } }],
    [
      'files, with all that has a meaning for them',
      { sink: 'file:out' },
      'sink',
      { file: { path: 'out', format: 'csv', compression: 'gzip', maxRows: 5, columns: ['n'], columnOptions: {} } },
    ],
    ['the format of the sink that was chosen', { sink: 'console', format: 'csv' }, 'sink.console.format', 'csv'],
    ['any field', { set: 'spec.window.size=60m' }, 'window', { size: '60m' }],
    ['a list', { set: 'spec.window.groupBy=[A, B]' }, 'window.groupBy', ['A', 'B']],
    ['an item of a list', { set: 'spec.steps[0].filter=a == "b=c"' }, 'steps', [{ name: 'a', filter: 'a == "b=c"' }]],
    [
      'a name in quotes',
      { set: 'spec.topic.config["cleanup.policy"]=compact' },
      'topic.config',
      { 'cleanup.policy': 'compact' },
    ],
    ['null takes a field out', { set: 'spec.producer=null' }, 'producer', undefined],
  ])('%s', (_, flags, path, expected) => {
    const { document, complaints } = overridden(flags as Record<string, string>);
    expect(complaints).toEqual([]);
    expect(valueAt(document, ['spec', ...path.split('.')])).toEqual(expected);
  });

  test('an input keeps the order that the job’s own file has', () => {
    expect(overridden({ input: 'b' }, OF_FILE).document).toEqual({
      spec: { producer: { source: { file: { order: 'eventTime', path: 'b' } } } },
    });
  });

  test.each([
    [{ count: '5' }, OF_FILE, '--count 5: is for generators, and the records come from a file'],
    [{ seed: '5' }, { spec: {} }, '--seed 5: the manifest has no spec.producer with a generator'],
    [{ rate: '5/s' }, { spec: {} }, '--rate 5/s: the manifest has no spec.producer'],
    [{ sink: 'file:' }, MANIFEST, '--sink file:: must be console, or file:DIR with a folder'],
    [{ format: 'csv' }, { spec: {} }, '--format csv: the manifest has no sink'],
    [{ set: 'spec.topic.name.x=1' }, MANIFEST, '--set spec.topic.name.x=1: spec.topic.name is no object'],
    [{ set: 'spec.steps[2].name=x' }, MANIFEST, '--set spec.steps[2].name=x: spec.steps has 1 item, numbered from 0'],
    [{ set: 'spec.topic[0]=x' }, MANIFEST, '--set spec.topic[0]=x: spec.topic is no list'],
    [{ set: 'spec.a' }, MANIFEST, '--set spec.a: must be PATH=VALUE, such as spec.window.size=60m'],
    [
      { set: 'kind=x' },
      MANIFEST,
      '--set kind=x: must name a field below spec or metadata, such as spec.window.size=60m',
    ],
    [{ partitions: '2' }, [], '--partitions 2: the manifest is no object'],
  ])('%j is refused where it fits nothing', (flags, document, expected) => {
    expect(overridden(flags as Record<string, string>, document).complaints).toEqual([expected]);
  });

  test('a value that is no YAML is told with what to do', () => {
    expect(overridden({ set: 'spec.a=*x' }).complaints).toEqual([
      `--set spec.a=*x: the value is not valid YAML: Unresolved alias (the anchor must be set before the alias): x; quote it: spec.a='"…"'`,
    ]);
  });

  test('the manifest that was given stays as it is', () => {
    const before = structuredClone(MANIFEST);
    overridden({ set: 'spec.topic.config["x"]=1', sink: 'console', count: '3' });
    expect(MANIFEST).toEqual(before);
  });

  test('a name that objects inherit becomes a member, for the schema to refuse', () => {
    const { document } = overridden({ set: 'spec.__proto__.x=1' });
    expect(Object.keys(valueAt(document, ['spec']) as object)).toContain('__proto__');
  });
});
