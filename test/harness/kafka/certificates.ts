/**
 * Certificates for a broker and its clients, made by openssl for one test run: an authority, what it signed, and what a
 * client or broker should not take. All of them are for 127.0.0.1 and localhost unless the name says otherwise.
 */
import { execFile, execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

/** PEM: a certificate and its key. */
export type Pair = Readonly<{ certificate: string; key: string }>;

export type Certificates = Readonly<{
  /** PEM of the authority, and of one that signed nothing but `stranger` and `strangeClient`. */
  ca: string;
  otherCa: string;
  server: Pair;
  expired: Pair;
  /** By the other authority. */
  stranger: Pair;
  /** For other.example alone. */
  misnamed: Pair;
  /** Subject O=streamjob, CN=reader. */
  client: Pair;
  strangeClient: Pair;
  expiredClient: Pair;
}>;

type Wanted = Readonly<{ name: string; subject: string; authority: string; names?: string; hasExpired?: boolean }>;

const HERE = 'IP:127.0.0.1,DNS:localhost';

const WANTED = {
  server: { subject: '/CN=broker', authority: 'ca', names: HERE },
  expired: { subject: '/CN=broker', authority: 'ca', names: HERE, hasExpired: true },
  stranger: { subject: '/CN=broker', authority: 'other-ca', names: HERE },
  misnamed: { subject: '/CN=broker', authority: 'ca', names: 'DNS:other.example' },
  client: { subject: '/O=streamjob/CN=reader', authority: 'ca' },
  strangeClient: { subject: '/CN=stranger', authority: 'other-ca' },
  expiredClient: { subject: '/CN=late', authority: 'ca', hasExpired: true },
} as const;

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];

const run = promisify(execFile);

/** Why no certificates can be made on this machine, or undefined. */
export function whyNoCertificates(): string | undefined {
  try {
    const version = execFileSync('openssl', ['version'], { encoding: 'utf8' });
    return /^OpenSSL [3-9]/.test(version) ? undefined : 'needs OpenSSL 3 or newer to make certificates';
  } catch {
    return 'needs openssl to make certificates';
  }
}

/** Writes NAME.pem and NAME.key into the folder as well. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const [ca, otherCa] = await Promise.all(['ca', 'other-ca'].map((name) => makeAuthority(folder, name)));
  const made = await Promise.all(
    Object.entries(WANTED).map(async ([name, wanted]) => [name, await sign(folder, { name, ...wanted })] as const),
  );
  const pairs = Object.fromEntries(made) as Record<keyof typeof WANTED, Pair>;
  return { ca: ca!, otherCa: otherCa!, ...pairs };
}

async function makeAuthority(folder: string, name: string): Promise<string> {
  const [certificate, key] = files(folder, name);
  const subject = ['-subj', `/CN=${name}`, '-days', '2', '-addext', 'basicConstraints=critical,CA:TRUE'];
  await run('openssl', ['req', '-x509', ...NEW_KEY, ...subject, '-keyout', key, '-out', certificate]);
  return readFile(certificate, 'utf8');
}

/**
 * `openssl ca` is the only command of OpenSSL 3.0 that takes the two ends of the time a certificate is good for; it keeps
 * a database, so each certificate has one of its own.
 */
async function sign(folder: string, { name, subject, authority, names, hasExpired }: Wanted): Promise<Pair> {
  const [certificate, key] = files(folder, name);
  const [caCertificate, caKey] = files(folder, authority);
  const [request, settings, database] = ['csr', 'cnf', 'db'].map((ending) => path.join(folder, `${name}.${ending}`));
  await run('openssl', ['req', '-new', ...NEW_KEY, '-subj', subject, '-keyout', key, '-out', request!]);
  await writeFile(database!, '');
  await writeFile(settings!, caSettings(folder, database!, names));
  const times = hasExpired ? ['-startdate', '20200101000000Z', '-enddate', '20200201000000Z'] : ['-days', '2'];
  const by = ['-cert', caCertificate, '-keyfile', caKey];
  const flags = ['-batch', '-notext', '-preserveDN', '-config', settings!, ...times, ...by];
  await run('openssl', ['ca', ...flags, '-in', request!, '-out', certificate]);
  return { certificate: await readFile(certificate, 'utf8'), key: await readFile(key, 'utf8') };
}

function caSettings(folder: string, database: string, names: string | undefined): string {
  return [
    '[ca]\ndefault_ca = here',
    `[here]\ndatabase = ${database}\nnew_certs_dir = ${folder}\ndefault_md = sha256\nrand_serial = yes`,
    'policy = any\nx509_extensions = leaf',
    '[any]\norganizationName = optional\ncommonName = supplied',
    `[leaf]\nbasicConstraints = CA:FALSE${names === undefined ? '' : `\nsubjectAltName = ${names}`}\n`,
  ].join('\n');
}

function files(folder: string, name: string): [certificate: string, key: string] {
  return [path.join(folder, `${name}.pem`), path.join(folder, `${name}.key`)];
}
