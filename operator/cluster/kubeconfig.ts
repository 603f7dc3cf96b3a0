/**
 * Access by a kubeconfig, for an operator that runs outside the cluster: the client library knows its many ways to log
 * in (certificates, tokens, exec plugins, OIDC, proxies). Nothing else of the library is used: its watch ends when it
 * is quiet for 30 s, and its generated classes turn texts into dates.
 */
import { existsSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { homedir } from 'node:os';
import path from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import type { CallAccess, Credentials } from './credentials.ts';

const DEFAULT_FILE = path.join(homedir(), '.kube', 'config');

/** `file`: what KUBECONFIG says; undefined: ~/.kube/config. Rejects, in one line, if it cannot be read or names no cluster. */
export async function kubeconfigCredentials(file?: string): Promise<Credentials> {
  // The library would take http://localhost:8080 for it.
  if (file === undefined && !existsSync(DEFAULT_FILE)) {
    throw new Error(`there is no kubeconfig ${DEFAULT_FILE}: set KUBECONFIG, or run the operator in a pod`);
  }
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
    try {
      // Several files with colons between them are merged, and the library finds them by KUBECONFIG itself.
      if (file === undefined || file.includes(path.delimiter)) config.loadFromDefault();
      else config.loadFromFile(file);
    } catch (cause) {
      const [why] = (cause as Error).message.split('\n');
      throw new Error(`cannot read the kubeconfig ${file ?? DEFAULT_FILE}: ${why}`, { cause });
    }
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
