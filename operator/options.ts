/**
 * What the operator is told at its start: by variables of its environment, and by one mounted file where a line of text
 * is too little. Everything has a default but the image. All problems are found at once, a line each.
 */
import { isIP } from 'node:net';
import { DnsName, ObjectName } from '../crds/common.ts';
import { INSTANCE } from '../crds/identity.ts';
import { EnvironmentReader } from './environment-reader.ts';
import type { Environment } from './environment-reader.ts';
import { parseOptionsFile } from './options-file.ts';
import type { OptionsFile } from './options-file.ts';
import type { OperatorOptions } from './resources/operator-options.ts';
import { LOG_LEVELS } from './telemetry/logger.ts';
import type { LogLevel } from './telemetry/logger.ts';

export type { Environment } from './environment-reader.ts';

/** What concerns this process alone, and no job. */
export interface ProcessSettings {
  readonly logLevel: LogLevel;
  /** 0: no HTTP server. */
  readonly httpPort: number;
  /** Undefined: all addresses of the machine. */
  readonly httpHost: string | undefined;
  /** Jobs that are worked on at the same time. */
  readonly workers: number;
  /** Undefined: this process works without asking others. */
  readonly leaderElection: LeaderElection | undefined;
  /** How often Kafka is asked about a job that moves, and about one that is quiet. */
  readonly progressMillis: number;
  readonly quietMillis: number;
  /** How often the Secrets and ConfigMaps that jobs name are looked at. */
  readonly inputsMillis: number;
  /** How to get to the API server where it is not as in any pod. */
  readonly access: { readonly kubeconfigFile: string | undefined; readonly accountFolder: string | undefined };
}

export interface LeaderElection {
  readonly leaseName: string;
  readonly leaseNamespace: string;
  /** How this process calls itself; no other one does. */
  readonly identity: string;
}

/** What the machine and the program say themselves. */
export interface Surroundings {
  readonly operatorVersion: string;
  readonly hostname: string;
  readonly pid: number;
  /** Undefined: it cannot be read. */
  readonly readText: (path: string) => string | undefined;
}

export type ReadOptions =
  { readonly options: OperatorOptions; readonly settings: ProcessSettings } | { readonly problems: readonly string[] };

export function readOptions(environment: Environment, surroundings: Surroundings): ReadOptions {
  const from = new EnvironmentReader(environment);
  const options = readOperatorOptions(from, surroundings);
  const settings = readSettings(from, surroundings);
  return from.problems.length === 0 ? { options, settings } : { problems: from.problems };
}

const isNamespace = (text: string): boolean => DnsName.safeParse(text).success;

function readOperatorOptions(from: EnvironmentReader, { operatorVersion, readText }: Surroundings): OperatorOptions {
  const file = readFile(from, readText);
  return {
    namespaces: from.list('STREAMJOB_OPERATOR_NAMESPACES', isNamespace, 'names of namespaces with commas between them'),
    image: from.text('STREAMJOB_OPERATOR_IMAGE', (text) => /^\S{1,512}$/.test(text), 'the image of the job-runtime'),
    imagePullPolicy: from.oneOf('STREAMJOB_OPERATOR_IMAGE_PULL_POLICY', ['IfNotPresent', 'Always', 'Never']),
    defaultKafka: file.kafka,
    defaultResources: file.resources ?? {},
    networkPolicies: from.yesOrNo('STREAMJOB_OPERATOR_NETWORK_POLICIES'),
    cleanupMillis: from.duration('STREAMJOB_OPERATOR_CLEANUP_TIMEOUT'),
    operatorVersion,
  };
}

function readFile(from: EnvironmentReader, readText: Surroundings['readText']): OptionsFile {
  const name = 'STREAMJOB_OPERATOR_CONFIG';
  const path = from.value(name);
  if (!path) return {};
  const text = readText(path);
  const parsed = text === undefined ? { problems: ['cannot be read'] } : parseOptionsFile(text);
  if ('file' in parsed) return parsed.file;
  for (const problem of parsed.problems) from.wrong(name, `${path}: ${problem}`);
  return {};
}

function readSettings(from: EnvironmentReader, surroundings: Surroundings): ProcessSettings {
  const isAddress = (text: string): boolean => text === '' || isIP(text) !== 0;
  return {
    logLevel: from.oneOf('STREAMJOB_OPERATOR_LOG_LEVEL', LOG_LEVELS),
    httpPort: from.integer('STREAMJOB_OPERATOR_HTTP_PORT', 0, 65_535),
    httpHost: from.text('STREAMJOB_OPERATOR_HTTP_HOST', isAddress, 'an IP address of this machine') || undefined,
    workers: from.integer('STREAMJOB_OPERATOR_WORKERS', 1, 64),
    leaderElection: from.yesOrNo('STREAMJOB_OPERATOR_LEADER_ELECTION')
      ? readLeaderElection(from, surroundings)
      : undefined,
    ...readIntervals(from),
    inputsMillis: from.duration('STREAMJOB_OPERATOR_INPUTS_INTERVAL'),
    access: { kubeconfigFile: from.value('KUBECONFIG'), accountFolder: from.value('STREAMJOB_OPERATOR_ACCOUNT') },
  };
}

function readIntervals(from: EnvironmentReader): Pick<ProcessSettings, 'progressMillis' | 'quietMillis'> {
  const progressMillis = from.duration('STREAMJOB_OPERATOR_PROGRESS_INTERVAL');
  const quietMillis = from.duration('STREAMJOB_OPERATOR_QUIET_INTERVAL');
  if (quietMillis < progressMillis)
    from.wrong('STREAMJOB_OPERATOR_QUIET_INTERVAL', 'must not be shorter than STREAMJOB_OPERATOR_PROGRESS_INTERVAL');
  return { progressMillis, quietMillis };
}

function readLeaderElection(from: EnvironmentReader, { hostname, pid }: Surroundings): LeaderElection {
  const leaseNamespace = from.value('STREAMJOB_OPERATOR_LEASE_NAMESPACE') ?? from.value('POD_NAMESPACE');
  if (leaseNamespace === undefined) {
    const otherwise = 'set it or POD_NAMESPACE, or STREAMJOB_OPERATOR_LEADER_ELECTION=false';
    from.wrong('STREAMJOB_OPERATOR_LEASE_NAMESPACE', `is missing; ${otherwise}`);
  } else if (!isNamespace(leaseNamespace)) {
    from.wrong('STREAMJOB_OPERATOR_LEASE_NAMESPACE', `must be a namespace; got ${JSON.stringify(leaseNamespace)}`);
  }
  const isName = (text: string): boolean => ObjectName.safeParse(text).success;
  return {
    leaseName: from.text('STREAMJOB_OPERATOR_LEASE_NAME', isName, 'the name of a Lease'),
    leaseNamespace: leaseNamespace ?? '',
    identity:
      from.value('POD_NAME') === undefined
        ? `${hostname || 'host'}-${pid}`
        : from.text('POD_NAME', (text) => INSTANCE.test(text), 'the name of a pod'),
  };
}
