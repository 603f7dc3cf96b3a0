/** What pods that run and are not ready say of themselves: asked a few at a time, and each again after a while only. */
import type { PodFacts } from '../reconcile/observed.ts';
import type { KubeObject } from '../resources/kube-object.ts';
import type { PodStatusReader } from './pod-status.ts';

export interface PodTroublesNeeds {
  readonly reader: Pick<PodStatusReader, 'read'>;
  /** Of /status in the pods. */
  readonly port: number;
  readonly now: () => number;
}

interface Told {
  readonly at: number;
  readonly trouble: PodFacts['trouble'];
}

interface PodView {
  readonly podIP?: string;
  readonly phase?: string;
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
}

/** A little less than the time between two passes over a job whose pods are not ready. */
const FRESH_MILLIS = 4000;
/** A pod that is gone is asked about no more, and what it said is forgotten some time. */
const MOST_REMEMBERED = 4096;

export class PodTroubles {
  private readonly needs: PodTroublesNeeds;
  /** By uid; who was asked last stands last. */
  private readonly told = new Map<string, Told>();

  constructor(needs: PodTroublesNeeds) {
    this.needs = needs;
  }

  /** By uid; pods without trouble are absent, as are those that cannot be asked. Never rejects. */
  async of(pods: readonly KubeObject[]): Promise<ReadonlyMap<string, PodFacts['trouble']>> {
    const found = new Map<string, PodFacts['trouble']>();
    await Promise.all(
      pods.map(async (pod) => {
        const trouble = isToBeAsked(pod) ? await this.ask(pod) : undefined;
        if (trouble) found.set(pod.metadata.uid ?? '', trouble);
      }),
    );
    return found;
  }

  private async ask({ metadata: { uid = '' }, status }: KubeObject): Promise<PodFacts['trouble']> {
    const { reader, port, now } = this.needs;
    const known = this.told.get(uid);
    if (known && now() - known.at < FRESH_MILLIS) return known.trouble;
    const answer = await reader.read({ ip: (status as PodView).podIP ?? '', port });
    const trouble = 'status' in answer ? answer.status.trouble : undefined;
    this.told.delete(uid);
    this.told.set(uid, { at: now(), trouble });
    const [oldest] = this.told.keys();
    if (this.told.size > MOST_REMEMBERED) this.told.delete(oldest!);
    return trouble;
  }
}

function isToBeAsked({ metadata, status }: KubeObject): boolean {
  const { podIP, phase, conditions } = (status ?? {}) as PodView;
  if (podIP === undefined || phase !== 'Running' || metadata.deletionTimestamp !== undefined) return false;
  return conditions?.some(({ type, status: holds }) => type === 'Ready' && holds === 'True') !== true;
}
