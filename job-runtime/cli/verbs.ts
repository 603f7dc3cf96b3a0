/** What the command line knows: its verbs, their flags and examples. Parsing and help both come from these tables. */

export const VERBS = ['run', 'validate', 'plan', 'tail', 'redrive'] as const;
export type Verb = (typeof VERBS)[number];

export interface Flag {
  /** What stands for its value in help; absent: a switch. */
  readonly value?: string;
  readonly help: string;
}

export interface VerbInfo {
  /** Behind `streamjob VERB`. */
  readonly operands: string;
  /** What an operand is, and how many it takes. */
  readonly operand: { readonly is: string; readonly least: number; readonly most: number };
  readonly summary: string;
  readonly about: readonly string[];
  readonly flags: Readonly<Record<string, Flag>>;
  readonly examples: readonly string[];
}

const HELP: Flag = { help: 'Show this help.' };

const NAME: Flag = { value: 'NAME', help: 'The job to take, where FILE holds several.' };

const MANIFEST = { is: 'manifest', least: 1, most: 1 } as const;

/** Flags that change the manifest before it is judged. */
const OF_THE_JOB = {
  name: NAME,
  sink: { value: 'console|file:DIR', help: 'Where results go, instead of spec.sink.' },
  format: { value: 'FORMAT', help: 'How results are written: csv, or json (console), jsonl (file).' },
  partitions: { value: 'N', help: 'Partitions of the source topic.' },
  set: { value: 'spec.PATH=VALUE', help: 'Any other field; VALUE is YAML, null takes it out. May be repeated.' },
} as const satisfies Record<string, Flag>;

/** Flags that say where Kafka is. */
const OF_CLUSTER = {
  kafka: { value: 'HOST:PORT,…', help: 'Brokers of the cluster, in place of those of spec.kafka.' },
  secrets: {
    value: 'DIR',
    help: 'What the Secrets of spec.kafka hold: kafka-sasl/username, password or token, kafka-ca/, kafka-client/.',
  },
} as const satisfies Record<string, Flag>;

const OF_KAFKA = { ...OF_CLUSTER, name: NAME } as const satisfies Record<string, Flag>;

export const VERB_INFO: Readonly<Record<Verb, VerbInfo>> = {
  run: {
    operands: 'FILE',
    operand: MANIFEST,
    summary: 'Run a job here: producer, tasks and sink in one process, on an embedded log or on Kafka.',
    about: [
      'Runs the StreamJob in FILE ("-": standard input). A finite source runs to its end, then every window closes.',
      'An endless one runs until Ctrl-C, which closes the open windows; Ctrl-C again ends at once.',
      'With --kafka it runs on a cluster, exactly once: Ctrl-C commits and closes no window, and --run goes on with it.',
    ],
    flags: {
      input: { value: 'FILE', help: 'Feed the topic from this file, plain or gzip, in place of the producer.' },
      ...OF_THE_JOB,
      count: { value: 'N', help: 'Generators: how many records.' },
      seed: { value: 'N', help: 'Generators: seed of the random numbers.' },
      start: { value: 'TIME', help: 'Generators: event time of the first record, as 2024-01-31T08:00:00Z.' },
      speed: { value: 'N|max', help: 'Replay at N times event time; max: as fast as possible.' },
      rate: { value: 'R', help: 'Records per second, minute or hour, as 0.1/s.' },
      ...OF_CLUSTER,
      run: { value: 'RUN', help: 'With --kafka: the run to begin or to go on with. Absent: a new one.' },
      namespace: { value: 'NS', help: 'With --kafka: part of the names of topics and group. Default: the manifest’s.' },
      log: { value: 'text|json', help: 'What stderr gets. Default: text on a terminal, else lines of JSON.' },
      help: HELP,
    },
    examples: [
      'streamjob run job.yaml',
      'streamjob run job.yaml --input week.csv.gz --sink file:out',
      'streamjob run job.yaml --count 100000 --seed 7 --speed max --sink console',
      'streamjob run job.yaml --kafka localhost:9092 --run trial1',
      "streamjob run job.yaml --set spec.window.size=60m --set 'spec.window.groupBy=[STATION]'",
    ],
  },
  validate: {
    operands: 'FILE…',
    operand: { ...MANIFEST, most: Infinity },
    summary: 'Say what is wrong with manifests: every problem, with its line and what would be right.',
    about: [
      'Judges every StreamJob in the files ("-": standard input). Exit code 0: all sound, 2: there are problems.',
    ],
    flags: { help: HELP },
    examples: ['streamjob validate job.yaml', 'streamjob validate jobs/*.yaml', 'cat job.yaml | streamjob validate -'],
  },
  plan: {
    operands: 'FILE',
    operand: MANIFEST,
    summary: 'Say how a job would run, and why: stages, tasks, shuffles, state, late records, columns.',
    about: ['Prints the plan of the StreamJob in FILE ("-": standard input). Runs nothing.'],
    flags: { ...OF_THE_JOB, help: HELP },
    examples: ['streamjob plan job.yaml', 'streamjob plan job.yaml --partitions 8 --set spec.window.shuffle=always'],
  },
  tail: {
    operands: 'TOPIC|FILE',
    operand: { is: 'topic or manifest', least: 1, most: 1 },
    summary: 'Print the records of a topic in Kafka as they are published.',
    about: [
      'Prints each committed record of TOPIC on a line: PARTITION@OFFSET KEY VALUE. "-" stands for a key or value that is',
      'null, base64:… for bytes that are no text. An operand that ends in .yaml, .yml or .json, has a slash or is "-" is a',
      'manifest: its topic and its cluster are taken. Goes on until Ctrl-C; while Kafka is away it waits.',
    ],
    flags: {
      from: {
        value: 'earliest|latest|TIME|OFFSET',
        help: 'Where to begin. Default: latest. OFFSET needs --partition.',
      },
      partition: { value: 'N', help: 'This partition alone.' },
      count: { value: 'N', help: 'End after N records.' },
      'until-end': { help: 'End when all is printed that is there now.' },
      format: { value: 'text|json', help: 'json: an object per record, with timestamp and headers.' },
      ...OF_KAFKA,
      help: HELP,
    },
    examples: [
      'streamjob tail rides --kafka localhost:9092',
      'streamjob tail job.yaml --from earliest --until-end --format json',
      'streamjob tail rides --kafka localhost:9092 --from 2024-01-31T08:00:00Z --partition 2 --count 10',
    ],
  },
  redrive: {
    operands: '[FILE]',
    operand: { is: 'manifest', least: 0, most: 1 },
    summary: 'Put the dead letters of a run back on the topic and partition that they came from.',
    about: [
      'Reads the dead letters of one run of the StreamJob in FILE, and puts each back once with its own key, value and',
      'headers, however often redrive is run or cut off. The dead letters stay where they are.',
    ],
    flags: {
      run: { value: 'RUN', help: 'The run that set them aside: status.run of the StreamJob.' },
      namespace: { value: 'NS', help: 'Of the StreamJob. Default: that of the manifest, else default.' },
      topic: { value: 'TOPIC', help: 'The dead-letter topic, in place of FILE and --run.' },
      'dry-run': { help: 'Only print how many there are, by error and partition.' },
      error: { value: 'REASON', help: 'With --dry-run: only those of this error.' },
      all: { help: 'Also those of long ago, which a redrive that Kafka has forgotten may have put back.' },
      ...OF_KAFKA,
      help: HELP,
    },
    examples: [
      'streamjob redrive job.yaml --run k3x9 --namespace rides --dry-run',
      'streamjob redrive job.yaml --run k3x9 --namespace rides',
      'streamjob redrive --topic sj.rides.taxi.k3x9.dead-letters --kafka localhost:9092',
    ],
  },
};

export function isVerb(name: string): name is Verb {
  return (VERBS as readonly string[]).includes(name);
}
