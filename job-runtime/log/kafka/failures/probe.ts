/**
 * A second look at an address where a connection failed in a way that has several reasons: a broker hangs up without a
 * word on plain text where it expects TLS, on TLS where it expects plain text, and on anyone who does not authenticate.
 * No credentials are sent, nothing is retried, and finding nothing out is fine.
 */
import net from 'node:net';
import tls from 'node:tls';
import type { Address, ConnectionSecurity } from '../broker-connection.ts';
import type { FailureKind } from './failure-kind.ts';
import { WireReader, WireWriter } from '../protocol/wire.ts';
import type { Finding } from './trial.ts';

/** A listener that is there answers in milliseconds; one that is not shall not hold up the caller's next try. */
const PATIENCE_MILLIS = 1000;

const SASL_HANDSHAKE = 17;
const NO_MECHANISM = '?';

/** What the failure of a connection with these options may be due to. */
export async function probe(
  kind: FailureKind,
  address: Address,
  { ssl, sasl }: Partial<ConnectionSecurity>,
): Promise<Finding> {
  const mechanisms = () => enabledMechanisms(address, ssl);
  if (kind === 'mechanism') return findingOf(await mechanisms());
  if (kind === 'noTls') return (await enabledMechanisms(address, false)) ? { speaks: 'plain text' } : {};
  if (kind !== 'closed') return {};
  if (!ssl && (await speaksTls(address))) return { speaks: 'TLS' };
  return sasl ? {} : findingOf(await mechanisms());
}

function findingOf(mechanisms: readonly string[] | undefined): Finding {
  return mechanisms ? { mechanisms } : {};
}

/** Whether a handshake comes to its end, or the other side ends it by an alert; nothing is sent over the connection. */
function speaksTls({ host, port }: Address): Promise<boolean> {
  return new Promise((resolve) => {
    // Whose certificate it is does not matter, since nothing is told to it.
    const socket = tls.connect({ host, port, rejectUnauthorized: false });
    const done = (isTls: boolean): void => {
      socket.destroy();
      resolve(isTls);
    };
    socket.once('secureConnect', () => done(true));
    socket.on('error', ({ code }: NodeJS.ErrnoException) => done(/ALERT/.test(code ?? '')));
    socket.once('close', () => done(false));
    socket.setTimeout(PATIENCE_MILLIS, () => done(false));
  });
}

/**
 * Asks for a mechanism that there is not, which a broker answers by those that there are: none where clients need not
 * authenticate. Undefined: no answer of a Kafka broker.
 */
function enabledMechanisms(
  { host, port }: Address,
  ssl: tls.ConnectionOptions | false | undefined,
): Promise<readonly string[] | undefined> {
  return new Promise((resolve) => {
    const hello = (): void => void socket.write(handshakeRequest());
    const name = net.isIP(host) ? {} : { servername: host };
    const socket = ssl ? tls.connect({ host, port, ...name, ...ssl }, hello) : net.connect({ host, port }, hello);
    const done = (mechanisms?: readonly string[]): void => {
      socket.destroy();
      resolve(mechanisms);
    };
    socket.once('data', (answer) => done(mechanismsIn(answer)));
    socket.on('error', () => done());
    socket.once('close', () => done());
    socket.setTimeout(PATIENCE_MILLIS, () => done());
  });
}

/** SaslHandshake v1 with request header v1. */
function handshakeRequest(): Uint8Array {
  const body = new WireWriter(64);
  body.int16(SASL_HANDSHAKE);
  body.int16(1);
  body.int32(0);
  body.string(null);
  body.string(NO_MECHANISM);
  const framed = new WireWriter(64);
  framed.int32(body.length);
  framed.slice(body.bytes, 0, body.length);
  return framed.bytes.subarray(0, framed.length);
}

function mechanismsIn(answer: Uint8Array): readonly string[] | undefined {
  try {
    const from = new WireReader(answer);
    if (from.int32() !== answer.length - 4 || from.int32() !== 0) return undefined;
    from.int16();
    return from.array(() => from.string() ?? '').sort();
  } catch {
    return undefined;
  }
}
