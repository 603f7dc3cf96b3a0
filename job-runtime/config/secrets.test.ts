import { mkdir, mkdtemp, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Kafka } from '../../crds/topic.ts';
import { readKafkaCredentials, secretsOf } from './secrets.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'secrets-'));
});

afterEach(() => rm(folder, { recursive: true }));

async function mount(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), content);
  }
}

const kafka = (part: object): Kafka => Kafka.parse({ brokers: ['a:1'], ...part });
const sasl = (mechanism: string): Kafka => kafka({ sasl: { mechanism, secretRef: { name: 'login' } } });
const USER = { 'kafka-sasl/username': 'rides', 'kafka-sasl/password': 'hunter2' };

describe('readKafkaCredentials', () => {
  it.each<{ title: string; of: Kafka | undefined; files: Record<string, string>; want: object }>([
    { title: 'nothing for the default cluster', of: undefined, files: USER, want: {} },
    { title: 'nothing where nothing is asked for', of: kafka({}), files: USER, want: {} },
    { title: 'nothing for TLS with the system’s authorities', of: kafka({ tls: {} }), files: {}, want: {} },
    { title: 'user and password', of: sasl('PLAIN'), files: USER, want: { username: 'rides', password: 'hunter2' } },
    {
      title: 'user and password without the newline at their end, and with all else',
      of: sasl('SCRAM-SHA-512'),
      files: { 'kafka-sasl/username': 'rides\n', 'kafka-sasl/password': ' hunter 2 \r\n' },
      want: { username: 'rides', password: ' hunter 2 ' },
    },
    {
      title: 'a token',
      of: sasl('OAUTHBEARER'),
      files: { 'kafka-sasl/token': 'a.b.c\n' },
      want: { token: 'a.b.c' },
    },
    {
      title: 'an authority',
      of: kafka({ tls: { caSecretRef: { name: 'ca' } } }),
      files: { 'kafka-ca/ca.crt': 'PEM\n' },
      want: { ca: 'PEM\n' },
    },
    {
      title: 'an authority under another key',
      of: kafka({ tls: { caSecretRef: { name: 'ca', key: 'root.pem' } } }),
      files: { 'kafka-ca/root.pem': 'PEM\n' },
      want: { ca: 'PEM\n' },
    },
    {
      title: 'a client certificate',
      of: kafka({ tls: { clientSecretRef: { name: 'client' } } }),
      files: { 'kafka-client/tls.crt': 'PEM\n', 'kafka-client/tls.key': 'KEY\n' },
      want: { certificate: 'PEM\n', key: 'KEY\n' },
    },
  ])('reads $title', async ({ of, files, want }) => {
    await mount(files);
    expect(await readKafkaCredentials(of, folder)).toEqual(want);
  });

  it.each<{ title: string; of: Kafka; files: Record<string, string>; want: string }>([
    {
      title: 'a password',
      of: sasl('PLAIN'),
      files: { 'kafka-sasl/username': 'rides' },
      want: 'spec.kafka.sasl.secretRef: Secret "login" has no key password (looked for it in FOLDER/kafka-sasl)',
    },
    {
      title: 'the whole Secret',
      of: sasl('PLAIN'),
      files: {},
      want: 'spec.kafka.sasl.secretRef: Secret "login" has no key username (looked for it in FOLDER/kafka-sasl)',
    },
    {
      title: 'a token',
      of: sasl('OAUTHBEARER'),
      files: USER,
      want: 'spec.kafka.sasl.secretRef: Secret "login" has no key token (looked for it in FOLDER/kafka-sasl)',
    },
    {
      title: 'anything in a password',
      of: sasl('PLAIN'),
      files: { ...USER, 'kafka-sasl/password': '\n' },
      want: 'spec.kafka.sasl.secretRef: key password of Secret "login" is empty',
    },
    {
      title: 'an authority',
      of: kafka({ tls: { caSecretRef: { name: 'ca' } } }),
      files: {},
      want: 'spec.kafka.tls.caSecretRef: Secret "ca" has no key ca.crt (looked for it in FOLDER/kafka-ca)',
    },
    {
      title: 'a client key',
      of: kafka({ tls: { clientSecretRef: { name: 'client' } } }),
      files: { 'kafka-client/tls.crt': 'PEM' },
      want: 'spec.kafka.tls.clientSecretRef: Secret "client" has no key tls.key (looked for it in FOLDER/kafka-client)',
    },
    {
      title: 'a file where there is a folder',
      of: sasl('PLAIN'),
      files: { 'kafka-sasl/username/x': '' },
      want: 'spec.kafka.sasl.secretRef: cannot read key username of Secret "login": EISDIR: illegal operation on a directory, read',
    },
  ])('misses $title, and says where the manifest asks for it', async ({ of, files, want }) => {
    await mount(files);
    const message = want.replace('FOLDER', folder);
    await expect(readKafkaCredentials(of, folder)).rejects.toMatchObject({ code: 'NotAuthenticated', message });
  });

  it.each(['../kafka-sasl/password', '..', '.', '/etc/passwd', 'a/b'])(
    'does not leave the folder for %s',
    async (key) => {
      await mount(USER);
      const of = kafka({ tls: { caSecretRef: { name: 'ca', key } } });
      await expect(readKafkaCredentials(of, folder)).rejects.toMatchObject({
        code: 'ConfigInvalid',
        message: `spec.kafka.tls.caSecretRef: ${JSON.stringify(key)} cannot be a key of a Secret`,
      });
    },
  );

  it('reads what is there now, as Kubernetes swaps the folder behind a link when a Secret changes', async () => {
    await mount({ 'old/password': 'hunter2', 'old/username': 'u', 'new/password': 'hunter3', 'new/username': 'u' });
    await symlink(path.join(folder, 'old'), path.join(folder, 'kafka-sasl'));
    expect((await readKafkaCredentials(sasl('PLAIN'), folder)).password).toBe('hunter2');
    await unlink(path.join(folder, 'kafka-sasl'));
    await symlink(path.join(folder, 'new'), path.join(folder, 'kafka-sasl'));
    expect((await readKafkaCredentials(sasl('PLAIN'), folder)).password).toBe('hunter3');
  });
});

describe('secretsOf', () => {
  it('gives what must not be printed', () => {
    expect(secretsOf({ username: 'u', password: 'p', token: 't', ca: 'c', certificate: 'd', key: 'k' })).toEqual([
      'p',
      't',
      'k',
    ]);
    expect(secretsOf({ username: 'u' })).toEqual([]);
  });
});
