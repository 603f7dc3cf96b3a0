import { describe, expect, it } from '@jest/globals';
import { processReport, taskReport } from './reports.test-kit.ts';
import { statusPage } from './status.ts';

const identity = { namespace: 'taxi', name: 'rides', uid: 'u', run: 'k3x9' };

describe('statusPage', () => {
  it('tells how a process does', () => {
    const task = taskReport({ bound: { end: 40, at: 0 }, stateBytes: 512 });
    const lastError = { code: 'TransactionFailed', message: 'it broke' } as const;
    expect(statusPage(identity, 'pod-1', processReport({ tasks: [task], lastError }))).toEqual({
      job: { namespace: 'taxi', name: 'rides', run: 'k3x9' },
      instance: 'pod-1',
      phase: 'running',
      done: false,
      trouble: null,
      code: null,
      lastError: 'it broke',
      lastErrorCode: 'TransactionFailed',
      tasks: [
        {
          stage: 0,
          topic: 'rides',
          partition: 3,
          phase: 'running',
          position: 17,
          lag: 23,
          watermark: '2023-11-14T22:13:20.000Z',
          stateBytes: 512,
        },
      ],
    });
  });

  it.each([
    { title: 'no watermark before the first record', change: { watermark: -Infinity }, want: { watermark: null } },
    { title: 'no watermark at the end', change: { watermark: Infinity }, want: { watermark: null } },
    { title: 'no watermark where there is no such date', change: { watermark: 9e15 }, want: { watermark: null } },
    { title: 'no lag before Kafka has answered', change: { bound: undefined }, want: { lag: null } },
    { title: 'no lag where the end that is known is old', change: { bound: { end: 3, at: 0 } }, want: { lag: 0 } },
  ])('tells $title', ({ change, want }) => {
    const page = statusPage(identity, 'pod-1', processReport({ tasks: [taskReport(change)] }));
    expect(page.tasks[0]).toMatchObject(want);
  });

  it('tells what is in the way, with its code', () => {
    const trouble = { code: 'NotAuthenticated', message: 'who are you?' } as const;
    const page = statusPage(identity, 'pod-1', processReport({ trouble }));
    expect(page).toMatchObject({
      trouble: 'who are you?',
      code: 'NotAuthenticated',
      lastError: null,
      lastErrorCode: null,
    });
  });

  it('tells that all is done', () => {
    expect(statusPage(identity, 'pod-1', processReport({ phase: 'done' })).done).toBe(true);
  });
});
