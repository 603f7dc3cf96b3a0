/**
 * A run that ends at an instant of the future: once it has come, the leader records for all where that is in each
 * partition (docs/adr/0004). A task that meets a record of that instant before waits there (RunningTask.stopTime).
 */
import { readRunTopic, recordStop } from '../state/run-record.ts';
import { endOffsets } from './run-bounds.ts';
import type { RunSetup } from './run-setup.ts';

export class StopKeeper {
  private readonly setup: RunSetup;
  private isKnown = false;

  constructor(setup: RunSetup) {
    this.setup = setup;
  }

  /** Called now and then on the leader. `partitions`: those that the source topic has now. */
  async look(partitions: number): Promise<void> {
    const { job, log, layout, writer, now } = this.setup;
    const { stopAt, topic } = job.spec;
    if (this.isKnown || stopAt?.timestamp === undefined || now() < Date.parse(stopAt.timestamp)) return;
    if (!(await this.isRecorded())) {
      const stopOffsets = (await endOffsets(log, { topic: topic.name, partitions }, stopAt, now()))!;
      await writer.open();
      await recordStop(log, writer, layout.runTopic, { stopOffsets, now: now() });
    }
    this.isKnown = true;
  }

  /** With the run itself, where the instant had passed when it began, or later by another leader. */
  private async isRecorded(): Promise<boolean> {
    const { log, layout } = this.setup;
    const { run, laterStop } = await readRunTopic(log, layout.runTopic);
    return (run?.stopOffsets ?? laterStop) !== undefined;
  }
}
