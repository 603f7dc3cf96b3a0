/** Brokers that answer as a test says, for the parts that send transactions. No bytes: requests are told by their names. */
import { StreamJobError } from '../../errors.ts';
import type { BrokerAccess } from './patient-requests.ts';
import { WireReader, WireWriter } from './protocol/wire.ts';
import type { BrokerRequest } from './protocol/wire.ts';

export interface SentRequest {
  readonly node: number;
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The answer's bytes; thrown errors are those of the connection. */
export type Answer = (sent: SentRequest, count: number) => (out: WireWriter) => void;

export class FakeBrokers implements BrokerAccess {
  readonly isClosed = false;
  readonly sent: SentRequest[] = [];
  /** How often leaders were asked for anew. */
  forgotten = 0;
  readonly answers = new Map<string, Answer>();
  private readonly leaders: (topic: string, partition: number) => number;

  constructor(leaders: (topic: string, partition: number) => number = () => 1) {
    this.leaders = leaders;
  }

  names(): string[] {
    return this.sent.map(({ name }) => name);
  }

  async send<T>(node: number, _purpose: string, request: BrokerRequest<T>): Promise<T> {
    const out = new WireWriter();
    request.write(out);
    const sent = { node, name: request.apiName, bytes: out.toBytes() };
    this.sent.push(sent);
    const answer = this.answers.get(request.apiName);
    if (!answer) throw new Error(`the test has no answer to ${request.apiName}`);
    const count = this.sent.filter(({ name }) => name === request.apiName).length;
    await Promise.resolve();
    const back = new WireWriter();
    answer(sent, count)(back);
    return request.read(new WireReader(back.toBytes()));
  }

  async leader({ topic, partition }: { topic: string; partition: number }): Promise<number> {
    if (topic.startsWith('missing')) throw new StreamJobError('TopicNotFound', `topic "${topic}" does not exist`);
    return this.leaders(topic, partition);
  }

  async topic(name: string): Promise<Awaited<ReturnType<BrokerAccess['topic']>>> {
    return { name, error: 0, id: undefined, leaders: [], replicationFactor: 1 };
  }

  async metadata(): Promise<Awaited<ReturnType<BrokerAccess['metadata']>>> {
    return { brokers: [], controller: 1, topics: [] };
  }

  async coordinator(): Promise<number> {
    return 1;
  }

  async controller(): Promise<number> {
    return 1;
  }

  forgetTopic(): void {
    this.forgotten++;
  }

  forgetCoordinator(): void {
    this.forgotten++;
  }
}
