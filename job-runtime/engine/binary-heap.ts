/** A binary min-heap of numbered items by a double: what is due next. Entries are never changed, only pushed again. */
export class BinaryHeap {
  private readonly due: number[] = [];
  private readonly items: number[] = [];

  get size(): number {
    return this.due.length;
  }

  /** The smallest due value; +∞ when empty. */
  get next(): number {
    return this.due[0] ?? Infinity;
  }

  push(due: number, item: number): void {
    let at = this.due.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.due[parent]! <= due) break;
      this.place(at, this.due[parent]!, this.items[parent]!);
      at = parent;
    }
    this.place(at, due, item);
  }

  /** Removes and gives the item that is due first. */
  pop(): number {
    const first = this.items[0]!;
    const due = this.due.pop()!;
    const item = this.items.pop()!;
    if (this.due.length > 0) this.sink(due, item);
    return first;
  }

  clear(): void {
    this.due.length = 0;
    this.items.length = 0;
  }

  private sink(due: number, item: number): void {
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.due.length) break;
      if (child + 1 < this.due.length && this.due[child + 1]! < this.due[child]!) child++;
      if (this.due[child]! >= due) break;
      this.place(at, this.due[child]!, this.items[child]!);
      at = child;
    }
    this.place(at, due, item);
  }

  private place(at: number, due: number, item: number): void {
    this.due[at] = due;
    this.items[at] = item;
  }
}
