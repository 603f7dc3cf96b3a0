import { describe, expect, it, test } from '@jest/globals';
import type { Kafka } from '../../crds/stream-job.ts';
import type { SpecPatch } from '../../test/builders/stream-job.ts';
import { streamJob } from '../../test/builders/stream-job.ts';
import { effectiveJob, inputsHash, inputsOf } from './effective-job.ts';

const DEFAULT: Kafka = {
  brokers: ['kafka.internal:9093'],
  tls: { caSecretRef: { name: 'default-ca' } },
  sasl: { mechanism: 'SCRAM-SHA-512', secretRef: { name: 'default-user' } },
};

describe('the default cluster', () => {
  it('is that of a job that names none', () => {
    expect(effectiveJob(streamJob(), DEFAULT).spec.kafka).toEqual(DEFAULT);
  });

  it('gives nothing to a job that names brokers of its own, least of all its credentials', () => {
    const job = streamJob({ kafka: { brokers: ['mine.example:9092'] } });
    expect(effectiveJob(job, DEFAULT)).toBe(job);
    expect(inputsOf(effectiveJob(job, DEFAULT))).toEqual([]);
  });

  it('is none where the operator has none', () => {
    expect(effectiveJob(streamJob(), undefined).spec.kafka).toBeUndefined();
  });
});

const GCS = { bucket: 'results', credentials: { secretRef: { name: 'gcs' } } };
const env = (valueFrom: object): SpecPatch => ({ runtime: { podTemplate: { env: [{ name: 'A', valueFrom }] } } });
const kafka = (parts: object): SpecPatch => ({ kafka: { brokers: ['kafka:9092'], ...parts } });
const sasl = (mechanism: string): SpecPatch => kafka({ sasl: { mechanism, secretRef: { name: 'user' } } });

describe('what a job names', () => {
  test.each<[string, SpecPatch, string[]]>([
    ['nothing', {}, []],
    ['a password', sasl('PLAIN'), ['Secret user (username, password): spec.kafka.sasl.secretRef']],
    ['a token', sasl('OAUTHBEARER'), ['Secret user (token): spec.kafka.sasl.secretRef']],
    ['TLS by authorities of the system', kafka({ tls: {} }), []],
    [
      'an authority',
      kafka({ tls: { caSecretRef: { name: 'ca' } } }),
      ['Secret ca (ca.crt): spec.kafka.tls.caSecretRef'],
    ],
    [
      'an authority under a key',
      kafka({ tls: { caSecretRef: { name: 'ca', key: 'root.pem' } } }),
      ['Secret ca (root.pem): spec.kafka.tls.caSecretRef'],
    ],
    [
      'a client certificate',
      kafka({ tls: { clientSecretRef: { name: 'client' } } }),
      ['Secret client (tls.crt, tls.key): spec.kafka.tls.clientSecretRef'],
    ],
    [
      'the account of a bucket',
      { sink: { gcs: GCS } },
      ['Secret gcs (credentials.json): spec.sink.gcs.credentials.secretRef'],
    ],
    [
      'a variable from a Secret',
      env({ secretKeyRef: { name: 's', key: 'k' } }),
      ['Secret s (k): spec.runtime.podTemplate.env[0].valueFrom.secretKeyRef'],
    ],
    [
      'a variable from a ConfigMap',
      env({ configMapKeyRef: { name: 'c', key: 'k', optional: false } }),
      ['ConfigMap c (k): spec.runtime.podTemplate.env[0].valueFrom.configMapKeyRef'],
    ],
    [
      'a variable that may be missing, which needs no key',
      env({ secretKeyRef: { name: 's', key: 'k', optional: true } }),
      ['Secret s (): spec.runtime.podTemplate.env[0].valueFrom.secretKeyRef'],
    ],
  ])('%s', (_what, patch, want) => {
    const lines = inputsOf(streamJob(patch)).map(
      ({ kind, name, keys, setting }) => `${kind} ${name} (${keys.join(', ')}): ${setting}`,
    );
    expect(lines).toEqual(want);
  });
});

describe('the hash of the inputs', () => {
  const secret = { kind: 'Secret', name: 'user', found: { uid: 'a', resourceVersion: '7' } };
  const other = { kind: 'ConfigMap', name: 'c', found: { uid: 'b', resourceVersion: '8' } };

  it('does not depend on their order, nor on how often one is named', () => {
    expect(inputsHash([secret, other])).toBe(inputsHash([other, secret, other]));
    expect(inputsHash([])).toMatch(/^[0-9a-f]{16}$/);
  });

  test.each([
    ['was changed', [{ ...secret, found: { uid: 'a', resourceVersion: '9' } }]],
    ['was created again', [{ ...secret, found: { uid: 'z', resourceVersion: '7' } }]],
    ['was deleted', [{ kind: 'Secret', name: 'user' }]],
    ['is a ConfigMap of the name', [{ ...secret, kind: 'ConfigMap' }]],
    ['is named no more', []],
  ])('is another one when one of them %s', (_what, inputs) => {
    expect(inputsHash(inputs)).not.toBe(inputsHash([secret]));
  });
});
