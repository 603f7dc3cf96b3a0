import { describe, expect, it } from '@jest/globals';
import { csvSettings, recordKey, RecordSchema } from './record-schema.ts';

const schema = (more: object = {}): RecordSchema =>
  RecordSchema.parse({
    format: 'csv',
    fields: [
      { name: 'a', type: 'string' },
      { name: 'b', type: 'string' },
    ],
    ...more,
  });

describe('csvSettings', () => {
  it('are the defaults where the schema has none', () => {
    expect(csvSettings(schema())).toEqual({ header: false, delimiter: ',', quote: '"', trim: false });
  });

  it('are those of the schema, with the defaults for the rest', () => {
    expect(csvSettings(schema({ csv: { delimiter: '$' } }))).toMatchObject({ delimiter: '$', quote: '"' });
  });
});

describe('recordKey', () => {
  it('is unknown where neither the schema nor the producer says it', () => {
    expect(recordKey(schema(), {})).toBeUndefined();
  });

  it.each([
    { name: 'one field as text', key: ['a'], want: { fields: ['a'], encoding: 'string' } },
    { name: 'several fields joined', key: ['a', 'b'], want: { fields: ['a', 'b'], encoding: 'joined' } },
  ])('takes $name from the producer', ({ key, want }) => {
    expect(recordKey(schema(), { key })).toEqual(want);
  });

  it('takes the encoding that the schema names', () => {
    const key = { fields: ['a', 'b'], encoding: 'json' };
    expect(recordKey(schema({ key }))).toEqual(key);
  });
});
