/** Reads all objects of a kind as one consistent state, page by page, so that no more than a page is held live. */
import type { KubeObject } from '../resources/kube-object.ts';
import { isApiError } from './api-error.ts';
import type { KubeClient } from './kube-client.ts';
import { collectionPath } from './kinds.ts';
import type { Collection } from './kinds.ts';

export interface Selection extends Collection {
  readonly labelSelector?: string | undefined;
}

export interface ListSettings {
  /** Objects per page. */
  readonly pageSize: number;
  /** Of one page. */
  readonly timeoutMillis: number;
}

/** Takes what nobody reads out of an object, before the next page comes. */
export type Slim = (object: KubeObject) => KubeObject;

/** Takes a list as it comes. One that breaks off gets no `end`. */
export interface ListSink {
  page: (objects: readonly KubeObject[]) => void;
  /** That was all there is, at this resourceVersion; a watch goes on from here. */
  end: (version: string) => void;
}

interface Page {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly KubeObject[] | null;
}

export interface Listing {
  readonly client: KubeClient;
  readonly selection: Selection;
  readonly slim: Slim;
  /** Called for each attempt. */
  readonly begin: () => ListSink;
  readonly settings: ListSettings;
  readonly signal: AbortSignal;
}

/** The resourceVersion of what was listed. Rejects with an ApiError. */
export async function listAll(listing: Listing): Promise<string> {
  try {
    return await listPages(listing, listing.settings.pageSize);
  } catch (failure) {
    // The state that the pages are of was compacted away while we read them: all at once, then.
    if (isApiError(failure) && failure.isGone) return listPages(listing, undefined);
    throw failure;
  }
}

async function listPages(listing: Listing, limit: number | undefined): Promise<string> {
  const { client, selection, slim, settings, signal } = listing;
  const { apiVersion, kind, labelSelector } = selection;
  const sink = listing.begin();
  for (let token: string | undefined; ;) {
    const page = await client.request<Page>('GET', collectionPath(selection), {
      query: { labelSelector, limit, continue: token },
      timeoutMillis: settings.timeoutMillis,
      signal,
    });
    // Items of a list do not say what they are.
    sink.page((page.items ?? []).map((item) => slim({ ...item, apiVersion, kind })));
    token = page.metadata.continue;
    if (token) continue;
    sink.end(page.metadata.resourceVersion);
    return page.metadata.resourceVersion;
  }
}
