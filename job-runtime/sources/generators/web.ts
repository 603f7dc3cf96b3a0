/**
 * Web activity: page views, clicks and purchases of users in sessions. A visit is a run of records close to each other
 * and then nothing, so that a session window finds a gap. Which visit a record belongs to follows from its index, so
 * the generator keeps no state: visits begin one after the other and overlap.
 */
import { Random } from '../random.ts';
import { Choice, encodeAll, type GeneratedColumn, type Generator } from './generator.ts';

/** Records of a visit on average, and how many visits are under way at once. */
const VISIT_RECORDS = 8;
const OPEN_VISITS = 16;
const USERS = 1000;
const PRODUCTS = 200;
const REFERRERS = [
  '',
  'https://www.google.com/',
  'https://www.bing.com/',
  'https://news.ycombinator.com/',
  'https://t.co/campaign',
];
const USER_AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15',
  'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
];
const PAGES = [
  '/',
  '/search',
  '/cart',
  '/checkout',
  ...Array.from({ length: PRODUCTS }, (_, index) => `/products/${index + 1}`),
];
const EVENT_TYPES = ['view', 'click', 'purchase'];
/** Of 100 records, so many are at most a view, and at most a click. */
const VIEWS = 85;
const CLICKS = 97;

const encoder = new TextEncoder();

export class WebGenerator implements Generator {
  readonly name = 'web';
  readonly stepMillis = 1000;
  readonly columns: Readonly<Record<string, GeneratedColumn>>;
  readonly aliases = {
    userId: 'user',
    sessionId: 'session',
    url: 'page',
    referer: 'referrer',
    agent: 'userAgent',
    type: 'eventType',
    event: 'eventType',
    timestamp: 'time',
    eventTime: 'time',
  };
  private readonly page = new Choice(PAGES);
  private readonly referrer = new Choice(REFERRERS);
  private readonly agent = new Choice(USER_AGENTS);
  private readonly users = encodeAll(Array.from({ length: USERS }, (_, index) => `user-${index + 1}`));
  private readonly types = encodeAll(EVENT_TYPES);
  /** Numbers of the visit: a user, a referrer and a browser stay the same in it. */
  private readonly visitor: Random;
  private visit = 0;
  private user = 0;
  private type = 0;

  constructor(seed: number) {
    this.visitor = new Random(seed ^ 0x7f4a7c15);
    this.columns = {
      user: { kind: 'text', bytes: () => this.users[this.user]! },
      session: { kind: 'text', bytes: () => encoder.encode(`s-${this.visit.toString(36)}`) },
      page: this.page.column,
      referrer: this.referrer.column,
      userAgent: this.agent.column,
      eventType: { kind: 'text', bytes: () => this.types[this.type]! },
      time: { kind: 'time', format: 'iso8601' },
    };
  }

  draw(random: Random, index: number): void {
    this.visit = Math.floor(index / VISIT_RECORDS) + random.below(OPEN_VISITS);
    this.visitor.start(this.visit);
    this.user = this.visitor.below(USERS);
    this.referrer.draw(this.visitor);
    this.agent.draw(this.visitor);
    this.page.draw(random);
    const share = random.below(100);
    this.type = share < VIEWS ? 0 : share < CLICKS ? 1 : 2;
  }
}
