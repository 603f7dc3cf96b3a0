import { expect, test } from '@jest/globals';
import { StreamJobError } from '../errors.ts';
import { Background } from './background.ts';

const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

test('one question at a time', async () => {
  const background = new Background();
  const answers: (() => void)[] = [];
  const ask = (): Promise<void> => new Promise((resolve) => void answers.push(resolve));
  background.run(ask);
  background.run(ask);
  expect(answers).toHaveLength(1);
  answers[0]!();
  await settled();
  background.run(ask);
  expect(answers).toHaveLength(2);
});

test('trouble that may pass is asked again, and tells nobody', async () => {
  const background = new Background();
  let asked = 0;
  const ask = async (): Promise<void> => {
    asked++;
    throw new StreamJobError('LogUnavailable', 'away');
  };
  for (let round = 0; round < 2; round++) {
    background.run(ask);
    await settled();
  }
  expect(asked).toBe(2);
  expect(() => background.expectHealthy()).not.toThrow();
});

test.each([new StreamJobError('TopicNotFound', 'gone'), new TypeError('a bug')])(
  'what trying again cannot mend is thrown where the work goes on: %s',
  async (failure) => {
    const background = new Background();
    background.run(async () => {
      throw failure;
    });
    await settled();
    expect(() => background.expectHealthy()).toThrow(failure);
  },
);
