/**
 * What is known of the Secrets and ConfigMaps that jobs name: asked for one by one, and again after a minute. They are
 * not watched: that would need the right to read all Secrets of a namespace, and memory for them.
 */
import type { InputFacts } from './reconcile/observed.ts';
import type { JobInput } from './resources/effective-job.ts';

export interface InputsNeeds {
  readonly read: (ref: Pick<InputFacts, 'kind' | 'name'> & { readonly namespace: string }) => Promise<InputFacts>;
  readonly now: () => number;
  /** How long an answer counts. */
  readonly freshMillis: number;
}

interface Known {
  readonly at: number;
  readonly facts: InputFacts;
}

/** What is missing is waited for: it is looked for more often. */
const MISSING_MILLIS = 5000;

export class Inputs {
  private readonly needs: InputsNeeds;
  /** By the key of the job, then by kind and name. */
  private readonly known = new Map<string, Map<string, Known>>();

  constructor(needs: InputsNeeds) {
    this.needs = needs;
  }

  /** Rejects when the API server does not answer. */
  async of(key: string, namespace: string, wanted: readonly JobInput[]): Promise<readonly InputFacts[]> {
    const before = this.known.get(key) ?? new Map<string, Known>();
    const after = new Map<string, Known>();
    for (const { kind, name } of wanted) {
      const id = `${kind}/${name}`;
      if (after.has(id)) continue;
      const known = before.get(id);
      after.set(id, known && this.counts(known) ? known : await this.read({ kind, name, namespace }));
    }
    if (after.size > 0) this.known.set(key, after);
    else this.known.delete(key);
    return [...after.values()].map(({ facts }) => facts);
  }

  /** When to look again; undefined: the job names none. */
  dueMillis(key: string): number | undefined {
    const known = [...(this.known.get(key)?.values() ?? [])];
    const due = known.map((each) => each.at + this.lifetime(each) - this.needs.now());
    return due.length === 0 ? undefined : Math.max(0, Math.min(...due));
  }

  forget(key: string): void {
    this.known.delete(key);
  }

  private async read(ref: Pick<InputFacts, 'kind' | 'name'> & { readonly namespace: string }): Promise<Known> {
    return { at: this.needs.now(), facts: await this.needs.read(ref) };
  }

  private counts(known: Known): boolean {
    return this.needs.now() < known.at + this.lifetime(known);
  }

  private lifetime({ facts }: Known): number {
    return facts.found ? this.needs.freshMillis : Math.min(MISSING_MILLIS, this.needs.freshMillis);
  }
}
