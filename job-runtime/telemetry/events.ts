/**
 * What a process of a job says in its log: one line for each thing that happened, nothing while all goes well. `event`
 * and the fields of a line are stable, for people's searches and alerts; the text is not.
 */
import type { Logger } from './logger.ts';

/** What can be in trouble. */
export type TroubleSource = 'log' | 'group' | 'sink' | 'producer';

export interface AssignedEvent {
  readonly generation: number;
  readonly tasks: number;
}

export interface RestoredEvent {
  readonly tasks: number;
  readonly bytes: number;
  readonly durationMillis: number;
}

export class Events {
  private readonly log: Logger;
  /** What has been said of trouble that is not over. */
  private readonly said = new Map<TroubleSource, Set<string>>();
  private readonly differences = new Set<string>();

  constructor(log: Logger) {
    this.log = log;
  }

  started(fields: Readonly<{ version: string; role: 'consumer' | 'producer'; uid: string; httpPort?: number }>): void {
    this.log.info({ event: 'started', ...fields }, 'started');
  }

  assigned({ generation, tasks }: AssignedEvent): void {
    this.log.info({ event: 'assigned', generation, tasks }, `works on ${counted(tasks, 'task')}`);
  }

  /** Of all tasks that a generation of the group brought. */
  restored({ tasks, bytes, durationMillis }: RestoredEvent): void {
    const fields = { event: 'restored', tasks, bytes, durationMillis: Math.round(durationMillis) };
    this.log.info(fields, `read back the state of ${counted(tasks, 'task')}`);
  }

  /** Takes the present state of `source`, as often as one likes: what is new is said, and that it is over. */
  trouble(source: TroubleSource, message: string | undefined): void {
    const said = this.said.get(source);
    if (message === undefined) {
      if (this.said.delete(source)) this.log.info({ event: 'over', source }, `the trouble of the ${source} is over`);
      return;
    }
    if (said?.has(message)) return;
    this.said.set(source, new Set([...(said ?? []), message]));
    this.log.warn({ event: 'trouble', source }, message);
  }

  /** `message` in one line; the tasks are restored and go on. */
  commitFailed(message: string): void {
    this.log.warn({ event: 'commitFailed' }, message);
  }

  /** Records or state are gone, and the job goes on without them: spec.onDataLoss says so. */
  dataLost(message: string): void {
    this.log.error({ event: 'dataLost' }, message);
  }

  /** Something is not as the manifest says, and the job goes on. Said once, however often it is seen. */
  differs(message: string): void {
    if (this.differences.has(message)) return;
    this.differences.add(message);
    this.log.warn({ event: 'differs' }, message);
  }

  /** A bounded run has reached its end. */
  done(): void {
    this.log.info({ event: 'done' }, 'all is read and written');
  }

  stopping(reason: string): void {
    this.log.info({ event: 'stopping', reason }, `stops after a commit: ${reason}`);
  }

  stopped(): void {
    this.log.info({ event: 'stopped' }, 'stopped');
  }

  /** What ended the job in this process, in one line; `code` says of what kind it is. */
  failed(code: string, message: string): void {
    this.log.error({ event: 'failed', code }, message);
  }
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
