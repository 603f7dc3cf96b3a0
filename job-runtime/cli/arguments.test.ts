import { describe, expect, test } from '@jest/globals';
import { parseCommandLine } from './arguments.ts';
import { helpText } from './help.ts';

const complaints = (...args: string[]): readonly string[] => {
  const parsed = parseCommandLine(args);
  return parsed.kind === 'wrong' ? parsed.complaints : [];
};

describe('the command line', () => {
  test('gives the verb, its files and its flags', () => {
    expect(parseCommandLine(['run', 'job.yaml', '--count', '5', '--set', 'spec.a=1', '--set=spec.b=2'])).toEqual({
      kind: 'command',
      verb: 'run',
      files: ['job.yaml'],
      flags: new Map([
        ['count', ['5']],
        ['set', ['spec.a=1', 'spec.b=2']],
      ]),
    });
  });

  test('takes - for standard input, negative numbers as values, and several files to validate', () => {
    expect(parseCommandLine(['plan', '-'])).toMatchObject({ files: ['-'] });
    expect(parseCommandLine(['run', 'a', '--seed', '-5'])).toMatchObject({ flags: new Map([['seed', ['-5']]]) });
    expect(parseCommandLine(['validate', 'a', 'b'])).toMatchObject({ files: ['a', 'b'] });
  });

  test('takes no manifest to redrive a topic, and switches', () => {
    expect(parseCommandLine(['redrive', '--topic', 't', '--dry-run'])).toMatchObject({
      files: [],
      flags: new Map([
        ['topic', ['t']],
        ['dry-run', ['']],
      ]),
    });
  });

  test.each([
    ['no verb', [], ['give a verb: run, validate, plan, tail or redrive']],
    ['a misspelt verb', ['valdiate', 'x'], ['unknown verb "valdiate"; did you mean "validate"?']],
    [
      'a file for a verb',
      ['job.yaml', '--count', '5'],
      ['unknown verb "job.yaml"; to run it: streamjob run job.yaml --count 5'],
    ],
    [
      'a flag for a verb',
      ['--count', '5'],
      ['the verb comes first: run, validate, plan, tail or redrive; got --count'],
    ],
    ['no file', ['run'], ['run needs a manifest: streamjob run FILE']],
    ['two files', ['plan', 'a', 'b'], ['plan takes one manifest; got a, b']],
    ['nothing to tail', ['tail'], ['tail needs a topic or manifest: streamjob tail TOPIC|FILE']],
    ['two topics', ['tail', 'a', 'b'], ['tail takes one topic or manifest; got a, b']],
    ['a flag of another verb', ['validate', 'a', '--count', '5'], ['unknown flag --count']],
    [
      'several wrong flags at once',
      ['run', 'a', '--partition', '2', '--help=yes', '--seed', '--count'],
      [
        'unknown flag --partition; did you mean --partitions?',
        '--help takes no value',
        '--seed needs a value: --seed N',
      ],
    ],
    ['a flag named like a member of all objects', ['run', 'a', '--constructor'], ['unknown flag --constructor']],
  ])('refuses %s', (_, args, expected) => {
    expect(complaints(...args)).toEqual(expected);
  });

  test.each([
    [['--help'], { kind: 'help' }],
    [['help', 'plan'], { kind: 'help', verb: 'plan' }],
    [['run', '--help'], { kind: 'help', verb: 'run' }],
    [['run', 'a', '-h'], { kind: 'help', verb: 'run' }],
    [['--version'], { kind: 'version' }],
  ])('%j asks for help or version', (args, expected) => {
    expect(parseCommandLine(args)).toEqual(expected);
  });

  test('help of a verb has its usage, flags and examples', () => {
    expect(helpText('validate')).toBe(`Usage: streamjob validate FILE… [FLAGS]

Judges every StreamJob in the files ("-": standard input). Exit code 0: all sound, 2: there are problems.

Flags:
  --help  Show this help.

Examples:
  streamjob validate job.yaml
  streamjob validate jobs/*.yaml
  cat job.yaml | streamjob validate -
`);
  });
});
