/** What is wrong with a manifest: where, and what would be right. */
export type Problem = Readonly<{
  /** Where in the manifest: `spec.steps[0].deduplicate.by[1]`. */
  path: string;
  /** What would be right, and what stands there: "must be …; got …". */
  message: string;
}>;

/** `spec.topic.config["cleanup.policy"]`: dots between names, brackets around indexes and around names that need quotes. */
export function pathText(path: readonly PropertyKey[]): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (!/^[A-Za-z_][\w-]*$/.test(String(part))) text += `[${JSON.stringify(String(part))}]`;
    else text += text === '' ? String(part) : `.${String(part)}`;
  }
  return text;
}
