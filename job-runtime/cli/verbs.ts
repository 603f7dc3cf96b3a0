/** What the command line knows: its verbs, their flags and examples. Parsing and help both come from these tables. */

export const VERBS = ['run', 'validate', 'plan'] as const;
export type Verb = (typeof VERBS)[number];

export interface Flag {
  /** What stands for its value in help; absent: a switch. */
  readonly value?: string;
  readonly help: string;
}

export interface VerbInfo {
  /** Behind `streamjob VERB`. */
  readonly operands: string;
  /** Whether it takes several files. */
  readonly takesMany: boolean;
  readonly summary: string;
  readonly about: readonly string[];
  readonly flags: Readonly<Record<string, Flag>>;
  readonly examples: readonly string[];
}

const HELP: Flag = { help: 'Show this help.' };

/** Flags that change the manifest before it is judged. */
const OF_THE_JOB = {
  name: { value: 'NAME', help: 'The job to take, where FILE holds several.' },
  sink: { value: 'console|file:DIR', help: 'Where results go, instead of spec.sink.' },
  format: { value: 'FORMAT', help: 'How results are written: csv, or json (console), jsonl (file).' },
  partitions: { value: 'N', help: 'Partitions of the source topic.' },
  set: { value: 'spec.PATH=VALUE', help: 'Any other field; VALUE is YAML, null takes it out. May be repeated.' },
} as const satisfies Record<string, Flag>;

export const VERB_INFO: Readonly<Record<Verb, VerbInfo>> = {
  run: {
    operands: 'FILE',
    takesMany: false,
    summary: 'Run a job here, on an embedded log: producer, tasks and sink in one process.',
    about: [
      'Runs the StreamJob in FILE ("-": standard input). A finite source runs to its end, then every window closes.',
      'An endless one runs until Ctrl-C, which closes the open windows; Ctrl-C again ends at once.',
    ],
    flags: {
      input: { value: 'FILE', help: 'Feed the topic from this file, plain or gzip, in place of the producer.' },
      ...OF_THE_JOB,
      count: { value: 'N', help: 'Generators: how many records.' },
      seed: { value: 'N', help: 'Generators: seed of the random numbers.' },
      start: { value: 'TIME', help: 'Generators: event time of the first record, as 2024-01-31T08:00:00Z.' },
      speed: { value: 'N|max', help: 'Replay at N times event time; max: as fast as possible.' },
      rate: { value: 'R', help: 'Records per second, minute or hour, as 0.1/s.' },
      log: { value: 'text|json', help: 'What stderr gets. Default: text on a terminal, else lines of JSON.' },
      help: HELP,
    },
    examples: [
      'streamjob run job.yaml',
      'streamjob run job.yaml --input week.csv.gz --sink file:out',
      'streamjob run job.yaml --count 100000 --seed 7 --speed max --sink console',
      "streamjob run job.yaml --set spec.window.size=60m --set 'spec.window.groupBy=[STATION]'",
    ],
  },
  validate: {
    operands: 'FILE…',
    takesMany: true,
    summary: 'Say what is wrong with manifests: every problem, with its line and what would be right.',
    about: [
      'Judges every StreamJob in the files ("-": standard input). Exit code 0: all sound, 2: there are problems.',
    ],
    flags: { help: HELP },
    examples: ['streamjob validate job.yaml', 'streamjob validate jobs/*.yaml', 'cat job.yaml | streamjob validate -'],
  },
  plan: {
    operands: 'FILE',
    takesMany: false,
    summary: 'Say how a job would run, and why: stages, tasks, shuffles, state, late records, columns.',
    about: ['Prints the plan of the StreamJob in FILE ("-": standard input). Runs nothing.'],
    flags: { ...OF_THE_JOB, help: HELP },
    examples: ['streamjob plan job.yaml', 'streamjob plan job.yaml --partitions 8 --set spec.window.shuffle=always'],
  },
};

export function isVerb(name: string): name is Verb {
  return (VERBS as readonly string[]).includes(name);
}
