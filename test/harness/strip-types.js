/** Jest's transformer: strips types as Node does when it runs a .ts file. Lines and columns stay, so no source map. */
import { createHash } from 'node:crypto';
import { stripTypeScriptTypes } from 'node:module';

export default {
  process: (source) => ({ code: stripTypeScriptTypes(source, { mode: 'strip' }) }),
  getCacheKey: (source, path, { rootDir, instrument, transformerConfig }) =>
    createHash('sha256')
      .update(JSON.stringify([process.version, source, path, rootDir, instrument, transformerConfig]))
      .digest('hex'),
};
