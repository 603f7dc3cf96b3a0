/** What a process has taken from the machine, as Linux tells it under /proc. */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** Linux counts CPU time for programs in hundredths of a second, whatever its own clock. */
const TICKS_PER_SECOND = 100;
const STATE_ESTABLISHED = '01';

/** User and system, of all threads, in seconds. */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name before the closing bracket may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** The most that was ever in memory, in MB. */
export const peakMegabytesOf = (pid: number): number => memoryOf(pid, 'VmHWM');

/** What is in memory now, in MB. */
export const residentMegabytesOf = (pid: number): number => memoryOf(pid, 'VmRSS');

function memoryOf(pid: number, name: 'VmHWM' | 'VmRSS'): number {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(found![1]) / 1024;
}

/** Connections of the process to a port. */
export function connectionsOf(pid: number, port: number): number {
  const own = new Set(readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`)));
  const remote = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return ['tcp', 'tcp6']
    .flatMap((table) => readFileSync(`/proc/${pid}/net/${table}`, 'utf8').trim().split('\n').slice(1))
    .map((row) => row.trim().split(/\s+/))
    .filter(([, , to, state]) => to!.endsWith(remote) && state === STATE_ESTABLISHED)
    .filter((row) => own.has(`socket:[${row[9]}]`)).length;
}

/** Empty for one that was closed in the meantime. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
