/**
 * Where the API server is and who we are to it. In a pod that is a service account: a token and an authority in two
 * files, both of which change while we run. The client library could read them too, but loading it costs about 75 MB of
 * memory; so only who works with a kubeconfig (kubeconfig.ts) pays for it.
 */
import { readFile } from 'node:fs/promises';
import type { Agent } from 'node:http';
import { isIPv6 } from 'node:net';
import path from 'node:path';

/** What each request carries. */
export interface CallAccess {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: Readonly<Record<string, unknown>>;
  /** The way through a proxy; undefined: straight. */
  readonly agent?: Agent | undefined;
}

export interface Credentials {
  /** Perhaps with a path, behind which the API server's begin. */
  readonly server: URL;
  /** Ours; undefined: nobody said. */
  readonly namespace: string | undefined;
  /** Asked before each request: tokens and authorities change. Rejects when they cannot be had. */
  access: () => Promise<CallAccess>;
  /** What was handed out is refused: read it anew. */
  forget: () => void;
}

export interface PodAccount {
  /** KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT. */
  readonly host: string;
  readonly port: string;
  readonly folder?: string;
  /** Milliseconds of any clock. */
  readonly now?: () => number;
}

export const ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';
/** The kubelet renews a token long before its end, and then we notice within this time. */
const REREAD_MILLIS = 60_000;

export async function podCredentials(account: PodAccount): Promise<Credentials> {
  const { host, port, folder = ACCOUNT_FOLDER, now = () => performance.now() } = account;
  const read = (file: string): Promise<string> => readFile(path.join(folder, file), 'utf8');
  let last: { readonly at: number; readonly access: CallAccess } | undefined;
  return {
    server: new URL(`https://${isIPv6(host) ? `[${host}]` : host}:${port}`),
    namespace: await read('namespace').then(
      (text) => text.trim(),
      () => undefined,
    ),
    access: async () => {
      if (last && now() - last.at < REREAD_MILLIS) return last.access;
      const [token, ca] = await Promise.all([read('token'), read('ca.crt')]);
      last = { at: now(), access: { headers: { authorization: `Bearer ${token.trim()}` }, tls: { ca } } };
      return last.access;
    },
    forget: () => {
      last = undefined;
    },
  };
}
