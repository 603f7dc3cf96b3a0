/**
 * Bids as the NEXMark benchmark generates them (Apache Beam's BidGenerator, with channel and url of the Flink port):
 * of 50 events one is a person, three are auctions and 46 are bids; only the bids are given. Half of the bids go to a
 * hot auction and three of four come from a hot bidder. Same distributions, other random numbers.
 */
import type { Random } from '../random.ts';
import { encodeAll, type GeneratedColumn, type Generator } from './generator.ts';

const AUCTIONS = 3;
const BIDS = 46;
const FIRST_ID = 1000;
const HOT_AUCTION_RATIO = 2;
const HOT_BIDDER_RATIO = 4;
/** Hot ids are multiples of it. */
const HOT_STEP = 100;
const AUCTIONS_IN_FLIGHT = 100;
const ACTIVE_PEOPLE = 1000;
const ID_LEAD = 10;
const CHANNELS = 10_000;
const HOT_CHANNELS = ['Google', 'Facebook', 'Baidu', 'Apple'];
/** A bid is about 100 bytes, of which numbers take 32; the filling varies by a fifth. */
const EXTRA_BYTES = 68;
const EXTRA_SPREAD = 14;
const LETTERS = 26;
/** 26^6 is below 2^32: six letters of one random number. */
const LETTERS_PER_DRAW = 6;

export class BidGenerator implements Generator {
  readonly name = 'bids';
  readonly stepMillis = 0.1;
  readonly columns: Readonly<Record<string, GeneratedColumn>>;
  readonly aliases = { timestamp: 'dateTime', eventTime: 'dateTime' };
  private readonly channels: readonly Uint8Array[];
  private readonly urls: readonly Uint8Array[];
  private readonly extra = new Uint8Array(EXTRA_BYTES + EXTRA_SPREAD);
  private extraLength = 0;
  private auction = 0;
  private bidder = 0;
  private price = 0;
  private channel = 0;

  constructor() {
    const cold = Array.from({ length: CHANNELS }, (_, index) => `channel-${index}`);
    this.channels = encodeAll([...HOT_CHANNELS, ...cold]);
    this.urls = encodeAll([
      ...HOT_CHANNELS.map((_, index) => urlOf(CHANNELS + index)),
      ...cold.map((_, index) => urlOf(index)),
    ]);
    this.columns = {
      auction: { kind: 'number', value: () => this.auction },
      bidder: { kind: 'number', value: () => this.bidder },
      price: { kind: 'number', value: () => this.price },
      channel: { kind: 'text', bytes: () => this.channels[this.channel]! },
      url: { kind: 'text', bytes: () => this.urls[this.channel]! },
      dateTime: { kind: 'time', format: 'iso8601' },
      extra: { kind: 'text', bytes: () => this.extra.subarray(0, this.extraLength) },
    };
  }

  draw(random: Random, index: number): void {
    const epoch = Math.floor(index / BIDS);
    this.auction = FIRST_ID + drawAuction(random, epoch * AUCTIONS + AUCTIONS - 1);
    this.bidder = FIRST_ID + drawBidder(random, epoch);
    this.price = Math.round(10 ** (random.unit() * 6) * 100);
    this.channel =
      random.below(2) > 0 ? random.below(HOT_CHANNELS.length) : HOT_CHANNELS.length + random.below(CHANNELS);
    this.drawExtra(random);
  }

  private drawExtra(random: Random): void {
    this.extraLength = EXTRA_BYTES - EXTRA_SPREAD + random.below(2 * EXTRA_SPREAD);
    for (let at = 0; at < this.extraLength;) {
      let letters = random.bits() >>> 0;
      for (const until = Math.min(at + LETTERS_PER_DRAW, this.extraLength); at < until; at++) {
        const rest = Math.floor(letters / LETTERS);
        this.extra[at] = 97 + (letters - rest * LETTERS);
        letters = rest;
      }
    }
  }
}

/** `last` is the newest auction when the bid is made. */
function drawAuction(random: Random, last: number): number {
  if (random.below(HOT_AUCTION_RATIO) > 0) return Math.floor(last / HOT_STEP) * HOT_STEP;
  const oldest = Math.max(last - AUCTIONS_IN_FLIGHT, 0);
  return oldest + random.below(last - oldest + 1 + ID_LEAD);
}

function drawBidder(random: Random, last: number): number {
  if (random.below(HOT_BIDDER_RATIO) > 0) return Math.floor(last / HOT_STEP) * HOT_STEP + 1;
  const people = last + 1;
  const active = Math.min(people, ACTIVE_PEOPLE);
  return people - active + random.below(active + ID_LEAD);
}

/** Nine of ten urls name their channel, by a number of mixed digits. */
function urlOf(channel: number): string {
  const mixed = Math.imul(channel + 1, 0x9e3779b1) >>> 1;
  const word = (salt: number): string =>
    Math.imul(channel + salt, 0x85ebca6b)
      .toString(36)
      .replace('-', '_')
      .padStart(5, '_')
      .slice(0, 5);
  const base = `https://www.nexmark.com/${word(11)}/${word(22)}/${word(33)}/item.htm?query=1`;
  return channel % 10 === 9 ? base : `${base}&channel_id=${mixed}`;
}
