import { expect, test } from '@jest/globals';
import { StreamJobError } from '../errors.ts';
import { terminationMessage } from './termination.ts';

const asIs = (text: string): string => text;

test.each<[string, unknown, string]>([
  ['begins with the code', new StreamJobError('StateTooLarge', 'too much state'), 'StateTooLarge: too much state'],
  ['calls other errors unexpected', new TypeError('x is undefined'), 'Unexpected: x is undefined'],
  ['takes what is no error too', 'gone', 'Unexpected: gone'],
  ['is one line', new StreamJobError('ConfigInvalid', 'a:\n  b\r\n\n  c\n'), 'ConfigInvalid: a: b c'],
])('a termination message %s', (_case, error, want) => {
  expect(terminationMessage(error, asIs)).toBe(want);
});

test('a termination message tells no secret', () => {
  const error = new StreamJobError('NotAuthenticated', 'user a with hunter2');
  expect(terminationMessage(error, (text) => text.replace('hunter2', '***'))).toBe('NotAuthenticated: user a with ***');
});

test.each([0, 1, 2, 3])('a termination message has at most 4,096 bytes and no half of a character: %i', (shift) => {
  const message = terminationMessage(new StreamJobError('OutputFailed', 'x'.repeat(shift) + '雨'.repeat(5000)), asIs);
  const bytes = Buffer.byteLength(message);
  expect(bytes).toBeLessThanOrEqual(4096);
  expect(bytes).toBeGreaterThan(4096 - 3);
  expect(message).toMatch(/^OutputFailed: x*雨+$/);
});
