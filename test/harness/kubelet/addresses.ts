/**
 * Each pod's own address in 127.0.0.0/8, where Linux takes every address for this machine. The process id is part of
 * it, so that the kubelets of tests that run at the same time do not meet; 254 pods at a time.
 */
const { pid } = process;
const prefix = `127.${20 + (pid % 200)}.${Math.floor(pid / 200) % 250}`;
const taken = new Set<string>();
let last = 0;

/** An address that was free for longest. */
export function takeAddress(): string {
  for (let tries = 0; tries < 254; tries++) {
    last = (last % 254) + 1;
    const address = `${prefix}.${last}`;
    if (taken.has(address)) continue;
    taken.add(address);
    return address;
  }
  throw new Error(`no address is left in ${prefix}.0/24 for another pod`);
}

export const giveAddressBack = (address: string): void => void taken.delete(address);
