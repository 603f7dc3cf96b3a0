/** A writer of one process and its transactions, as the client of docs/adr/0002 goes about them, with faults in between. */
import { setTimeout as delay } from 'node:timers/promises';
import type { GroupMember, LogWriter, Position, Transaction } from '../../job-runtime/log/log.ts';
import type { RecordBuilder } from '../../job-runtime/log/record-builder.ts';
import type { Broker, OpenTransaction } from './broker.ts';
import { refused } from './broker.ts';
import type { CommitFault, Network } from './network.ts';

export interface SimServers {
  readonly broker: Broker;
  readonly network: Network;
  /** Throws where the group does not know the member in its generation. */
  readonly expectMember: (member: GroupMember) => void;
}

interface Append {
  readonly topic: string;
  readonly partition: number;
  readonly builder: RecordBuilder;
}

const LOOK_AGAIN_MILLIS = 5;
const LONGEST_HANG_MILLIS = 3000;

export class SimWriter implements LogWriter {
  readonly id: string;
  readonly servers: SimServers;
  epoch: number;
  isUsable = true;

  constructor(id: string, servers: SimServers) {
    this.id = id;
    this.servers = servers;
    this.epoch = servers.broker.epochOf(id);
  }

  async open(): Promise<void> {
    const { broker, network } = this.servers;
    const epoch = await network.ask(() => broker.fence(this.id));
    await this.idle();
    this.epoch = epoch;
    this.isUsable = true;
  }

  begin(): Transaction {
    return new SimTransaction(this);
  }

  /** Until the transaction before is over. */
  async idle(): Promise<void> {
    while (!this.servers.broker.isIdle(this.id)) await delay(LOOK_AGAIN_MILLIS);
  }
}

class SimTransaction implements Transaction {
  private readonly writer: SimWriter;
  private readonly appends: Append[] = [];
  private readonly commits: { readonly member: GroupMember; readonly positions: readonly Position[] }[] = [];
  private readonly firstOffsets = new Map<string, number>();
  private isOpen = true;

  constructor(writer: SimWriter) {
    this.writer = writer;
  }

  append(topic: string, partition: number, builder: RecordBuilder): void {
    this.assertOpen();
    if (builder.count > 0) this.appends.push({ topic, partition, builder });
  }

  commitPositions(member: GroupMember, positions: readonly Position[]): void {
    this.assertOpen();
    if (positions.length > 0) this.commits.push({ member, positions });
  }

  async commit(): Promise<void> {
    this.assertOpen();
    this.isOpen = false;
    const { writer } = this;
    if (!writer.isUsable) throw refused(writer.id, 'is in use or has failed: open it again');
    if (this.appends.length === 0 && this.commits.length === 0) return;
    writer.isUsable = false;
    const fault = writer.servers.network.commitFault();
    if (fault === 'refused') throw refused(writer.id, 'is refused');
    this.strike(fault);
    const open = await this.enlist();
    this.strike(fault);
    await this.write(open, fault);
    await this.end(open, fault);
    writer.isUsable = true;
  }

  async abort(): Promise<void> {
    this.isOpen = false;
  }

  offsetOf(topic: string, partition: number): number {
    const offset = this.firstOffsets.get(`${topic}/${partition}`);
    if (offset === undefined) throw new Error(`nothing was committed to ${topic}/${partition} in this transaction`);
    return offset;
  }

  private async enlist(): Promise<OpenTransaction> {
    const { broker, network } = this.writer.servers;
    for (const append of this.appends) broker.partition(append);
    await this.writer.idle();
    const open = await network.send(() => broker.begin(this.writer.id, this.writer.epoch));
    for (const append of this.appends) open.partitions.add(broker.partition(append));
    return open;
  }

  /** Records of one partition after another, positions beside them. */
  private async write(open: OpenTransaction, fault: CommitFault | undefined): Promise<void> {
    const parts = [this.produce(open, fault), ...this.commits.map((commit) => this.sendPositions(open, commit))];
    const failed = (await Promise.allSettled(parts)).find((part) => part.status === 'rejected');
    if (!failed) return;
    const { broker, network } = this.writer.servers;
    if (fault !== 'cut off')
      await network.send(() => {
        broker.expectOpen(open);
        broker.end(open, 'aborted');
      });
    throw failed.reason;
  }

  private async produce(open: OpenTransaction, fault: CommitFault | undefined): Promise<void> {
    const { broker, network } = this.writer.servers;
    for (const { topic, partition, builder } of this.appends) {
      if (fault === 'cut off' && network.dice.isHit(0.3)) throw refused(this.writer.id, 'was cut off');
      const offset = await network.send(() => {
        broker.expectOpen(open);
        return broker.partition({ topic, partition }).append(builder, open);
      });
      const name = `${topic}/${partition}`;
      if (!this.firstOffsets.has(name)) this.firstOffsets.set(name, offset);
    }
  }

  private async sendPositions(open: OpenTransaction, { member, positions }: (typeof this.commits)[0]): Promise<void> {
    const { broker, network, expectMember } = this.writer.servers;
    await network.send(() => {
      broker.expectOpen(open);
      expectMember(member);
      for (const position of positions) open.positions.push({ group: member.group, position });
    });
  }

  private async end(open: OpenTransaction, fault: CommitFault | undefined): Promise<void> {
    const { broker, network } = this.writer.servers;
    const { time, dice } = network;
    const commit = (): void => {
      broker.expectOpen(open);
      broker.end(open, 'committed');
    };
    if (fault === 'cut off') throw refused(this.writer.id, 'was cut off');
    if (fault === 'late') {
      const arrive = (): void => void (isOpen(broker, open) && commit());
      time.as(undefined, () => time.after(dice.below(300), arrive));
      throw refused(this.writer.id, 'got no answer');
    }
    this.strike(fault);
    if (fault === 'hanging') await time.sleep(dice.below(LONGEST_HANG_MILLIS));
    await network.send(commit);
    this.strike(fault);
    if (fault === 'unknown') throw refused(this.writer.id, 'got no answer');
  }

  private strike(fault: CommitFault | undefined): void {
    const { network } = this.writer.servers;
    if ((fault === 'frozen' || fault === 'killed') && network.dice.isHit(0.4)) network.strike(fault);
  }

  private assertOpen(): void {
    if (!this.isOpen) throw refused(this.writer.id, 'has ended its transaction already');
  }
}

function isOpen(broker: Broker, open: OpenTransaction): boolean {
  return open.state === 'open' && broker.epochOf(open.writer) === open.epoch;
}
