/** How much state a process may hold, derived from how much memory its container has. */

/** Text of a file; undefined where there is none. */
export type ReadText = (path: string) => string | undefined;

const MIB = 2 ** 20;
/** Code, buffers of the network and batches under way. */
const OVERHEAD_BYTES = 80 * MIB;
/** State doubles for a moment while its tables grow, and the collector needs room. */
const SHARE = 0.6;
const LEAST_BYTES = 16 * MIB;
const UNLIMITED_STATE_BYTES = 4096 * MIB;

/** cgroup v2, v1. */
const LIMIT_FILES = ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes'];
/** v1 says "no limit" by a number near 2^63. */
const NO_LIMIT_BYTES = 2 ** 60;

/** Bytes. */
export function stateLimitFor(readText: ReadText): number {
  const memory = memoryLimit(readText);
  if (memory === undefined) return UNLIMITED_STATE_BYTES;
  return Math.max(LEAST_BYTES, Math.floor(memory * SHARE) - OVERHEAD_BYTES);
}

/** Memory of the container in bytes; undefined: not limited, or not known. */
function memoryLimit(readText: ReadText): number | undefined {
  for (const path of LIMIT_FILES) {
    const text = readText(path)?.trim();
    if (text === undefined || !/^[0-9]+$/.test(text)) continue;
    const bytes = Number(text);
    return bytes > 0 && bytes < NO_LIMIT_BYTES ? bytes : undefined;
  }
  return undefined;
}
