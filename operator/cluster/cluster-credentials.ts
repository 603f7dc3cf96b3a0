/** Chooses how to get to the API server: as the pod that we are, or by a kubeconfig. */
import type { Credentials } from './credentials.ts';
import { podCredentials } from './credentials.ts';
import { kubeconfigCredentials } from './kubeconfig.ts';

export interface ClusterAccess {
  /** KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT: both are set in every pod. */
  readonly serviceHost?: string | undefined;
  readonly servicePort?: string | undefined;
  /** Where the service account's files are; undefined: where the kubelet puts them. */
  readonly accountFolder?: string | undefined;
  /** Given: this kubeconfig, in a pod too. */
  readonly kubeconfigFile?: string | undefined;
}

/** Rejects when there is neither, in one line. */
export async function clusterCredentials(access: ClusterAccess): Promise<Credentials> {
  const { serviceHost: host, servicePort: port, accountFolder: folder, kubeconfigFile } = access;
  if (kubeconfigFile === undefined && host && port) {
    return podCredentials({ host, port, ...(folder && { folder }) });
  }
  return kubeconfigCredentials(kubeconfigFile);
}
