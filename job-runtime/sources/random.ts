/**
 * Random numbers of a record: a function of seed and record index alone, so that a generator goes on at any record
 * without replaying those before it. (xoroshiro64**, its state scrambled from seed and index.)
 */
const TWO_32 = 2 ** 32;

/** MurmurHash3's finalizer: a bijection that spreads every bit over the word. */
function scramble(word: number): number {
  let h = word | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

export class Random {
  private readonly seed: number;
  private a = 1;
  private b = 0;

  constructor(seed: number) {
    this.seed = scramble(seed ^ 0x5bf03635);
  }

  /** Starts the numbers of record `index`. Different records start in different states. */
  start(index: number): void {
    const low = (index % TWO_32) | 0;
    const high = Math.floor(index / TWO_32);
    this.a = scramble(Math.imul(low, 0x9e3779b1) ^ this.seed);
    this.b = scramble(low ^ Math.imul(this.seed, 0x27d4eb2f) ^ Math.imul(high, 0x165667b1));
    if ((this.a | this.b) === 0) this.a = 1;
  }

  /** 32 random bits as a signed integer. */
  bits(): number {
    const { a } = this;
    const product = Math.imul(a, 0x9e3779bb);
    const result = Math.imul((product << 5) | (product >>> 27), 5);
    const b = this.b ^ a;
    this.a = ((a << 26) | (a >>> 6)) ^ b ^ (b << 9);
    this.b = (b << 13) | (b >>> 19);
    return result;
  }

  /** An integer from 0 to `bound` − 1; `bound` is below 2^21, so that the product is exact. */
  below(bound: number): number {
    return Math.floor(((this.bits() >>> 0) * bound) / TWO_32);
  }

  /** A number in [0, 1). */
  unit(): number {
    return (this.bits() >>> 0) / TWO_32;
  }
}
