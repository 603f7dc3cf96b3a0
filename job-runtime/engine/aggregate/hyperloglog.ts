/**
 * How many different 64-bit hashes were seen, in bounded memory. Few are kept as they are and counted exactly; more go
 * into 4,096 registers (standard error 1.6 %). Merging is a set union either way, so the count depends only on which
 * values were seen.
 *
 * Sources: Flajolet, Fusy, Gandouet, Meunier, "HyperLogLog" (2007); the estimator, which needs no bias tables, from
 * Otmar Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017), algorithm 6.
 */
import type { BinaryReader, BinaryWriter } from '../binary.ts';

const PRECISION = 12;
const REGISTERS = 1 << PRECISION;
/** The rest of the hash after the register's index: its leading zeros are ranked 1 … 33. */
const RANK_BITS = 32;
const EXACT_LIMIT = 256;

export class HyperLogLog {
  /** hash1 · 2^32 + hash2 does not fit a double: 21 bits of the first are enough to tell 256 values apart. */
  private exact: Map<number, number> | undefined = new Map();
  private registers: Uint8Array | undefined;

  /** Two independent 32-bit hashes of a value. */
  add(first: number, second: number): void {
    if (this.registers) this.raise(first, second);
    else {
      this.exact!.set((first >>> 0) * 2 ** 21 + (second >>> 11), second);
      if (this.exact!.size > EXACT_LIMIT) this.spread();
    }
  }

  merge(other: HyperLogLog): void {
    if (other.registers) {
      this.spread();
      for (let i = 0; i < REGISTERS; i++)
        if (other.registers[i]! > this.registers![i]!) this.registers![i] = other.registers[i]!;
      return;
    }
    for (const [key, second] of other.exact!) this.add(Math.floor(key / 2 ** 21), second);
  }

  count(): number {
    return this.registers ? Math.round(estimate(this.registers)) : this.exact!.size;
  }

  write(out: BinaryWriter): void {
    if (this.registers) {
      out.varint(EXACT_LIMIT + 1);
      out.slice(this.registers, 0, REGISTERS);
      return;
    }
    out.varint(this.exact!.size);
    for (const [key, second] of this.exact!) {
      out.varint(Math.floor(key / 2 ** 21));
      out.varint(second >>> 0);
    }
  }

  static read(from: BinaryReader): HyperLogLog {
    const sketch = new HyperLogLog();
    const size = from.varint();
    if (size > EXACT_LIMIT) {
      sketch.spread();
      for (let i = 0; i < REGISTERS; i++) sketch.registers![i] = from.byte();
    } else for (let i = 0; i < size; i++) sketch.add(from.varint() | 0, from.varint() | 0);
    return sketch;
  }

  private raise(first: number, second: number): void {
    const register = first >>> (32 - PRECISION);
    const rank = Math.clz32(second) + 1;
    if (rank > this.registers![register]!) this.registers![register] = rank;
  }

  private spread(): void {
    if (this.registers) return;
    this.registers = new Uint8Array(REGISTERS);
    for (const [key, second] of this.exact!) this.raise(Math.floor(key / 2 ** 21), second);
    this.exact = undefined;
  }
}

function estimate(registers: Uint8Array): number {
  const counts = new Float64Array(RANK_BITS + 2);
  for (const rank of registers) counts[rank]!++;
  let z = REGISTERS * tau(1 - counts[RANK_BITS + 1]! / REGISTERS);
  for (let rank = RANK_BITS; rank >= 1; rank--) z = 0.5 * (z + counts[rank]!);
  z += REGISTERS * sigma(counts[0]! / REGISTERS);
  return (REGISTERS * REGISTERS) / (2 * Math.LN2 * z);
}

/** Corrects for registers that no value reached. */
function sigma(x: number): number {
  if (x === 1) return Infinity;
  let power = x;
  let weight = 1;
  let sum = x;
  for (let before = NaN; sum !== before; weight += weight) {
    power *= power;
    before = sum;
    sum += power * weight;
  }
  return sum;
}

/** Corrects for registers at their largest rank. */
function tau(x: number): number {
  if (x === 0 || x === 1) return 0;
  let root = x;
  let weight = 1;
  let sum = 1 - x;
  for (let before = NaN; sum !== before;) {
    root = Math.sqrt(root);
    before = sum;
    weight *= 0.5;
    sum -= (1 - root) ** 2 * weight;
  }
  return sum / 3;
}
