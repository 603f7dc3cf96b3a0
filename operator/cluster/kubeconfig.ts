/**
 * Access by a kubeconfig, for an operator that runs outside the cluster: the client library knows its many ways to log
 * in (certificates, tokens, exec plugins, OIDC, proxies). Nothing else of the library is used: its watch ends when it
 * is quiet for 30 s, and its generated classes turn texts into dates.
 */
import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import type { CallAccess, Credentials } from './credentials.ts';

/** `file`: a kubeconfig; undefined: KUBECONFIG, else ~/.kube/config. Rejects if it cannot be read or names no cluster. */
export async function kubeconfigCredentials(file?: string): Promise<Credentials> {
  const load = await loader(file);
  let config: KubeConfig | undefined = load();
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new Error(`the kubeconfig ${file ?? ''} has no current cluster: set its current-context`);
  return {
    server: new URL(cluster.server),
    namespace: config.getContextObject(config.getCurrentContext())?.namespace,
    access: () => accessOf((config ??= load())),
    forget: () => {
      config = undefined;
    },
  };
}

/** Loaded here and not at the top: see credentials.ts. */
async function loader(file: string | undefined): Promise<() => KubeConfig> {
  const { KubeConfig: Loaded } = await import('@kubernetes/client-node');
  return () => {
    const config = new Loaded();
    if (file === undefined) config.loadFromDefault();
    else config.loadFromFile(file);
    return config;
  };
}

async function accessOf(config: KubeConfig): Promise<CallAccess> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const { headers, agent, auth, ca, cert, key, pfx, passphrase, servername, rejectUnauthorized } = options;
  const tls = { ca, cert, key, pfx, passphrase, servername, rejectUnauthorized };
  return {
    headers: { ...(headers as Record<string, string>), ...basic(auth) },
    tls: Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined)),
    agent: config.getCurrentCluster()?.proxyUrl === undefined ? undefined : (agent as CallAccess['agent']),
  };
}

const basic = (auth: string | null | undefined): Record<string, string> =>
  auth ? { authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {};
