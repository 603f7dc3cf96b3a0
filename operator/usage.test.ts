import { describe, expect, it } from '@jest/globals';
import { commandOf, helpText } from './usage.ts';
import { VARIABLES } from './variables.ts';

describe('commandOf', () => {
  it.each<{ args: string[]; want: unknown }>([
    { args: [], want: { run: true } },
    { args: ['--version'], want: { print: '0.1.0\n' } },
    { args: ['--help'], want: { print: helpText() } },
    { args: ['-h'], want: { print: helpText() } },
    {
      args: ['--help', 'serve'],
      want: { problem: 'unknown argument "serve"; the operator is told by its environment: see --help' },
    },
    { args: ['--workers=3'], want: { problem: expect.stringContaining('"--workers=3"') } },
  ])('takes $args', ({ args, want }) => {
    expect(commandOf(args, '0.1.0')).toEqual(want);
  });
});

describe('helpText', () => {
  it.each(Object.keys(VARIABLES))('tells of %s', (name) => {
    expect(helpText()).toMatch(new RegExp(`^  ${name}\n      [A-Z].*\\.$`, 'm'));
  });

  it('tells defaults, and fits a terminal', () => {
    expect(helpText()).toContain(
      '  STREAMJOB_OPERATOR_WORKERS\n      Jobs that are worked on at the same time. Default: 8.\n',
    );
    expect(
      helpText()
        .split('\n')
        .filter((line) => line.length > 130),
    ).toEqual([]);
  });
});
