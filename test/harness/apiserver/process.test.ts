import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { describeIf } from '../skip.ts';

const STARTER = `
  import { spawnTied } from ${JSON.stringify(path.join(import.meta.dirname, 'process.ts'))};
  console.log(spawnTied('sleep', ['600'], { stdio: 'ignore' }).pid);
`;

describeIf(hasSetpriv(), 'needs setpriv of util-linux', 'a server of a test', () => {
  it('ends when the process of the test is killed', async () => {
    const test = spawn(process.execPath, ['--input-type=module', '--eval', STARTER], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [line] = (await once(test.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    await delay(200);
    expect(commandOf(pid)).toBe('sleep 600');
    test.kill('SIGKILL');
    await once(test, 'exit');
    for (let tries = 0; tries < 100 && commandOf(pid) !== ''; tries++) await delay(50);
    expect(commandOf(pid)).toBe('');
  });
});

function hasSetpriv(): boolean {
  try {
    execFileSync('setpriv', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Empty when it has ended, even if nobody has asked yet how. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean).join(' ');
  } catch {
    return '';
  }
}
