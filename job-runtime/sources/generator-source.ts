/**
 * Makes a source of a generator: counts records, lets event time advance by equal steps, encodes. A record depends on
 * its index, the seed and the start only, so the position is the index and the start.
 */
import { RecordBuilder } from '../log/record-builder.ts';
import type { Generator } from './generators/generator.ts';
import { Random } from './random.ts';
import { RecordEncoder } from './record-encoder.ts';
import { RecordFacts, type RecordShape } from './record-facts.ts';
import { MOST_AT_ONCE, type ReadResult, type RecordSink, type Source, type SourcePosition } from './source.ts';

export interface GeneratorPlan {
  readonly count: number | undefined;
  readonly seed: number;
  /** Event time of the first record, unless a position says otherwise. */
  readonly start: number;
  /** Milliseconds of event time between two records. */
  readonly stepMillis: number;
}

export class GeneratorSource implements Source {
  private readonly generator: Generator;
  private readonly encoder: RecordEncoder;
  private readonly plan: GeneratorPlan;
  private readonly facts: RecordFacts;
  private readonly drawn = new RecordBuilder();
  private readonly random: Random;
  private start: number;
  private records = 0;

  constructor(generator: Generator, plan: GeneratorPlan, shape: RecordShape) {
    this.generator = generator;
    this.plan = plan;
    this.encoder = new RecordEncoder(shape.schema, generator);
    this.facts = new RecordFacts(shape, false);
    this.random = new Random(plan.seed);
    this.start = plan.start;
  }

  async open(position?: SourcePosition): Promise<void> {
    this.records = Number(position?.records ?? 0);
    this.start = Number(position?.['start'] ?? this.plan.start);
    await this.generator.load?.();
  }

  async read(max: number, _now: number, out: RecordSink): Promise<ReadResult> {
    const { generator, encoder, random, start, drawn } = this;
    const { stepMillis, count = Infinity } = this.plan;
    const until = Math.min(this.records + Math.min(max, MOST_AT_ONCE), count);
    drawn.clear();
    for (let index = this.records; index < until; index++) {
      const time = Math.round(start + index * stepMillis);
      random.start(index);
      generator.draw(random, index);
      drawn.append(null, encoder.value(time), time);
    }
    this.records = until;
    this.give(out);
    return { done: until >= count, waitMillis: 0 };
  }

  position(): SourcePosition {
    return { records: this.records, start: this.start };
  }

  progress(): { readonly done: number; readonly total: number | undefined; readonly unit: 'records' } {
    return { done: this.records, total: this.plan.count, unit: 'records' };
  }

  private give(out: RecordSink): void {
    const { drawn, facts } = this;
    facts.look(drawn);
    for (let row = 0; row < drawn.count; row++) out.append(facts.key(row), drawn.valueAt(row), drawn.timestamp[row]!);
  }

  async close(): Promise<void> {
    // Holds nothing.
  }
}
