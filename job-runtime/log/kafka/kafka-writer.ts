/** Writes transactions under one transactional id, as the only one that may. */
import { StreamJobError } from '../../errors.ts';
import type { LogWriter, Transaction } from '../log.ts';
import { KafkaTransaction } from './kafka-transaction.ts';
import type { PatientRequests } from './patient-requests.ts';
import type { BatchOptions } from './produce-rounds.ts';
import { openSession } from './producer-session.ts';
import type { ProducerSession } from './producer-session.ts';

export interface WriterOptions extends BatchOptions {
  /** After this long the coordinator aborts a transaction by itself, and refuses its writer. */
  readonly transactionTimeoutMillis: number;
}

/** The transaction before may not have been written out everywhere; that takes milliseconds (docs/adr/0002). */
const FIRST_WAIT_MILLIS = 5;
const LONGEST_WAIT_MILLIS = 200;

export class KafkaWriter implements LogWriter {
  readonly id: string;
  private readonly requests: PatientRequests;
  private readonly options: WriterOptions;
  private session: ProducerSession | undefined;

  constructor(id: string, requests: PatientRequests, options: WriterOptions) {
    this.id = id;
    // What outlasts the transaction's timeout is refused then, whoever would go on trying.
    this.requests = requests.within({ firstWaitMillis: FIRST_WAIT_MILLIS, longestWaitMillis: LONGEST_WAIT_MILLIS });
    this.options = options;
  }

  async open(): Promise<void> {
    if (this.session) this.session.isUsable = false;
    this.session = undefined;
    this.session = await openSession(this.id, this.options.transactionTimeoutMillis, this.requests);
  }

  begin(): Transaction {
    if (this.session?.isUsable) return new KafkaTransaction(this.session, this.options);
    throw new StreamJobError('TransactionFailed', `transactional id "${this.id}" has to be opened first`);
  }
}
