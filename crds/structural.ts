/**
 * JSON schema, as zod writes it, into a structural OpenAPI v3 schema, as a CustomResourceDefinition needs it: one type
 * for every node, no unions but int-or-string, no `additionalProperties: false` (the API server prunes unknown fields,
 * and refuses them when asked to be strict). Pure; scripts/generate.ts writes the files.
 */
import * as z from 'zod';

export type Structural = Readonly<{
  type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  description?: string;
  default?: unknown;
  format?: string;
  enum?: readonly unknown[];
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  exclusiveMinimum?: boolean;
  maximum?: number;
  exclusiveMaximum?: boolean;
  minItems?: number;
  maxItems?: number;
  items?: Structural;
  minProperties?: number;
  maxProperties?: number;
  required?: readonly string[];
  properties?: Readonly<Record<string, Structural>>;
  additionalProperties?: Structural;
  'x-kubernetes-int-or-string'?: true;
  'x-kubernetes-preserve-unknown-fields'?: true;
  'x-kubernetes-list-type'?: string;
  'x-kubernetes-list-map-keys'?: readonly string[];
  'x-kubernetes-validations'?: readonly Readonly<{ rule: string; message: string; fieldPath?: string }>[];
}>;

type Node = Record<string, unknown>;

const KEPT = [
  ...['type', 'description', 'default', 'format', 'enum', 'pattern', 'minLength', 'maxLength'],
  ...[
    'minimum',
    'exclusiveMinimum',
    'maximum',
    'exclusiveMaximum',
    'minItems',
    'maxItems',
    'minProperties',
    'maxProperties',
    'required',
  ],
  ...[
    'x-kubernetes-int-or-string',
    'x-kubernetes-preserve-unknown-fields',
    'x-kubernetes-list-type',
    'x-kubernetes-list-map-keys',
    'x-kubernetes-validations',
  ],
];
/** What zod writes and a structural schema must not have, or says in another way. */
const DROPPED = ['$schema', 'properties', 'items', 'additionalProperties', 'anyOf'];

/** The structural schema of what a person writes: defaulted fields are not required. */
export function structural(schema: z.ZodType): Structural {
  return node(z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', reused: 'inline' }) as Node, '');
}

function node(from: Node, path: string): Structural {
  const unknown = Object.keys(from).find((key) => !KEPT.includes(key) && !DROPPED.includes(key));
  if (unknown !== undefined) throw new Error(`${path || 'the schema'} has ${unknown}, which is not structural`);
  if (from['x-kubernetes-int-or-string']) return intOrString(from);
  if (typeof from.type !== 'string')
    throw new Error(`${path || 'the schema'} has no single type, which is not structural`);
  const to: Node = Object.fromEntries(
    KEPT.filter((key) => key in from && !isUnsaid(from, key)).map((key) => [key, from[key]]),
  );
  Object.assign(to, from['x-kubernetes-preserve-unknown-fields'] ? {} : parts(from, path));
  if (isObject(to.default)) to.default = filled(to.default, to.properties as Record<string, Structural>);
  return to as Structural;
}

/** The members of an object, the items of a list, or the values of a map. */
function parts({ properties, items, additionalProperties }: Node, path: string): Structural {
  if (properties) return { properties: members(properties as Record<string, Node>, path) };
  if (items) return { items: node(items as Node, `${path}[]`) };
  return isObject(additionalProperties) ? { additionalProperties: node(additionalProperties, `${path}.*`) } : {};
}

const isObject = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The API server judges a default by the object's rules before it applies the defaults inside: so they are written out. */
function filled(given: Node, properties: Record<string, Structural> = {}): Node {
  const inner = Object.entries(properties).filter(([name, member]) => member.default !== undefined && !(name in given));
  return { ...given, ...Object.fromEntries(inner.map(([name, member]) => [name, member.default])) };
}

const members = (properties: Record<string, Node>, path: string): Record<string, Structural> =>
  Object.fromEntries(Object.entries(properties).map(([name, member]) => [name, node(member, `${path}.${name}`)]));

/** Whole numbers of JavaScript end at 2^53, which is a limit of ours and not of the field. */
const isUnsaid = (from: Node, key: string): boolean =>
  (key === 'maximum' || key === 'minimum') && Math.abs(Number(from[key])) === Number.MAX_SAFE_INTEGER;

/** Kubernetes’ own union: the pattern and length hold for the text. */
function intOrString(from: Node): Structural {
  const text = (from.anyOf as Node[]).find(({ type }) => type === 'string') ?? {};
  const { pattern, maxLength } = text;
  const { description } = from;
  return {
    ...(description ? { description } : {}),
    pattern,
    maxLength,
    'x-kubernetes-int-or-string': true,
  } as Structural;
}
