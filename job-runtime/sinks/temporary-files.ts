/**
 * Names for files that are not complete yet, and which of those found in a folder a dead run left behind. A name says
 * host, process and the process's start: in a container every process has the same number, and a folder on a network
 * has users on other hosts.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { performance } from 'node:perf_hooks';

/** No write takes this long: whoever wrote on another host is gone. */
const ABANDONED_MILLIS = 60 * 60 * 1000;
const NAME = /^\.streamjob-(?<host>[a-z0-9-]{1,32})\.(?<pid>\d+)\.(?<start>[a-z0-9]+)\.[a-z0-9]+\.tmp$/;

const host =
  hostname()
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, '-')
    .slice(-32) || 'localhost';
const start = Math.floor(performance.timeOrigin).toString(36);

/** Short, whatever the file will be called: names have a maximum. */
export function temporaryName(): string {
  return `.streamjob-${host}.${process.pid}.${start}.${randomBytes(6).toString('hex')}.tmp`;
}

export const isTemporaryName = (name: string): boolean => NAME.test(name);

/** Whether nobody is writing the file any more; `ageMillis` since it was last written. */
export function isLeftOver(name: string, ageMillis: number): boolean {
  const writer = NAME.exec(name)?.groups;
  if (!writer) return false;
  if (ageMillis > ABANDONED_MILLIS) return true;
  if (writer['host'] !== host) return false;
  const pid = Number(writer['pid']);
  return pid === process.pid ? writer['start'] !== start : !isAlive(pid);
}

function isAlive(pid: number): boolean {
  try {
    // Signal 0 is no signal: only whether the process could get one.
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
