/** Puts defaults into descriptions: `kubectl explain` shows the latter alone. */
import type { Structural } from '../../crds/structural.ts';

/** The same schema; each single value that has a default says so. */
export function tellDefaults(schema: Structural): Structural {
  const { properties, items, additionalProperties } = schema;
  return {
    ...schema,
    ...told(schema),
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, member]) => [name, tellDefaults(member)])),
    }),
    ...(items && { items: tellDefaults(items) }),
    ...(additionalProperties && { additionalProperties: tellDefaults(additionalProperties) }),
  };
}

function told({ description, default: value }: Structural): Pick<Structural, 'description'> {
  const isSingle = ['string', 'number', 'boolean'].includes(typeof value);
  return description !== undefined && isSingle ? { description: `${description} Default: ${textOf(value)}.` } : {};
}

/** Signs alone are hard to see. */
const textOf = (value: unknown): string => (/^[\w.+-]+$/.test(String(value)) ? String(value) : JSON.stringify(value));
