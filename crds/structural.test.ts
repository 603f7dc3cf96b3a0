import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { structural } from './structural.ts';

describe('structural', () => {
  it('keeps limits, patterns, defaults and descriptions, and leaves out what the API server refuses', () => {
    const schema = z.strictObject({
      name: z.string().max(5).regex(/^a/).default('a').describe('A name.'),
      count: z.int().min(1).optional(),
    });
    expect(structural(schema)).toEqual({
      type: 'object',
      properties: {
        name: { type: 'string', maxLength: 5, pattern: '^a', default: 'a', description: 'A name.' },
        count: { type: 'integer', minimum: 1 },
      },
    });
  });

  it('writes the defaults inside a default out, by which the API server judges it', () => {
    const inner = z.strictObject({ least: z.int().default(1), most: z.int().default(2), other: z.string().optional() });
    expect(structural(z.strictObject({ inner: inner.prefault({}) })).properties?.['inner']?.default).toEqual({
      least: 1,
      most: 2,
    });
  });

  it('gives maps and lists the schema of their members', () => {
    const schema = z.strictObject({ map: z.record(z.string(), z.array(z.boolean()).max(2)) });
    expect(structural(schema).properties?.['map']).toEqual({
      type: 'object',
      additionalProperties: { type: 'array', maxItems: 2, items: { type: 'boolean' } },
    });
  });

  it('turns a number or text into int-or-string', () => {
    const amount = z.union([z.int(), z.string().max(9).regex(/^1/)]).meta({ 'x-kubernetes-int-or-string': true });
    expect(structural(amount)).toEqual({ 'x-kubernetes-int-or-string': true, maxLength: 9, pattern: '^1' });
  });

  it('refuses a union of other types, and says where', () => {
    const schema = z.strictObject({ sink: z.union([z.string(), z.strictObject({})]) });
    expect(() => structural(schema)).toThrow('.sink has no single type, which is not structural');
  });
});
