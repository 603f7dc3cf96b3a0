/**
 * Reads the page that a pod tells about itself (job-runtime/telemetry/status.ts). Pure. A pod is not trusted: what is
 * not as it should be is no page, codes are those that this version knows, texts are short and plain. The tasks, of
 * which there may be many, stand behind all else, and are not needed: the page may be cut off in their middle.
 */
import * as z from 'zod';
import { isErrorCode } from '../../job-runtime/errors.ts';
import type { ErrorCode } from '../../job-runtime/errors.ts';
import { oneLine } from './one-line.ts';

const PHASES = ['starting', 'joining', 'restoring', 'running', 'done', 'stopping'] as const;

export interface PodStatus {
  readonly phase: (typeof PHASES)[number];
  /** Whether a bounded run has reached its end in this pod. */
  readonly done: boolean;
  /** What keeps it from working at present. */
  readonly trouble?: { readonly code: ErrorCode; readonly message: string };
  /** May be long over; the code is absent where this version does not know it. */
  readonly lastError?: { readonly code?: ErrorCode; readonly message: string };
}

const Line = z.string().transform(oneLine).nullish();
const Code = z
  .string()
  .nullish()
  .transform((text) => (text && isErrorCode(text) ? text : undefined));

/** Members that a later version adds are left alone. */
const Page = z.object({
  phase: z.enum(PHASES),
  done: z.boolean(),
  trouble: Line,
  code: Code,
  lastError: Line,
  lastErrorCode: Code,
});

/** Inside a text of JSON a quote has a backslash before it, so this is the name of a member. */
const TASKS = /,\s*"tasks"\s*:/;

/** `text`: the page, or its beginning. Undefined: it is no such page, or is cut off before its tasks. */
export function readStatusPage(text: string): PodStatus | undefined {
  const tasks = TASKS.exec(text);
  const parsed = Page.safeParse(jsonOf(tasks ? `${text.slice(0, tasks.index)}}` : text));
  if (!parsed.success) return undefined;
  const { phase, done, trouble, code, lastError, lastErrorCode } = parsed.data;
  return {
    phase,
    done,
    // Without a code it comes of a runtime that had none, and spoke of trouble only where Kafka was away.
    ...(trouble && { trouble: { code: code ?? 'LogUnavailable', message: trouble } }),
    ...(lastError && { lastError: { ...(lastErrorCode && { code: lastErrorCode }), message: lastError } }),
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
