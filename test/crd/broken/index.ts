/** The table of broken manifests, part by part. */
import { ONLY_HERE } from './local.ts';
import { NAMES_OF_FIELDS } from './names.ts';
import { REST } from './rest.ts';
import { SCHEMA } from './schema.ts';
import { STRUCTURE } from './structure.ts';
import { UNIONS } from './unions.ts';
import { UNKNOWN } from './unknown.ts';
import { WINDOWS } from './windows.ts';
import type { Broken } from './row.ts';

export type { Broken } from './row.ts';

export const BROKEN: readonly Broken[] = [
  ...UNIONS,
  ...WINDOWS,
  ...SCHEMA,
  ...NAMES_OF_FIELDS,
  ...REST,
  ...STRUCTURE,
  ...UNKNOWN,
  ...ONLY_HERE,
];
