/**
 * What the Secrets of `spec.kafka` hold, as read from their mounted files. A plain value, so that whoever reads files
 * knows nothing of Kafka and whoever speaks to Kafka knows nothing of files.
 */
export type KafkaCredentials = Readonly<{
  /** Of `spec.kafka.sasl.secretRef`: user and password, or for OAUTHBEARER the bearer token. */
  username?: string;
  password?: string;
  token?: string;
  /** PEM: the authorities of `spec.kafka.tls.caSecretRef`. */
  ca?: string;
  /** PEM: the certificate chain and key of `spec.kafka.tls.clientSecretRef`. */
  certificate?: string;
  key?: string;
}>;

/** Reads them anew, so that a rotated Secret counts from the next connection on. */
export type ReadCredentials = () => Promise<KafkaCredentials>;
