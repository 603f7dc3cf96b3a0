import { describe, expect, it } from '@jest/globals';
import { createLogger } from './logger.ts';
import type { Logger, LoggerOptions } from './logger.ts';

function logged(options: LoggerOptions, write: (log: Logger) => void): string[] {
  const lines: string[] = [];
  write(createLogger({ write: (line) => void lines.push(line) }, { operator: 'pod-1' }, options));
  return lines;
}

const masking = (secret: string): LoggerOptions => ({ mask: (text) => text.replaceAll(secret, '***') });

describe('createLogger', () => {
  it('writes one JSON object a line, with level, time and bindings', () => {
    const lines = logged({}, (log) => log.info({ job: 'taxi/rides' }, 'two\nlines'));
    expect(lines).toEqual([expect.stringMatching(/^\{[^\n]*\}\n$/)]);
    expect(JSON.parse(lines[0]!)).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      operator: 'pod-1',
      job: 'taxi/rides',
      msg: 'two\nlines',
    });
  });

  it('leaves out what is below its level', () => {
    const lines = logged({ level: 'warn' }, (log) => {
      log.info('no');
      log.warn('yes');
    });
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['yes']);
  });

  it('never prints a secret, not even one in the error of a library', () => {
    const cause = Object.assign(new Error('auth hunter2!x failed'), { config: { passwords: ['hunter2!x'] } });
    const [line] = logged(masking('hunter2!x'), (log) => log.error({ err: cause, 'hunter2!x': 1 }, 'for u:hunter2!x'));
    expect(line).not.toContain('hunter2');
    expect(JSON.parse(line!)).toMatchObject({
      msg: 'for u:***',
      '***': 1,
      err: { message: 'auth *** failed', config: { passwords: ['***'] } },
    });
  });

  it.each(['"', ',', ':', '}', '\\', '\\n', '1', 'é"\\'])('keeps its lines whole when the secret is %s', (secret) => {
    const [line] = logged(masking(secret), (log) => log.info({ count: 11 }, `it is ${secret}`));
    expect(JSON.parse(line!)).toMatchObject({ count: 11, msg: 'it is ***' });
  });
});
