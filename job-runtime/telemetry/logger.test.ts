import { describe, expect, it } from '@jest/globals';
import { createLogger } from './logger.ts';
import type { LoggerOptions } from './logger.ts';
import { maskSecrets } from './mask-secrets.ts';

function logged(options: LoggerOptions, write: (log: ReturnType<typeof createLogger>) => void): string[] {
  const lines: string[] = [];
  write(createLogger({ write: (line) => void lines.push(line) }, { job: 'rides' }, options));
  return lines;
}

const masking = (...secrets: string[]): LoggerOptions => ({ mask: (text) => maskSecrets(text, secrets) });

describe('createLogger', () => {
  it('writes one JSON object a line, with level, time and bindings', () => {
    const lines = logged({}, (log) => log.info({ event: 'started' }, 'started'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(lines[0]!)).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      job: 'rides',
      event: 'started',
      msg: 'started',
    });
  });

  it('leaves out what is below its level', () => {
    const lines = logged({ level: 'warn' }, (log) => {
      log.info('no');
      log.warn('yes');
    });
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['yes']);
  });

  it('never prints a secret, not even one inside the error of a library', () => {
    const cause = Object.assign(new Error('auth hunter2!x failed'), { config: { password: 'hunter2!x' } });
    const [line] = logged(masking('hunter2!x'), (log) => log.error({ err: cause }, 'cannot log in as u:hunter2!x'));
    expect(line).not.toContain('hunter2');
    expect(JSON.parse(line!)).toMatchObject({
      msg: 'cannot log in as u:***',
      err: { message: 'auth *** failed', config: { password: '***' } },
    });
  });

  it.each(['"', ',', ':', '}', '\\', '\\n', '1', 'é"\\'])('keeps its lines whole when the secret is %s', (secret) => {
    const [line] = logged(masking(secret), (log) => log.info({ count: 11 }, `it is ${secret}`));
    expect(line).toMatch(/^[^\n]*\n$/);
    expect(JSON.parse(line!)).toMatchObject({ count: 11, msg: 'it is ***' });
  });
});
