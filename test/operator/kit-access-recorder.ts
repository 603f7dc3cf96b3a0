/** A way to a Kafka broker that keeps what clients say on it. */
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';

export interface Recorder {
  /** HOST:PORT, for `brokers`. */
  readonly address: string;
  /** All bytes of all clients so far, each byte a character. */
  said: () => string;
  close: () => Promise<void>;
}

/** `target`: HOST:PORT of the broker. */
export async function startRecorder(target: string): Promise<Recorder> {
  const [host = '', port = ''] = target.split(':');
  const chunks: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const broker = connect({ host, port: Number(port) });
    for (const socket of [client, broker]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        broker.destroy();
      });
    }
    client.on('data', (chunk) => chunks.push(chunk));
    client.pipe(broker);
    broker.pipe(client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    said: () => Buffer.concat(chunks).toString('latin1'),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
