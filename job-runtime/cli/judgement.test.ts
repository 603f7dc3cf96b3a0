import { describe, expect, test } from '@jest/globals';
import { judge } from './judgement.ts';
import { chooseManifest, parseManifests } from './manifest-file.ts';
import type { Manifest } from './manifest-file.ts';
import { override } from './overrides.ts';
import { problemLines } from './problem-text.ts';

const SOUND = `apiVersion: streamjob.dev/v1alpha1
kind: StreamJob
metadata: {name: visits}
spec:
  topic: {name: visits}
  schema:
    format: csv
    fields:
      - {name: user, type: string}
      - {name: amount, type: long}
      - {name: at, type: timestamp}
    eventTime: at
  steps:
    - {name: paid, filter: amount > 1}
  window:
    type: tumbling
    size: 5m
    groupBy: [user]
    aggregate: {n: {count: "*"}}
  sink: {console: {}}
`;

function manifestsOf(text: string): readonly Manifest[] {
  const read = parseManifests('job.yaml', text);
  if ('complaint' in read) throw new RangeError(read.complaint);
  return read.manifests;
}

function problemsOf(text: string, flags: ReadonlyMap<string, readonly string[]> = new Map()): readonly string[] {
  const [manifest] = manifestsOf(text);
  const { document, origins } = override(manifest!.document, flags);
  const judged = judge(document);
  return 'problems' in judged ? problemLines(judged.problems, manifest!, origins) : [];
}

describe('a manifest is judged', () => {
  test('sound: no problems, and a plan', () => {
    expect(problemsOf(SOUND)).toEqual([]);
    expect(judge(manifestsOf(SOUND)[0]!.document)).toMatchObject({
      plan: { stages: [{ input: 'source' }, { input: 'groups' }] },
    });
  });

  test('every problem is told at once, in the order of the lines: schema, names and expressions', () => {
    const broken = SOUND.replace('size: 5m', 'size: 5 minutes')
      .replace('groupBy', 'grupBy')
      .replace('amount > 1', 'amont > 1')
      .replace('topic: {name: visits}', 'topic: {name: visits, partitions: 0}');
    expect(problemsOf(broken)).toEqual([
      'job.yaml:5: spec.topic.partitions: must be at least 1; got 0',
      'job.yaml:14: spec.steps[0].filter: column 1: there is no field amont; did you mean amount?',
      'job.yaml:17: spec.window.size: must be a duration such as 30s, 5m or 1h30m (units ms, s, m, h); got "5 minutes"',
      'job.yaml:18: spec.window.grupBy: unknown field; did you mean "groupBy"?',
    ]);
  });

  test('what is missing is told at the line of what should hold it', () => {
    expect(problemsOf(SOUND.replace('    size: 5m\n', ''))).toEqual([
      'job.yaml:15: spec.window.size: must be given for a tumbling or sliding window',
    ]);
  });

  test('what a flag says is told under the flag', () => {
    const flags = new Map([
      ['set', ['spec.window.size=x', 'spec.window.sise=5m']],
      ['partitions', ['0']],
    ]);
    expect(problemsOf(SOUND, flags)).toEqual([
      '--partitions 0: spec.topic.partitions: must be at least 1; got 0',
      '--set spec.window.size=x: spec.window.size: must be a duration such as 30s, 5m or 1h30m (units ms, s, m, h); got "x"',
      '--set spec.window.sise=5m: spec.window.sise: unknown field; did you mean "size"?',
    ]);
  });

  test('a field that a mistaken expression should make is missed by no later step', () => {
    const steps = `steps:
    - {name: twice, map: {set: {double: amont * 2}}}
    - {name: once, deduplicate: {by: [double]}}
`;
    expect(problemsOf(SOUND.replace(/steps:\n.*\n/, steps))).toEqual([
      'job.yaml:14: spec.steps[0].map.set.double: column 1: there is no field amont; did you mean amount?',
    ]);
  });

  test('lines are found through aliases', () => {
    const text = SOUND.replace('console: {}', 'console: *settings').replace(
      'metadata:',
      'x: &settings\n  colums: [n]\nmetadata:',
    );
    expect(problemsOf(text)).toContain('job.yaml:4: spec.sink.console.colums: unknown field; did you mean "columns"?');
  });

  test('what is no StreamJob at all is told without a stack', () => {
    expect(problemsOf('[1, 2]')).toEqual(['job.yaml:1: must be an object; got a list']);
  });
});

describe('a manifest file', () => {
  const other = SOUND.replace('name: visits}\nspec', 'name: other}\nspec');

  test.each([
    ['', 'job.yaml: is empty; a manifest starts with apiVersion and kind'],
    ['# nothing\n---\n', 'job.yaml: is empty; a manifest starts with apiVersion and kind'],
    ['a:\n  b: c: d\n', 'job.yaml:2:6: not valid YAML: Nested mappings are not allowed in compact mappings'],
    ['a: 1\n---\n{', 'job.yaml:3:2: not valid YAML: Flow map must end with a }'],
    ['a: *b', 'job.yaml: not valid YAML: Unresolved alias (the anchor must be set before the alias): b'],
    ['a: 1\n---\nb: 2', 'job.yaml: none of its 2 documents is of kind StreamJob'],
  ])('%j is refused in one line', (text, complaint) => {
    expect(parseManifests('job.yaml', text)).toEqual({ complaint });
  });

  test('documents of other kinds are passed over', () => {
    expect(manifestsOf(`kind: Secret\n---\n${SOUND}`)).toHaveLength(1);
  });

  test('of several jobs one is chosen by its name', () => {
    const manifests = manifestsOf(`${SOUND}---\n${other}`);
    expect(chooseManifest(manifests, 'other')).toBe(manifests[1]);
    expect(chooseManifest(manifests, undefined)).toEqual({
      complaint: 'job.yaml: holds 2 StreamJobs; choose one with --name: visits, other',
    });
    expect(chooseManifest(manifests, 'x')).toEqual({
      complaint: 'job.yaml: holds no StreamJob named x; it has visits, other',
    });
  });

  test('lines count from the start of the file in later documents too', () => {
    const [, second] = manifestsOf(`${SOUND}---\n${other}`);
    expect(second!.lineOf(['metadata', 'name'])).toBe(24);
  });
});
