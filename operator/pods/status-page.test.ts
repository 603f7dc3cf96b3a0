import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { processReport, taskReport } from '../../job-runtime/telemetry/reports.test-kit.ts';
import { statusPage } from '../../job-runtime/telemetry/status.ts';
import { readStatusPage } from './status-page.ts';

const identity = { namespace: 'taxi', name: 'rides', uid: 'u', run: 'k3x9' };

/** As the runtime of this repository writes it. */
function pageOf(change: Parameters<typeof processReport>[0], tasks = 1): string {
  const report = processReport({ tasks: Array.from({ length: tasks }, () => taskReport()), ...change });
  return `${JSON.stringify(statusPage(identity, 'pod-1', report), null, 2)}\n`;
}

const page = (members: object): string => JSON.stringify({ phase: 'running', done: false, ...members });

describe('readStatusPage', () => {
  it('reads what the runtime writes', () => {
    const text = pageOf({
      phase: 'joining',
      trouble: { code: 'NotAuthenticated', message: 'Kafka refuses the password, "tasks": [' },
      lastError: { code: 'TransactionFailed', message: 'fenced' },
    });
    expect(readStatusPage(text)).toEqual({
      phase: 'joining',
      done: false,
      trouble: { code: 'NotAuthenticated', message: 'Kafka refuses the password, "tasks": [' },
      lastError: { code: 'TransactionFailed', message: 'fenced' },
    });
  });

  it('reads it though it is cut off among its tasks', () => {
    const text = pageOf({ phase: 'done' }, 1024);
    expect(text.length).toBeGreaterThan(100_000);
    expect(readStatusPage(text.slice(0, 65_536))).toEqual({ phase: 'done', done: true });
  });

  it.each([
    { title: 'a page without codes', text: page({ trouble: 'away', lastError: 'b' }), code: 'LogUnavailable' },
    {
      title: 'codes of another version',
      text: page({ trouble: 'away', code: 'NewInventedCode', lastError: 'b', lastErrorCode: 'constructor' }),
      code: 'LogUnavailable',
    },
    {
      title: 'a code that is none',
      text: page({ trouble: 'away', code: '__proto__', lastError: 'b', lastErrorCode: null }),
      code: 'LogUnavailable',
    },
  ])('takes $title', ({ text, code }) => {
    expect(readStatusPage(text)).toEqual({
      phase: 'running',
      done: false,
      trouble: { code, message: 'away' },
      lastError: { message: 'b' },
    });
  });

  it('makes one short line of its texts', () => {
    const text = page({ trouble: `a\n\u001b[31mb${'x'.repeat(5000)}`, lastError: '\n' });
    const { trouble, lastError } = readStatusPage(text)!;
    expect(trouble!.message).toMatch(/^a \[31mbx+…$/);
    expect(trouble!.message).toHaveLength(1024);
    expect(lastError).toBeUndefined();
  });

  it.each([
    '',
    'null',
    '[]',
    '{}',
    'not found',
    page({ phase: 'levitating' }),
    page({ done: 'yes' }),
    page({ trouble: { message: 'x' } }),
    page({ code: 7 }),
    page({ lastError: ['x'] }),
    `{"job":{"a":1,"tasks":[]},"phase":"running","done":false}`,
    pageOf({}).slice(0, 60),
  ])('is no page: %j', (text) => {
    expect(readStatusPage(text)).toBeUndefined();
  });

  it('bears any text, and tells nothing but short lines of it', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '"', '\\', '\n', '\r', '\u0000', '\u2028', '\ud83d', ',') });
    const anything = fc.oneof(
      text,
      fc.json(),
      fc
        .record({ phase: fc.constant('running'), done: fc.boolean(), trouble: text })
        .map((members) => JSON.stringify(members)),
    );
    fc.assert(
      fc.property(anything, (text) => {
        expect(readStatusPage(text)?.trouble?.message ?? '').not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});
