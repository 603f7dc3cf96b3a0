import { describe, expect, it } from '@jest/globals';
import { readOptions } from './options.ts';
import type { Environment, ProcessSettings, ReadOptions, Surroundings } from './options.ts';
import type { OperatorOptions } from './resources/operator-options.ts';
import { VARIABLES } from './variables.ts';

const IMAGE = 'ghcr.io/acme/streamjob:0.1.0';
const LEAST = { STREAMJOB_OPERATOR_IMAGE: IMAGE, POD_NAME: 'operator-0', POD_NAMESPACE: 'system' };
const SURROUNDINGS: Surroundings = {
  operatorVersion: '0.1.0',
  hostname: 'my-host',
  pid: 42,
  readText: () => undefined,
};

const read = (environment: Environment, change: Partial<Surroundings> = {}): ReadOptions =>
  readOptions({ ...LEAST, ...environment }, { ...SURROUNDINGS, ...change });

const withFile = (content: unknown): ReadOptions =>
  read(
    { STREAMJOB_OPERATOR_CONFIG: '/etc/operator.json' },
    {
      readText: (path) => {
        if (path !== '/etc/operator.json') return undefined;
        return typeof content === 'string' ? content : JSON.stringify(content);
      },
    },
  );

describe('readOptions', () => {
  it('needs the image alone, and has defaults for the rest', () => {
    expect(read({})).toEqual({
      options: {
        namespaces: [],
        image: IMAGE,
        imagePullPolicy: 'IfNotPresent',
        defaultKafka: undefined,
        defaultResources: {},
        networkPolicies: false,
        cleanupMillis: 120_000,
        operatorVersion: '0.1.0',
      },
      settings: {
        logLevel: 'info',
        httpPort: 8080,
        httpHost: undefined,
        workers: 8,
        leaderElection: { leaseName: 'streamjob-operator', leaseNamespace: 'system', identity: 'operator-0' },
        progressMillis: 15_000,
        quietMillis: 300_000,
        inputsMillis: 60_000,
        access: { kubeconfigFile: undefined, accountFolder: undefined },
      },
    });
  });

  it.each<{ name: string; value: string; options?: Partial<OperatorOptions>; settings?: Partial<ProcessSettings> }>([
    { name: 'NAMESPACES', value: 'a, b-2,a', options: { namespaces: ['a', 'b-2'] } },
    { name: 'NAMESPACES', value: '', options: { namespaces: [] } },
    { name: 'IMAGE_PULL_POLICY', value: 'Always', options: { imagePullPolicy: 'Always' } },
    { name: 'NETWORK_POLICIES', value: 'true', options: { networkPolicies: true } },
    { name: 'CLEANUP_TIMEOUT', value: '1h', options: { cleanupMillis: 3_600_000 } },
    { name: 'LOG_LEVEL', value: 'debug', settings: { logLevel: 'debug' } },
    { name: 'HTTP_PORT', value: '0', settings: { httpPort: 0 } },
    { name: 'HTTP_HOST', value: '::1', settings: { httpHost: '::1' } },
    { name: 'WORKERS', value: '16', settings: { workers: 16 } },
    { name: 'PROGRESS_INTERVAL', value: '500ms', settings: { progressMillis: 500 } },
    { name: 'QUIET_INTERVAL', value: '15s', settings: { quietMillis: 15_000 } },
    { name: 'INPUTS_INTERVAL', value: '1s', settings: { inputsMillis: 1000 } },
    { name: 'LEADER_ELECTION', value: 'false', settings: { leaderElection: undefined } },
    {
      name: 'LEASE_NAME',
      value: 'two',
      settings: { leaderElection: { leaseName: 'two', leaseNamespace: 'system', identity: 'operator-0' } },
    },
    {
      name: 'LEASE_NAMESPACE',
      value: 'leases',
      settings: {
        leaderElection: { leaseName: 'streamjob-operator', leaseNamespace: 'leases', identity: 'operator-0' },
      },
    },
  ])('takes $name=$value', ({ name, value, options = {}, settings = {} }) => {
    expect(read({ [`STREAMJOB_OPERATOR_${name}`]: value })).toMatchObject({ options, settings });
  });

  it('reads every variable that it tells of', () => {
    const asked = new Set<string>();
    const environment = new Proxy<Environment>(
      { ...LEAST },
      {
        get(target, name: string) {
          asked.add(name);
          return target[name];
        },
      },
    );
    readOptions(environment, SURROUNDINGS);
    expect([...asked].sort()).toEqual(Object.keys(VARIABLES).sort());
  });

  it('takes the default cluster and resources from a file, as a StreamJob has them', () => {
    const kafka = {
      brokers: ['kafka-0.kafka:9093', 'kafka-1.kafka:9093'],
      tls: { caSecretRef: { name: 'kafka-ca', key: 'ca.pem' } },
      sasl: { mechanism: 'SCRAM-SHA-512', secretRef: { name: 'kafka-user' } },
    };
    const resources = { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '512Mi' } };
    expect(withFile({ kafka, resources })).toMatchObject({
      options: { defaultKafka: kafka, defaultResources: resources },
    });
    expect(withFile({})).toMatchObject({ options: { defaultResources: {} } });
  });

  it('calls itself by host and process where it is no pod', () => {
    const environment = { POD_NAME: undefined };
    expect(read(environment)).toMatchObject({ settings: { leaderElection: { identity: 'my-host-42' } } });
    expect(read(environment, { hostname: '' })).toMatchObject({
      settings: { leaderElection: { identity: 'host-42' } },
    });
  });

  it.each<{ name: string; value: string | undefined; want: string | RegExp }>([
    { name: 'STREAMJOB_OPERATOR_IMAGE', value: '', want: 'is missing; must be the image of the job-runtime' },
    { name: 'STREAMJOB_OPERATOR_IMAGE', value: 'a b', want: 'must be the image of the job-runtime; got "a b"' },
    {
      name: 'STREAMJOB_OPERATOR_IMAGE_PULL_POLICY',
      value: 'always',
      want: 'must be one of IfNotPresent, Always, Never; got "always"',
    },
    {
      name: 'STREAMJOB_OPERATOR_NAMESPACES',
      value: 'a,B',
      want: 'must be names of namespaces with commas between them; got "B"',
    },
    { name: 'STREAMJOB_OPERATOR_NAMESPACES', value: 'a,', want: /; got ""$/ },
    { name: 'STREAMJOB_OPERATOR_NETWORK_POLICIES', value: 'yes', want: 'must be one of true, false; got "yes"' },
    { name: 'STREAMJOB_OPERATOR_CLEANUP_TIMEOUT', value: '0s', want: /^must be longer than 0s/ },
    { name: 'STREAMJOB_OPERATOR_PROGRESS_INTERVAL', value: '15', want: /^must be a duration such as 30s/ },
    {
      name: 'STREAMJOB_OPERATOR_QUIET_INTERVAL',
      value: '14s',
      want: 'must not be shorter than STREAMJOB_OPERATOR_PROGRESS_INTERVAL',
    },
    { name: 'STREAMJOB_OPERATOR_INPUTS_INTERVAL', value: '1d', want: /^must be a duration/ },
    { name: 'STREAMJOB_OPERATOR_WORKERS', value: '0', want: 'must be an integer from 1 to 64; got "0"' },
    {
      name: 'STREAMJOB_OPERATOR_LOG_LEVEL',
      value: 'loud',
      want: 'must be one of debug, info, warn, error; got "loud"',
    },
    {
      name: 'STREAMJOB_OPERATOR_HTTP_PORT',
      value: 'tcp://10.0.0.1:80',
      want: 'must be an integer from 0 to 65535; got "tcp://10.0.0.1:80"',
    },
    { name: 'STREAMJOB_OPERATOR_HTTP_HOST', value: 'localhost', want: /^must be an IP address/ },
    { name: 'STREAMJOB_OPERATOR_LEADER_ELECTION', value: 'on', want: /^must be one of true, false/ },
    { name: 'STREAMJOB_OPERATOR_LEASE_NAME', value: 'A', want: 'must be the name of a Lease; got "A"' },
    { name: 'STREAMJOB_OPERATOR_LEASE_NAMESPACE', value: 'a.b', want: 'must be a namespace; got "a.b"' },
    { name: 'POD_NAME', value: 'a b', want: 'must be the name of a pod; got "a b"' },
  ])('refuses $name=$value', ({ name, value, want }) => {
    const problems = (read({ [name]: value }) as { problems: string[] }).problems;
    expect(problems).toEqual([expect.stringMatching(new RegExp(`^${name}: `))]);
    expect(problems[0]!.slice(name.length + 2)).toMatch(want);
  });

  it('says what to do where nobody knows the namespace of the Lease', () => {
    const want =
      'STREAMJOB_OPERATOR_LEASE_NAMESPACE: is missing; set it or POD_NAMESPACE, or STREAMJOB_OPERATOR_LEADER_ELECTION=false';
    expect(read({ POD_NAMESPACE: undefined })).toEqual({ problems: [want] });
    expect(read({ POD_NAMESPACE: '', STREAMJOB_OPERATOR_LEADER_ELECTION: 'false' })).not.toHaveProperty('problems');
  });

  it.each<{ title: string; content: unknown; want: string[] }>([
    { title: 'is no JSON', content: '{"hunter2', want: ['is not valid JSON'] },
    { title: 'is no object', content: ['hunter2'], want: ['must be an object'] },
    {
      title: 'has members that nobody knows',
      content: { kafka: { brokers: ['a:1'], sasl: { mechanism: 'PLAIN', password: 'hunter2' } }, kafak: 'hunter2' },
      want: [
        'kafka.sasl.secretRef must be given',
        'kafka.sasl.password unknown field; known are mechanism, secretRef',
        'kafak unknown field; did you mean "kafka"?',
      ],
    },
    {
      title: 'has wrong values, which may be secrets',
      content: {
        kafka: {
          brokers: ['u:hunter2@a:1'],
          sasl: { mechanism: 'hunter2', secretRef: { name: 'Hunter2; got hunter2' } },
        },
        resources: { limits: { cpu: 'hunter2' } },
      },
      want: [
        'kafka.brokers[0] must be HOST:PORT',
        'kafka.sasl.mechanism must be one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER',
        'kafka.sasl.secretRef.name must be lower-case letters, digits, hyphens and dots, with a letter or digit at both ends',
        'resources.limits.cpu must be a quantity such as 500m, 2 or 256Mi',
      ],
    },
  ])('refuses a file that $title', ({ content, want }) => {
    const got = withFile(content);
    expect(got).toEqual({ problems: want.map((line) => `STREAMJOB_OPERATOR_CONFIG: /etc/operator.json: ${line}`) });
    expect(JSON.stringify(got).toLowerCase()).not.toContain('hunter2');
  });

  it('refuses a file that is not there', () => {
    expect(read({ STREAMJOB_OPERATOR_CONFIG: '/none' })).toEqual({
      problems: ['STREAMJOB_OPERATOR_CONFIG: /none: cannot be read'],
    });
  });

  it('tells all problems at once, a line each', () => {
    const { problems } = readOptions(
      { STREAMJOB_OPERATOR_WORKERS: 'x', STREAMJOB_OPERATOR_CONFIG: '/none', STREAMJOB_OPERATOR_LOG_LEVEL: 'x\ny' },
      SURROUNDINGS,
    ) as { problems: string[] };
    expect(problems.map((line) => line.split(':', 1)[0])).toEqual([
      'STREAMJOB_OPERATOR_CONFIG',
      'STREAMJOB_OPERATOR_IMAGE',
      'STREAMJOB_OPERATOR_LOG_LEVEL',
      'STREAMJOB_OPERATOR_WORKERS',
      'STREAMJOB_OPERATOR_LEASE_NAMESPACE',
    ]);
    expect(problems.join('')).not.toContain('\n');
  });
});
