/** Free ports below the ones that the kernel gives to outgoing connections (32768 and up). */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import type { Server } from 'node:net';

const [LOWEST, HIGHEST] = [20_000, 32_000];

/**
 * Ports that were free a moment ago; all are held at once, so that they differ. A server can give its port back and take
 * it again later: no client's connection, not even one that tries to reach it meanwhile, lands on it.
 */
export async function freePorts(count: number): Promise<number[]> {
  const held: Server[] = [];
  const ports: number[] = [];
  while (ports.length < count) {
    const port = randomInt(LOWEST, HIGHEST);
    const server = await listening(port);
    if (!server) continue;
    held.push(server);
    ports.push(port);
  }
  await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** A server on the port, or undefined where there is one already. */
function listening(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
