/** Builds the source that a manifest names: the one place that knows them all. */
import { parseRate } from '../../crds/rate.ts';
import type { StreamJob } from '../../crds/stream-job.ts';
import { StreamJobError } from '../errors.ts';
import { FileSource } from './file/file-source.ts';
import { SortedFileSource } from './file/sorted-file-source.ts';
import { GeneratorSource } from './generator-source.ts';
import { BidGenerator } from './generators/bids.ts';
import type { Generator } from './generators/generator.ts';
import { PeopleGenerator } from './generators/people.ts';
import { TurnstileGenerator } from './generators/turnstile.ts';
import { WebGenerator } from './generators/web.ts';
import { RatePacedSource, SpeedPacedSource } from './paced.ts';
import type { RecordShape } from './record-facts.ts';
import type { Source } from './source.ts';

export interface SourceOptions {
  /** Event time of a generator's first record where the manifest names no start. */
  readonly now: number;
  /** false: as fast as possible, whatever rate and speed say. Event times stay the same. */
  readonly paced?: boolean;
}

/** The settings that one or the other source has. */
interface Settings {
  readonly count?: number | undefined;
  readonly seed?: number;
  readonly start?: string | undefined;
  readonly speed?: number | undefined;
}

const GENERATORS: Readonly<Record<string, (seed: number) => Generator>> = {
  turnstile: () => new TurnstileGenerator(),
  people: () => new PeopleGenerator(),
  web: (seed) => new WebGenerator(seed),
  bids: () => new BidGenerator(),
};

/** The source of the job's producer, not opened yet. Mistakes that the schema cannot see are ConfigInvalid. */
export function createSource(job: StreamJob, options: SourceOptions): Source {
  const { schema, producer } = job.spec;
  if (!producer)
    throw new StreamJobError('ConfigInvalid', 'spec.producer is missing: the job has no source of records');
  return createProducerSource({ schema, producer }, options);
}

/** The same for a producer that is not the manifest's own, such as one that `--input` names. */
export function createProducerSource(shape: RecordShape, options: SourceOptions): Source {
  const { source, rate } = shape.producer;
  const [name, settings] = Object.entries(source).find(([, given]) => given !== undefined) as [string, Settings];
  const inner = source.file ? fileSource(shape) : generatorSource(name, settings, { shape, options });
  if (options.paced === false) return inner;
  if (settings.speed !== undefined) return new SpeedPacedSource(inner, settings.speed);
  return rate === undefined ? inner : new RatePacedSource(inner, parseRate(rate));
}

function fileSource(shape: RecordShape): Source {
  const file = shape.producer.source.file!;
  if (shape.schema.eventTime === undefined) {
    if (file.order === 'eventTime') throw needsEventTime('order', 'eventTime');
    if (file.speed !== undefined) throw needsEventTime('speed', String(file.speed));
  }
  return file.order === 'eventTime' ? new SortedFileSource(file, shape) : new FileSource(file, shape);
}

function needsEventTime(setting: string, value: string): StreamJobError {
  return new StreamJobError(
    'ConfigInvalid',
    `spec.producer.source.file.${setting}: ${value} needs spec.schema.eventTime`,
  );
}

function generatorSource(
  name: string,
  settings: Settings,
  { shape, options }: { shape: RecordShape; options: SourceOptions },
): Source {
  const { count, seed = 1, start } = settings;
  const generator = GENERATORS[name]!(seed);
  const { rate } = shape.producer;
  const stepMillis = rate === undefined ? generator.stepMillis : 1000 / parseRate(rate);
  return new GeneratorSource(
    generator,
    { count, seed, start: start === undefined ? options.now : Date.parse(start), stepMillis },
    shape,
  );
}
