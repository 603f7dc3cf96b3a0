import { describe, expect, it } from '@jest/globals';
import type { Structural } from '../../crds/structural.ts';
import { BROKEN } from '../../test/crd/broken/index.ts';
import { CRD, SPEC, STATUS } from './crd.ts';
import { reference } from './reference.ts';

const { spec, status } = CRD.spec.versions[0].schema.openAPIV3Schema.properties;

type Place = Readonly<{ path: string; schema: Structural }>;

/** Every node of a schema with its path. */
function places(schema: Structural, path: string): Place[] {
  const { properties = {}, items, additionalProperties } = schema;
  const below = [
    ...Object.entries(properties),
    ...(items ? [['[]', items] as const] : []),
    ...(additionalProperties ? [['*', additionalProperties] as const] : []),
  ];
  return [{ path, schema }, ...below.flatMap(([name, member]) => places(member, `${path}.${name}`))];
}

const ALL: readonly Place[] = [...places(spec, 'spec'), ...places(status, 'status')];

const where = (lacks: (schema: Structural) => boolean): string[] =>
  ALL.filter(({ schema }) => lacks(schema)).map(({ path }) => path);

describe('the CustomResourceDefinition', () => {
  it('has a maximum on every text, list and map, by which the API server reckons the cost of the rules', () => {
    expect(
      where((schema) => schema.type === 'string' && schema.maxLength === undefined && schema.enum === undefined),
    ).toEqual([]);
    expect(where((schema) => schema.type === 'array' && schema.maxItems === undefined)).toEqual([]);
    expect(where((schema) => schema.additionalProperties !== undefined && schema.maxProperties === undefined)).toEqual(
      [],
    );
  });

  it('has a description for every field', () => {
    expect(
      ALL.filter(({ path, schema }) => !/\.(\[\]|\*)$/.test(path) && !schema.description).map(({ path }) => path),
    ).toEqual([]);
  });

  it('tells the default of a field in its description, since kubectl explain does not show it otherwise', () => {
    const descriptions = new Map(ALL.map(({ path, schema }) => [path, schema.description]));
    expect(descriptions.get('spec.topic.partitions')).toMatch(/ Default: 1\.$/);
    expect(descriptions.get('spec.schema.csv.delimiter')).toMatch(/ Default: ","\.$/);
    const untold = ALL.filter(({ schema: { default: value, description } }) => {
      return value !== undefined && typeof value !== 'object' && !description?.includes(' Default: ');
    });
    expect(untold).toEqual([]);
  });

  it('has no default for an object that holds one of several members: two appliers would end with two members', () => {
    expect(
      where(
        (schema) =>
          schema.default !== undefined &&
          (schema['x-kubernetes-validations'] ?? []).some(({ message }) => message.startsWith('give exactly one')),
      ),
    ).toEqual([]);
  });

  it('has no rule that the table of broken manifests does not break', () => {
    const told = BROKEN.filter(({ server }) => server === 'cel').map((row) => row.serverMessage ?? row.message);
    const rules = new Set(
      ALL.flatMap(({ schema }) => schema['x-kubernetes-validations'] ?? []).map(({ message }) => message),
    );
    const untested = [...rules].filter(
      (rule) => !told.some((message) => message.startsWith(rule) || rule.startsWith(message)),
    );
    expect(untested).toEqual([]);
  });
});

describe('the reference page', () => {
  const page = reference(SPEC, STATUS);

  it('has a chapter for every part of the spec', () => {
    const chapters = page.match(/^## spec\.\w+$/gm) ?? [];
    expect(chapters).toEqual(Object.keys(spec.properties ?? {}).map((name) => `## spec.${name}`));
  });

  it('gives type, default and limits of a field', () => {
    expect(page).toContain('| `topic.partitions` | whole number | `1` | at least 1, at most 1024 |');
    expect(page).toContain('| **`window.type`** | `tumbling`, `sliding`, `session` |');
  });

  it('tells the rules of a part below its table', () => {
    expect(page).toContain('- `window.slide`: must be at most size.');
    expect(page).toContain('- `steps[]`: give exactly one of filter, map, deduplicate, delta.');
  });
});
