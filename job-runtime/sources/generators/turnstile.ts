/**
 * Synthetic turnstile records as the pipeline's dummy producer sends them: counts of entries and exits since the last
 * record (increments, so a sum is right), each with an id of its own.
 */
import type { Random } from '../random.ts';
import { Choice, constant, Uuid, type GeneratedColumn, type Generator } from './generator.ts';

const LEAST = 5;
const MOST = 10;

export class TurnstileGenerator implements Generator {
  readonly name = 'turnstile';
  readonly stepMillis = 10_000;
  readonly columns: Readonly<Record<string, GeneratedColumn>>;
  readonly aliases = { AC: 'CA' };
  private readonly area = new Choice(['A001', 'A002']);
  private readonly unit = new Choice(['R001', 'R002']);
  private readonly station = new Choice(['Test-Station1', 'Test-Station2']);
  private readonly id = new Uuid();
  private entries = 0;
  private exits = 0;

  constructor() {
    this.columns = {
      CA: this.area.column,
      UNIT: this.unit.column,
      SCP: constant('02-00-00'),
      STATION: this.station.column,
      LINENAME: constant('456NQR'),
      DIVISION: constant('BMT'),
      DATE: { kind: 'time', format: 'MM-dd-yy' },
      TIME: { kind: 'time', format: 'HH:mm:ss' },
      DESC: constant('REGULAR'),
      ENTRIES: { kind: 'number', value: () => this.entries },
      EXITS: { kind: 'number', value: () => this.exits },
      ID: this.id.column,
      TIMESTAMP: { kind: 'time', format: 'yyyy-MM-dd HH:mm:ss' },
    };
  }

  draw(random: Random): void {
    this.area.draw(random);
    this.unit.draw(random);
    this.station.draw(random);
    this.entries = LEAST + random.below(MOST - LEAST + 1);
    this.exits = LEAST + random.below(MOST - LEAST + 1);
    this.id.draw(random);
  }
}
