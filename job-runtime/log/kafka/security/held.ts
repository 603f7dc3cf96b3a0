/** What a Secret must hold. */
import { StreamJobError } from '../../../errors.ts';

export type Place = Readonly<{ secret: string; key: string; setting: string }>;

/** Throws NotAuthenticated, since a Secret may be mended while we wait. */
export function held(value: string | undefined, { secret, key, setting }: Place): string {
  if (value !== undefined && value !== '') return value;
  throw new StreamJobError(
    'NotAuthenticated',
    `the Secret ${secret} named in ${setting} has no key ${key}, or nothing in it`,
  );
}
