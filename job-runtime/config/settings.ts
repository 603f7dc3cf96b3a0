/**
 * What a process is told by its environment. The manifest says what the job is; these say where and as whom this
 * process works on it. All problems are found at once, a line each, and a value that might be secret is not repeated.
 */
import { isIP } from 'node:net';
import { INSTANCE, RUN } from '../../crds/identity.ts';
import { PositiveDuration, parseDuration } from '../../crds/duration.ts';
import { Kafka } from '../../crds/topic.ts';
import { LOG_LEVELS } from '../telemetry/logger.ts';
import type { LogLevel } from '../telemetry/logger.ts';
import { stateLimitFor } from './memory-limit.ts';
import type { ReadText } from './memory-limit.ts';

export interface Settings {
  readonly jobFile: string;
  readonly uid: string;
  readonly run: string;
  /** How this process calls itself: the pod's name. */
  readonly instance: string;
  readonly secretsDir: string;
  /** 0: no HTTP server. */
  readonly httpPort: number;
  /** The IP address that it listens on; undefined: all of the machine's. */
  readonly httpHost: string | undefined;
  /** Where the manifest names no cluster; empty: none. */
  readonly defaultBrokers: readonly string[];
  readonly commitIntervalMillis: number;
  readonly sessionTimeoutMillis: number;
  readonly stateLimitBytes: number;
  readonly logLevel: LogLevel;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the machine says where the environment says nothing. */
export interface Machine {
  readonly hostname: string;
  readonly pid: number;
  readonly readText: ReadText;
}

const PREFIX = 'STREAMJOB_';
const TERMINATION_LOG = `${PREFIX}TERMINATION_LOG`;
/** Kubernetes makes this file for each container, unless it is told another path. */
const DEFAULT_TERMINATION_LOG = '/dev/termination-log';

export function readSettings(
  environment: Environment,
  machine: Machine,
): { readonly settings: Settings } | { readonly problems: readonly string[] } {
  const from = new EnvironmentReader(environment);
  const settings: Settings = {
    jobFile: from.path('JOB_FILE', '/etc/streamjob/job.json'),
    uid: from.text('UID', /^[A-Za-z0-9-]{1,64}$/, 'the uid of the StreamJob'),
    run: from.text('RUN', RUN, 'the run of the StreamJob, 1 to 16 lower-case letters and digits'),
    instance: from.text('INSTANCE', INSTANCE, 'the name of a pod or host', hostInstance(machine)),
    secretsDir: from.path('SECRETS_DIR', '/etc/streamjob/secrets'),
    httpPort: from.integer('HTTP_PORT', { least: 0, most: 65_535 }, () => 8080),
    httpHost: from.address('HTTP_HOST'),
    defaultBrokers: from.brokers('BROKERS'),
    commitIntervalMillis: from.duration('COMMIT_INTERVAL', '1s'),
    sessionTimeoutMillis: from.duration('SESSION_TIMEOUT', '10s'),
    stateLimitBytes: from.integer('STATE_LIMIT', { least: 1, most: Number.MAX_SAFE_INTEGER }, () =>
      stateLimitFor(machine.readText),
    ),
    logLevel: from.oneOf('LOG_LEVEL', LOG_LEVELS, 'info'),
  };
  return from.problems.length === 0 ? { settings } : { problems: from.problems };
}

/**
 * Where the reason of this process's end goes. Apart from the other settings: they may be what is wrong. Undefined: a
 * machine without such a file did not ask for one.
 */
export function terminationLog(environment: Environment, exists: (path: string) => boolean): string | undefined {
  const asked = environment[TERMINATION_LOG];
  if (asked) return asked;
  return exists(DEFAULT_TERMINATION_LOG) ? DEFAULT_TERMINATION_LOG : undefined;
}

/** The process id tells processes of one machine apart. */
function hostInstance({ hostname, pid }: Machine): string {
  const host = hostname.replaceAll(/[^A-Za-z0-9.-]/g, '-').replaceAll(/^[.-]+|[.-]+$/g, '');
  return `${host.slice(0, 240) || 'host'}-${pid}`;
}

/** Reads variables; what is wrong with them gathers in `problems`, and a stand-in is returned. */
class EnvironmentReader {
  readonly problems: string[] = [];
  private readonly environment: Environment;

  constructor(environment: Environment) {
    this.environment = environment;
  }

  /** An empty variable is an absent one, as Kubernetes and shells leave them. */
  private value(name: string): string | undefined {
    return this.environment[PREFIX + name] || undefined;
  }

  private wrong(name: string, message: string): void {
    this.problems.push(`${PREFIX}${name}: ${message}`);
  }

  path(name: string, absent: string): string {
    return this.value(name) ?? absent;
  }

  text(name: string, pattern: RegExp, what: string, absent?: string): string {
    const value = this.value(name) ?? absent;
    if (value === undefined) this.wrong(name, `is missing; must be ${what}`);
    else if (!pattern.test(value)) this.wrong(name, `must be ${what}; got ${JSON.stringify(value)}`);
    return value ?? '';
  }

  integer(name: string, bounds: Readonly<{ least: number; most: number }>, absent: () => number): number {
    const value = this.value(name);
    if (value === undefined) return absent();
    const { least, most } = bounds;
    const number = /^[0-9]{1,16}$/.test(value) ? Number(value) : NaN;
    if (!(number >= least && number <= most))
      this.wrong(name, `must be an integer from ${least} to ${most}; got ${JSON.stringify(value)}`);
    return number;
  }

  address(name: string): string | undefined {
    const value = this.value(name);
    if (value !== undefined && isIP(value) === 0)
      this.wrong(name, `must be an IP address, such as 127.0.0.1 or ::; got ${JSON.stringify(value)}`);
    return value;
  }

  duration(name: string, absent: string): number {
    const value = this.value(name) ?? absent;
    const parsed = PositiveDuration.safeParse(value);
    if (parsed.success) return parseDuration(parsed.data);
    this.wrong(name, `${parsed.error.issues[0]!.message}; got ${JSON.stringify(value)}`);
    return NaN;
  }

  brokers(name: string): readonly string[] {
    const value = this.value(name);
    if (value === undefined) return [];
    const parsed = Kafka.shape.brokers.safeParse(value.split(',').map((broker) => broker.trim()));
    if (parsed.success) return parsed.data;
    // Not repeated: whoever writes a password into an address would find it in the log.
    this.wrong(name, 'must be up to 16 brokers, each HOST:PORT, with commas between them');
    return [];
  }

  oneOf<T extends string>(name: string, choices: readonly T[], absent: T): T {
    const value = this.value(name) ?? absent;
    const found = choices.find((choice) => choice === value);
    if (found === undefined) this.wrong(name, `must be one of ${choices.join(', ')}; got ${JSON.stringify(value)}`);
    return found ?? absent;
  }
}
