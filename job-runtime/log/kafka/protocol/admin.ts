/** What the requests to a controller have in common: how they end, and what it answers. */
import type { WireReader, WireWriter } from './wire.ts';

/** How long the controller waits until what was asked for is there. */
const TIMEOUT_MILLIS = 15_000;

/** What a broker says to an administrative request. */
export interface AdminAnswer {
  readonly error: number;
  readonly message: string | null;
}

export function writeAdminEnd(out: WireWriter): void {
  out.int32(TIMEOUT_MILLIS);
  // For real, not to see whether it would work.
  out.boolean(false);
}

/** To a request about one topic. */
export function readAdminAnswer(from: WireReader): AdminAnswer {
  from.int32();
  const [answer] = from.array(() => {
    from.string();
    return { error: from.int16(), message: from.string() };
  });
  if (!answer) throw new RangeError('a response names no topic');
  return answer;
}
