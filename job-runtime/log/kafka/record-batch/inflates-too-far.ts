/** Compressed input that would become larger than its reader allows: no damage, but not to be inflated either. */
export class InflatesTooFar extends Error {
  override readonly name = 'InflatesTooFar';
}
