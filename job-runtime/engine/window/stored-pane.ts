/** Which chunk of the task's state each group of a pane was last written to. Empty until something is written or read. */
import { writtenTo } from '../changes.ts';

export class StoredPane {
  /** Some group changed since the pane was last written. */
  isChanged = false;
  /** No group was written before this (see writtenTo); 0: the pane stands nowhere yet. */
  oldest = 0;
  private written = new Int32Array(0);

  /** Whether any group may have to be written. */
  isDue(rewriteBefore: number): boolean {
    return this.isChanged || this.oldest <= rewriteBefore;
  }

  /** When a group was written, as writtenTo gives it. */
  at(id: number): number {
    return this.written[id] ?? 0;
  }

  /** Makes room for ids below `capacity`. */
  grow(capacity: number): void {
    if (capacity <= this.written.length) return;
    const larger = new Int32Array(Math.max(capacity, this.written.length * 2));
    larger.set(this.written);
    this.written = larger;
  }

  set(id: number, chunk: number): void {
    this.written[id] = writtenTo(chunk);
  }

  /** Call after all `size` groups were looked at. */
  settle(size: number): void {
    this.isChanged = false;
    this.oldest = Infinity;
    for (let id = 0; id < size; id++) if (this.written[id]! < this.oldest) this.oldest = this.written[id]!;
  }

  clear(): void {
    this.isChanged = false;
    this.oldest = 0;
    this.written.fill(0);
  }
}
