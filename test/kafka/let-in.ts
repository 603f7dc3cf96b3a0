/** Who is let in by the brokers of test/harness/kafka/secure.ts. */
import type { Client, SecureClients } from './secure-clients.ts';

export const LET_IN: readonly Readonly<{ name: string; client: (by: SecureClients) => Client }>[] = [
  { name: 'PLAIN', client: (by) => by.bySasl('PLAIN', 'SASL', by.alice(by.secure.password.plain)) },
  { name: 'SCRAM-SHA-256', client: (by) => by.bySasl('SCRAM-SHA-256', 'SASL', by.alice(by.secure.password.scram)) },
  { name: 'SCRAM-SHA-512', client: (by) => by.bySasl('SCRAM-SHA-512', 'SASL', by.alice(by.secure.password.scram)) },
  { name: 'OAUTHBEARER', client: (by) => by.bySasl('OAUTHBEARER', 'SASL', { token: by.tokenFor('alice', 600) }) },
  { name: 'TLS', client: (by) => by.withTls(by.anyone('TLS')) },
  {
    name: 'TLS to a host by its name',
    client: (by) => by.byName(by.withTls(by.anyone('TLS'))),
  },
  { name: 'mutual TLS', client: (by) => by.withTls(by.anyone('MUTUAL'), by.secure.certificates.client) },
  {
    name: 'PLAIN over TLS',
    client: (by) => by.withTls(by.bySasl('PLAIN', 'SASLTLS', by.alice(by.secure.password.plain))),
  },
  {
    name: 'SCRAM-SHA-512 over TLS',
    client: (by) => by.withTls(by.bySasl('SCRAM-SHA-512', 'SASLTLS', by.alice(by.secure.password.scram))),
  },
  {
    name: 'OAUTHBEARER over TLS',
    client: (by) => by.withTls(by.bySasl('OAUTHBEARER', 'SASLTLS', { token: by.tokenFor('alice', 600) })),
  },
];
