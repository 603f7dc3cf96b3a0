import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import type { Authenticator, Mechanism } from 'kafkajs';
import type { Kafka } from '../../../crds/topic.ts';
import type { KafkaCredentials } from '../kafka-credentials.ts';
import { kafkaAccess, securityOf } from './security.ts';

const brokers = ['kafka.example:9092'];
const login = { name: 'login' };
const sasl = (mechanism: NonNullable<Kafka['sasl']>['mechanism']): Kafka => ({
  brokers,
  sasl: { mechanism, secretRef: login },
});
const reading = (credentials: KafkaCredentials) => () => Promise.resolve(credentials);
const alice = { username: 'alice', password: 'hunter2' };

const token = (claims: object): string =>
  `${Buffer.from('{}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.sig`;

describe('SASL', () => {
  test.each([
    { mechanism: 'PLAIN', want: 'plain' },
    { mechanism: 'SCRAM-SHA-256', want: 'scram-sha-256' },
    { mechanism: 'SCRAM-SHA-512', want: 'scram-sha-512' },
  ] as const)('$mechanism takes user and password', async ({ mechanism, want }) => {
    const security = await securityOf(sasl(mechanism), reading(alice));
    expect(security).toEqual({
      ssl: false,
      sasl: { mechanism: want, ...alice },
      identity: { principal: 'User:alice' },
    });
  });

  test('none', async () => {
    expect(await securityOf({ brokers }, reading({}))).toEqual({
      ssl: false,
      sasl: undefined,
      identity: { principal: 'User:ANONYMOUS' },
    });
  });

  test.each([
    { mechanism: 'PLAIN', credentials: { password: 'hunter2' }, key: 'username' },
    { mechanism: 'SCRAM-SHA-256', credentials: { username: 'alice' }, key: 'password' },
    { mechanism: 'SCRAM-SHA-512', credentials: { username: 'alice', password: '' }, key: 'password' },
    { mechanism: 'OAUTHBEARER', credentials: alice, key: 'token' },
    { mechanism: 'OAUTHBEARER', credentials: { token: ' \n' }, key: 'token' },
  ] as const)('$mechanism without $key: $credentials', async ({ mechanism, credentials, key }) => {
    await expect(securityOf(sasl(mechanism), reading(credentials))).rejects.toMatchObject({
      code: 'NotAuthenticated',
      message: `the Secret login named in spec.kafka.sasl.secretRef has no key ${key}, or nothing in it`,
    });
  });
});

describe('a bearer token', () => {
  /** What kafkajs would do; the answers are the broker's. */
  async function authenticator(read: () => Promise<KafkaCredentials>, answers: readonly string[]) {
    const sent: string[] = [];
    const { sasl: made } = await securityOf(sasl('OAUTHBEARER'), read);
    const saslAuthenticate = async ({ request, response }: Parameters<SaslAuthenticate>[0]): Promise<unknown> => {
      const text = String(await request.encode());
      sent.push(text);
      const answer = Buffer.from(answers[sent.length - 1] ?? '');
      const raw = Buffer.concat([Buffer.alloc(4), answer]);
      return response?.parse(await response.decode(raw));
    };
    const args = { host: 'h', port: 1, logger: undefined, saslAuthenticate };
    const of = (made as Mechanism).authenticationProvider as unknown as (given: typeof args) => Authenticator;
    return { sent, authenticate: () => of(args).authenticate() };
  }
  type SaslAuthenticate = Parameters<Mechanism['authenticationProvider']>[0]['saslAuthenticate'];

  test('goes out in the form of RFC 7628, without the line break of the file that it is from', async () => {
    const { sent, authenticate } = await authenticator(reading({ token: 'abc\n' }), ['']);
    await authenticate();
    const text = 'n,,\u0001auth=Bearer abc\u0001\u0001';
    expect(sent).toEqual([`\0\0\0${String.fromCharCode(text.length)}${text}`]);
  });

  test('is read again at each authentication', async () => {
    const tokens = ['checked', 'first', 'second'];
    const { sent, authenticate } = await authenticator(() => Promise.resolve({ token: tokens.shift()! }), []);
    await authenticate();
    await authenticate();
    expect(sent.map((text) => /Bearer (\w+)/.exec(text)?.[1])).toEqual(['first', 'second']);
  });

  test('that is refused fails, after the byte that the broker waits for, and its reason is not repeated', async () => {
    const { sent, authenticate } = await authenticator(reading({ token: 'abc' }), ['{"status":"invalid_token"}', '']);
    await expect(authenticate()).rejects.toMatchObject({
      name: 'KafkaJSSASLAuthenticationError',
      message: 'the broker refuses the bearer token',
    });
    expect(sent[1]).toBe('\0\0\0\u0001\u0001');
  });

  test.each([
    {
      name: 'a subject',
      token: token({ sub: 'alice', exp: 1.5 }),
      identity: { principal: 'User:alice', expiresAt: 1500 },
    },
    { name: 'no subject', token: token({}), identity: {} },
    { name: 'claims of other types', token: token({ sub: 1, exp: 'x' }), identity: {} },
    { name: 'claims that are not an object', token: token([null]), identity: {} },
    { name: 'no claims', token: 'opaque', identity: {} },
    { name: 'claims that are no JSON', token: 'a.%%%.c', identity: {} },
  ])('tells who we are, if it can be read: $name', async ({ token, identity }) => {
    expect((await securityOf(sasl('OAUTHBEARER'), reading({ token }))).identity).toEqual(identity);
  });
});

describe('TLS', () => {
  const tlsOf = (tls: NonNullable<Kafka['tls']>, credentials: KafkaCredentials) =>
    securityOf({ brokers, tls }, reading(credentials));

  test('is checked, whatever Node is told by its environment', async () => {
    const { ssl } = await tlsOf({}, {});
    expect(ssl).toMatchObject({ rejectUnauthorized: true });
    expect(Object.keys(ssl)).toEqual(['secureContext', 'rejectUnauthorized']);
  });

  test.each([
    {
      name: 'no authority',
      tls: { caSecretRef: { name: 'my-ca' } },
      credentials: {},
      line: 'the Secret my-ca named in spec.kafka.tls.caSecretRef has no key ca.crt, or nothing in it',
    },
    {
      name: 'no authority under a key of its own',
      tls: { caSecretRef: { name: 'my-ca', key: 'root.pem' } },
      credentials: { ca: '' },
      line: 'the Secret my-ca named in spec.kafka.tls.caSecretRef has no key root.pem, or nothing in it',
    },
    {
      name: 'an authority that is none, which Node would take in silence',
      tls: { caSecretRef: { name: 'my-ca' } },
      credentials: { ca: 'hunter2' },
      line:
        'cannot use the authority in the Secret my-ca (spec.kafka.tls.caSecretRef) (no start line): it must be PEM, and ' +
        'a key fit its certificate',
    },
    {
      name: 'no client certificate',
      tls: { clientSecretRef: { name: 'pair' } },
      credentials: { key: 'hunter2' },
      line: 'the Secret pair named in spec.kafka.tls.clientSecretRef has no key tls.crt, or nothing in it',
    },
    {
      name: 'no key',
      tls: { clientSecretRef: { name: 'pair' } },
      credentials: { certificate: 'x' },
      line: 'the Secret pair named in spec.kafka.tls.clientSecretRef has no key tls.key, or nothing in it',
    },
    {
      name: 'a key that is none',
      tls: { clientSecretRef: { name: 'pair' } },
      credentials: { certificate: 'hunter2', key: 'hunter2' },
      line:
        'cannot use the pair in the Secret pair (spec.kafka.tls.clientSecretRef) (no start line): it must be PEM, and ' +
        'a key fit its certificate',
    },
  ])('$name', async ({ tls, credentials, line }) => {
    const failure = await tlsOf(tls, credentials).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'NotAuthenticated', message: line });
    expect(inspect(failure, { depth: 9, showHidden: true })).not.toContain('hunter2');
  });
});

describe('access', () => {
  test('knows from the credentials that were read last whom to grant something', async () => {
    const users = ['alice', 'bob'];
    const access = kafkaAccess(sasl('PLAIN'), () => Promise.resolve({ username: users.shift()!, password: 'x' }));
    const asked = [{ operation: 'READ', resource: 'Topic', name: 't' }] as const;
    expect(access.refused(29, asked).message).toMatch(/: grant the user of the job READ on Topic t$/);
    for (const user of ['alice', 'bob']) {
      await access.security();
      expect(access.refused(29, asked).message).toBe(
        `not allowed to read topic "t": grant User:${user} READ on Topic t`,
      );
    }
  });

  test('explains before any credentials could be read', async () => {
    const access = kafkaAccess(sasl('PLAIN'), reading({}));
    const error = Object.assign(new Error('x'), { code: 'ENOTFOUND' });
    const failure = await access.explain(error, { host: 'kafka.example', port: 9092 });
    expect(failure.message).toMatch(/^cannot reach Kafka at kafka.example:9092 \(no such host\)/);
  });
});
