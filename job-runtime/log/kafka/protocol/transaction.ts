/** What the requests of a transaction to its coordinator have in common. */
import type { ProducerIdentity } from './init-producer-id.ts';
import type { WireReader, WireWriter } from './wire.ts';

/** Whose transaction it is: the requests begin with that. */
export function writeTransaction(
  out: WireWriter,
  transactionalId: string,
  { producerId, epoch }: ProducerIdentity,
): void {
  out.string(transactionalId);
  out.int64(producerId);
  out.int16(epoch);
}

/** A response that is Kafka's error code and nothing else. */
export function readErrorCode(from: WireReader): number {
  from.int32();
  return from.int16();
}
