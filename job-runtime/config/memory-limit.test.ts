import { describe, expect, it } from '@jest/globals';
import { stateLimitFor } from './memory-limit.ts';

const V2 = '/sys/fs/cgroup/memory.max';
const V1 = '/sys/fs/cgroup/memory/memory.limit_in_bytes';
const MIB = 2 ** 20;

describe('stateLimitFor', () => {
  it.each<{ title: string; files: Record<string, string>; want: number }>([
    { title: 'without a container', files: {}, want: 4096 * MIB },
    { title: 'without a limit (v2)', files: { [V2]: 'max\n' }, want: 4096 * MIB },
    { title: 'without a limit (v1)', files: { [V1]: '9223372036854771712\n' }, want: 4096 * MIB },
    { title: 'of 1000 MiB (v2)', files: { [V2]: `${1000 * MIB}\n` }, want: 520 * MIB },
    { title: 'of 1000 MiB (v1)', files: { [V1]: `${1000 * MIB}\n` }, want: 520 * MIB },
    { title: 'of 16 GiB', files: { [V2]: `${16_384 * MIB}` }, want: Math.floor(16_384 * MIB * 0.6) - 80 * MIB },
    { title: 'too small for anything', files: { [V2]: `${64 * MIB}` }, want: 16 * MIB },
    { title: 'that nobody understands', files: { [V2]: 'plenty' }, want: 4096 * MIB },
  ])('memory $title', ({ files, want }) => {
    expect(stateLimitFor((path) => files[path])).toBe(want);
  });
});
