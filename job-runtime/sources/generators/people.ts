/**
 * Invented people: name, address, year of birth. Addresses take two lines; about one value in four is sent as a JSON
 * string literal, as one of today's producers does. Faker is seeded anew for each record: slow (some 50,000 records/s),
 * and any record can be made without those before it. It is loaded late, since no other job needs it.
 */
import type { Faker } from '@faker-js/faker';
import type { Random } from '../random.ts';
import type { GeneratedColumn, Generator } from './generator.ts';

const encoder = new TextEncoder();
const FIRST_YEAR = 1940;
const YEARS = 66;

export class PeopleGenerator implements Generator {
  readonly name = 'people';
  readonly stepMillis = 3000;
  readonly columns: Readonly<Record<string, GeneratedColumn>>;
  readonly aliases = { data: 'year', date: 'year', birthYear: 'year' };
  private faker: Faker | undefined;
  private fullName = '';
  private address = '';
  private year = FIRST_YEAR;
  private wrapped = false;

  constructor() {
    this.columns = {
      name: { kind: 'text', bytes: () => encoder.encode(this.fullName) },
      address: { kind: 'text', bytes: () => encoder.encode(this.address) },
      year: { kind: 'number', value: () => this.year },
      time: { kind: 'time', format: 'iso8601' },
    };
  }

  async load(): Promise<void> {
    this.faker = (await import('@faker-js/faker/locale/en')).faker;
  }

  draw(random: Random): void {
    const faker = this.faker!;
    faker.seed(random.bits() >>> 0);
    const { location } = faker;
    this.fullName = faker.person.fullName();
    this.address = `${location.streetAddress()}\n${location.city()}, ${location.state({ abbreviated: true })} ${location.zipCode()}`;
    this.year = FIRST_YEAR + random.below(YEARS);
    this.wrapped = random.below(4) === 0;
  }

  isWrapped(): boolean {
    return this.wrapped;
  }
}
