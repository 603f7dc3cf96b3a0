/** Connections of a test to a broker on loopback. */
import { StreamJobError } from '../../job-runtime/errors.ts';
import { KafkaConnections } from '../../job-runtime/log/kafka/connections.ts';

export function plainConnections(brokers: readonly string[], clientId = 'test'): KafkaConnections {
  return new KafkaConnections({
    brokers,
    clientId,
    security: async () => ({ ssl: false, sasl: null }),
    explain: (error, { host, port }) =>
      error instanceof StreamJobError
        ? error
        : new StreamJobError('LogUnavailable', `${host}:${port}: ${String(error)}`, { cause: error }),
  });
}
