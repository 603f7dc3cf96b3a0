/**
 * The file with what jobs get that do not say otherwise. It is JSON with members of the manifest's own form, so that
 * whoever installs the operator writes them as in a StreamJob. It names Secrets and holds none; still no value of it is
 * repeated, since somebody may have written a password into an address.
 */
import * as z from 'zod';
import { problemsOf } from '../crds/issues.ts';
import { Resources } from '../crds/lifecycle.ts';
import { Kafka } from '../crds/topic.ts';

const OptionsFile = z.strictObject({
  kafka: Kafka.optional(),
  resources: Resources.optional(),
});
export type OptionsFile = z.output<typeof OptionsFile>;

/** What the file says, or what is wrong with it, a line each. */
export function parseOptionsFile(text: string): { readonly file: OptionsFile } | { readonly problems: string[] } {
  const document = jsonOf(text);
  if (document === undefined) return { problems: ['is not valid JSON'] };
  const parsed = OptionsFile.safeParse(document, { reportInput: true });
  if (parsed.success) return { file: parsed.data };
  return {
    problems: problemsOf(OptionsFile, parsed.error.issues).map(({ path, message }) =>
      `${path} ${rule(message)}`.trim(),
    ),
  };
}

/** What would be right, without what stands there. */
const rule = (message: string): string => message.split('; got ', 1)[0]!;

/** The parser's own message quotes the text, and is left out. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
