/** Where tests keep what they fetched or built: per user and outside the clone, so that a second clone finds it. */
import os from 'node:os';
import path from 'node:path';

export const cacheFolder: string = path.join(
  process.env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache'),
  'streamjob-operator',
);
