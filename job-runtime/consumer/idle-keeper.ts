/** Keeps the idle watch going: asks the log what the job's other tasks have committed, when an idle one has to move. */
import type { Window } from '../../crds/window.ts';
import type { LogReader } from '../log/log.ts';
import { Background } from './background.ts';
import type { ConsumerContext } from './consumer-context.ts';
import type { CommittedProgress } from './idle-watch.ts';
import { IdleWatch } from './idle-watch.ts';
import type { RunningTask } from './running-task.ts';
import { decodeProgress } from './task-progress.ts';

export class IdleKeeper {
  private readonly context: ConsumerContext;
  private readonly watch: IdleWatch;
  private readonly background = new Background();

  constructor(context: ConsumerContext, window: Window) {
    this.context = context;
    this.watch = new IdleWatch(window);
  }

  /** A record has come: its partition is not idle, whatever it was. */
  noteRecords(running: RunningTask): void {
    running.lastActive = this.context.now();
    running.idle = undefined;
  }

  /** `counts`: tasks of each stage. Watermarks may rise a little later, when the log has answered. */
  tick(tasks: readonly RunningTask[], reader: LogReader, counts: readonly number[]): void {
    this.background.expectHealthy();
    const sources = tasks.filter(({ source }) => source);
    const boundOf = reader.trouble === undefined ? reader.bound.bind(reader) : () => undefined;
    this.watch.observe(sources, boundOf, this.context.now());
    if (!this.watch.isProbeDue(sources, this.context.now())) return;
    this.background.run(async () => {
      this.watch.raise(tasks, await this.committed(counts), this.context.now());
    });
  }

  private async committed(counts: readonly number[]): Promise<CommittedProgress> {
    const { log, layout } = this.context;
    return Promise.all(
      layout.stages.map(async ({ index, input }) => {
        const positions = await log.positions(layout.group, input);
        return Array.from({ length: counts[index]! }, (_, partition) => {
          const position = positions.get(partition)?.position;
          return position && decodeProgress(position.metadata);
        });
      }),
    );
  }
}
