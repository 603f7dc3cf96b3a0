/** The version of everything that tasks keep as state. There is one so far; the next will be read beside it. */
export const STATE_VERSION = 1;

export function checkVersion(version: number): void {
  if (version === STATE_VERSION) return;
  throw new RangeError(`state of version ${version}; this program reads version ${STATE_VERSION}`);
}
