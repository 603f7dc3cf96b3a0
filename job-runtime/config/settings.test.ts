import { describe, expect, it, test } from '@jest/globals';
import { readSettings, terminationLog } from './settings.ts';
import type { Environment, Machine, Settings } from './settings.ts';

const MACHINE: Machine = { hostname: 'my host.local', pid: 42, readText: () => undefined };
const LEAST = { STREAMJOB_UID: '5f1c-22', STREAMJOB_RUN: 'k3x9' };

const read = (environment: Environment, machine = MACHINE): ReturnType<typeof readSettings> =>
  readSettings({ ...LEAST, ...environment }, machine);

describe('readSettings', () => {
  it('needs the uid and the run, and has defaults for the rest', () => {
    expect(read({})).toEqual({
      settings: {
        jobFile: '/etc/streamjob/job.json',
        uid: '5f1c-22',
        run: 'k3x9',
        instance: 'my-host.local-42',
        secretsDir: '/etc/streamjob/secrets',
        httpPort: 8080,
        httpHost: undefined,
        defaultBrokers: [],
        commitIntervalMillis: 1000,
        sessionTimeoutMillis: 10_000,
        stateLimitBytes: 4 * 2 ** 30,
        logLevel: 'info',
      },
    });
  });

  it.each<{ name: string; value: string; want: Partial<Settings> }>([
    { name: 'JOB_FILE', value: '/job.json', want: { jobFile: '/job.json' } },
    { name: 'INSTANCE', value: 'rides-7d4b9c-x2x5p', want: { instance: 'rides-7d4b9c-x2x5p' } },
    { name: 'INSTANCE', value: '', want: { instance: 'my-host.local-42' } },
    { name: 'SECRETS_DIR', value: '/secrets', want: { secretsDir: '/secrets' } },
    { name: 'HTTP_PORT', value: '0', want: { httpPort: 0 } },
    { name: 'HTTP_PORT', value: '65535', want: { httpPort: 65_535 } },
    { name: 'HTTP_HOST', value: '127.0.0.1', want: { httpHost: '127.0.0.1' } },
    { name: 'HTTP_HOST', value: 'fd00::1', want: { httpHost: 'fd00::1' } },
    { name: 'HTTP_HOST', value: '', want: { httpHost: undefined } },
    { name: 'BROKERS', value: 'a:9092, b.c:9093', want: { defaultBrokers: ['a:9092', 'b.c:9093'] } },
    { name: 'COMMIT_INTERVAL', value: '250ms', want: { commitIntervalMillis: 250 } },
    { name: 'SESSION_TIMEOUT', value: '1m30s', want: { sessionTimeoutMillis: 90_000 } },
    { name: 'STATE_LIMIT', value: '1000', want: { stateLimitBytes: 1000 } },
    { name: 'LOG_LEVEL', value: 'debug', want: { logLevel: 'debug' } },
  ])('takes $name=$value', ({ name, value, want }) => {
    expect(read({ [`STREAMJOB_${name}`]: value })).toMatchObject({ settings: want });
  });

  it.each([
    { name: 'UID', value: '', want: 'STREAMJOB_UID: is missing; must be the uid of the StreamJob' },
    { name: 'RUN', value: undefined, want: /^STREAMJOB_RUN: is missing; must be the run of the StreamJob, 1 to 16/ },
    { name: 'RUN', value: 'K3', want: /must be the run .*; got "K3"$/ },
    { name: 'RUN', value: 'a'.repeat(17), want: /must be the run/ },
    { name: 'INSTANCE', value: 'a_b', want: 'STREAMJOB_INSTANCE: must be the name of a pod or host; got "a_b"' },
    { name: 'HTTP_PORT', value: '65536', want: 'STREAMJOB_HTTP_PORT: must be an integer from 0 to 65535; got "65536"' },
    { name: 'HTTP_PORT', value: '-1', want: /must be an integer/ },
    { name: 'HTTP_PORT', value: '8o8o', want: /must be an integer/ },
    {
      name: 'HTTP_HOST',
      value: 'localhost',
      want: /^STREAMJOB_HTTP_HOST: must be an IP address, .*; got "localhost"$/,
    },
    { name: 'HTTP_HOST', value: '127.0.0.1:80', want: /must be an IP address/ },
    { name: 'HTTP_HOST', value: '[::1]', want: /must be an IP address/ },
    { name: 'BROKERS', value: 'a', want: /must be up to 16 brokers, each HOST:PORT/ },
    { name: 'BROKERS', value: 'a:1,', want: /must be up to 16 brokers/ },
    { name: 'COMMIT_INTERVAL', value: '0s', want: /^STREAMJOB_COMMIT_INTERVAL: must be longer than 0s/ },
    { name: 'COMMIT_INTERVAL', value: '5', want: /must be a duration such as 30s/ },
    { name: 'SESSION_TIMEOUT', value: '1d', want: /^STREAMJOB_SESSION_TIMEOUT: must be a duration/ },
    { name: 'STATE_LIMIT', value: '0', want: /must be an integer from 1/ },
    { name: 'STATE_LIMIT', value: '1Gi', want: /must be an integer from 1/ },
    {
      name: 'LOG_LEVEL',
      value: 'loud',
      want: 'STREAMJOB_LOG_LEVEL: must be one of debug, info, warn, error; got "loud"',
    },
  ])('refuses $name=$value', ({ name, value, want }) => {
    const problems = [expect.stringMatching(want)];
    expect(read({ [`STREAMJOB_${name}`]: value })).toEqual({ problems });
  });

  it('tells all problems at once, a line each', () => {
    expect(readSettings({ STREAMJOB_HTTP_PORT: 'x', STREAMJOB_LOG_LEVEL: 'x' }, MACHINE)).toEqual({
      problems: [
        expect.stringMatching(/^STREAMJOB_UID: .*$/),
        expect.stringMatching(/^STREAMJOB_RUN: .*$/),
        expect.stringMatching(/^STREAMJOB_HTTP_PORT: .*$/),
        expect.stringMatching(/^STREAMJOB_LOG_LEVEL: .*$/),
      ],
    });
  });

  it('does not repeat brokers: somebody may have put a password there', () => {
    expect(JSON.stringify(read({ STREAMJOB_BROKERS: 'u:hunter2@a:1' }))).not.toContain('hunter2');
  });

  it.each([
    { hostname: '', want: 'host-42' },
    { hostname: '.-_', want: 'host-42' },
    { hostname: 'h'.repeat(300), want: `${'h'.repeat(240)}-42` },
  ])('makes an instance of the host name "$hostname"', ({ hostname, want }) => {
    expect(read({}, { ...MACHINE, hostname })).toMatchObject({ settings: { instance: want } });
  });

  it('asks for the memory limit where the environment gives no state limit', () => {
    const readText = (path: string): string | undefined => (path.endsWith('memory.max') ? '1073741824\n' : undefined);
    const stateLimitBytes = Math.floor(2 ** 30 * 0.6) - 80 * 2 ** 20;
    expect(read({}, { ...MACHINE, readText })).toMatchObject({ settings: { stateLimitBytes } });
  });
});

test.each<{ title: string; asked?: string; exists: boolean; want: string | undefined }>([
  { title: 'is the one of Kubernetes where there is one', exists: true, want: '/dev/termination-log' },
  { title: 'is none on a machine without that', exists: false, want: undefined },
  { title: 'is the one that is asked for, there or not', asked: '/tmp/why', exists: false, want: '/tmp/why' },
  { title: 'is that of Kubernetes where the variable is empty', asked: '', exists: true, want: '/dev/termination-log' },
])('the termination log $title', ({ asked, exists, want }) => {
  const environment = { STREAMJOB_UID: 'not valid at all', STREAMJOB_TERMINATION_LOG: asked };
  expect(terminationLog(environment, () => exists)).toBe(want);
});
