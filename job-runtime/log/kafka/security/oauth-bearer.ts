/**
 * SASL OAUTHBEARER (RFC 7628) in kafkajs' terms. Its own takes whatever the broker answers for a success; but a token
 * that is refused is answered by the reason, and only after one more byte of ours by the failure, so that its next
 * request would run into a connection that hangs up on it.
 */
import type { Mechanism } from 'kafkajs';

/** A message: its length in four bytes, then itself. */
const LENGTH = 4;

/** "I have seen that I am refused." */
const SEEN = '\u0001';

/** Asks for the token at each authentication. */
export function bearerAuthentication(token: () => Promise<string>): Mechanism {
  return {
    mechanism: 'OAUTHBEARER',
    authenticationProvider: ({ saslAuthenticate }) => ({
      authenticate: async () => {
        const first = message(`n,,\u0001auth=Bearer ${await token()}\u0001\u0001`);
        const isRefused = await saslAuthenticate({ request: first, response: REFUSAL });
        if (isRefused !== true) return;
        await saslAuthenticate({ request: message(SEEN), response: REFUSAL });
        throw new BearerRefused('the broker refuses the bearer token');
      },
    }),
  };
}

/** A broker that says no and then does not fail: known by its name like kafkajs' own. */
class BearerRefused extends Error {
  override readonly name = 'KafkaJSSASLAuthenticationError';
}

/** An empty answer is a success. What is in another is the broker's to say, and not repeated. */
const REFUSAL = {
  decode: (answer: Buffer) => answer,
  parse: (answer: Buffer): boolean => answer.length > LENGTH,
};

function message(text: string): { encode: () => Buffer } {
  return {
    encode: () => {
      const size = Buffer.alloc(LENGTH);
      size.writeInt32BE(Buffer.byteLength(text));
      return Buffer.concat([size, Buffer.from(text)]);
    },
  };
}
