/**
 * What a task tells beside its committed offset: to tools, to the job's other processes (an idle partition has to know
 * how far the others are), and to whoever takes the partition over (whose transaction may still be open).
 */

export interface TaskProgress {
  /** −∞ before the first record, +∞ at the end of a bounded run. */
  readonly watermark: number;
  /** Since when its partition is idle (wall clock), and its watermark at that moment. */
  readonly idle?: { readonly since: number; readonly watermark: number };
  /** The end of its last open window; −∞: none is open. */
  readonly lastOpenEnd: number;
  /** The writer of the transaction that committed this. */
  readonly writer: string;
  /** Records of this task that went to the dead-letter topic since the run began, in transactions that count. */
  readonly deadLetters: number;
  /** Where its changelog is to be read from; absent: from its start. */
  readonly stateFrom?: number | undefined;
}

const VERSION = 1;

/** Short JSON: a broker keeps at most 4,096 bytes. */
export function encodeProgress(progress: TaskProgress): string {
  const { watermark, idle, lastOpenEnd, writer, deadLetters, stateFrom } = progress;
  return JSON.stringify({
    v: VERSION,
    watermark: instantText(watermark),
    ...(idle && { idleSince: idle.since, idleWatermark: instantText(idle.watermark) }),
    lastOpenEnd: instantText(lastOpenEnd),
    writer,
    deadLetters,
    stateFrom,
  });
}

/** Undefined for metadata that another program wrote, or another version of this one. */
export function decodeProgress(metadata: string): TaskProgress | undefined {
  const read = parse(metadata);
  if (read?.['v'] !== VERSION) return undefined;
  const since = read['idleSince'];
  const stateFrom = read['stateFrom'];
  const deadLetters = read['deadLetters'];
  return {
    watermark: instant(read['watermark']),
    ...(typeof since === 'number' && { idle: { since, watermark: instant(read['idleWatermark']) } }),
    lastOpenEnd: instant(read['lastOpenEnd']),
    writer: String(read['writer']),
    // Not told by versions of this program before it was counted.
    deadLetters: typeof deadLetters === 'number' ? deadLetters : 0,
    ...(typeof stateFrom === 'number' && { stateFrom }),
  };
}

function parse(metadata: string): Record<string, unknown> | undefined {
  try {
    const read: unknown = JSON.parse(metadata);
    return typeof read === 'object' && read !== null ? (read as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** JSON has no infinities. */
function instantText(value: number): number | string | null {
  if (value === Infinity) return 'end';
  return value === -Infinity ? null : value;
}

function instant(value: unknown): number {
  if (value === 'end') return Infinity;
  return typeof value === 'number' ? value : -Infinity;
}
