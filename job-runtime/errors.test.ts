import { expect, test } from '@jest/globals';
import { isStreamJobError, StreamJobError } from './errors.ts';

test('whether to try again follows from the code', () => {
  expect(new StreamJobError('SinkUnavailable', 'x').retryable).toBe(true);
  expect(new StreamJobError('ConfigInvalid', 'x').retryable).toBe(false);
});

test('the cause is kept', () => {
  const cause = new Error('below');
  expect(new StreamJobError('OutputFailed', 'cannot write', { cause }).cause).toBe(cause);
});

test('an error is known by its code', () => {
  const error: unknown = new StreamJobError('TopicNotFound', 'x');
  expect(isStreamJobError(error)).toBe(true);
  expect(isStreamJobError(error, 'TopicNotFound')).toBe(true);
  expect(isStreamJobError(error, 'TopicConflict')).toBe(false);
  expect(isStreamJobError(new Error('x'))).toBe(false);
});
