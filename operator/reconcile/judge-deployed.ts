/** Whether the pods are there, all of the revision that they should be, and ready. */
import type { Judgement } from '../../crds/conditions.ts';
import type { KubeObject } from '../resources/kube-object.ts';
import type { Aim } from './aim.ts';
import type { Observed } from './observed.ts';
import { podTroubles } from './pod-trouble.ts';
import { youngestFirst } from './prune.ts';
import { consumerDeployment, producerDeployment } from './target.ts';

export function judgeDeployed(observed: Observed, aim: Aim): Judgement {
  const type = 'Deployed';
  const { violation, target, end } = aim;
  const { applyTrouble } = observed;
  if (violation?.type === type) return { type, status: 'False', reason: violation.reason, message: violation.message };
  if (applyTrouble) return { type, status: 'False', reason: applyTrouble.reason, message: applyTrouble.message };
  if (!target)
    return { type, status: 'False', reason: 'Blocked', message: 'there are no pods until the rest is mended' };
  if (end === 'completed')
    return { type, status: 'True', reason: 'Completed', message: 'the pods are not needed any more' };
  if (end === 'suspended') return { type, status: 'False', reason: 'Suspended', message: 'spec.suspend is true' };
  const [worst] = podTroubles(observed.pods).filter(({ failure }) => failure !== undefined);
  if (worst) {
    const { pod, failure, message } = worst;
    return {
      type,
      status: 'False',
      reason: 'PodsFailing',
      message: `pod ${pod}: ${failure}: ${message}${rollbackHint(observed, aim)}`,
    };
  }
  return judgeRollout(observed, aim);
}

function judgeRollout(observed: Observed, aim: Aim): Judgement {
  const type = 'Deployed';
  if (aim.isChangingRun) {
    return { type, status: 'Unknown', reason: 'Deploying', message: 'the pods of the run before are stopping' };
  }
  const refused = [consumerDeployment(observed), producerDeployment(observed)].map(replicaFailure).find((text) => text);
  if (refused) return { type, status: 'False', reason: 'ApplyFailed', message: refused };
  const { ready, wanted, isRolledOut } = readiness(observed, aim);
  if (ready === wanted && isRolledOut) {
    return { type, status: 'True', reason: 'Deployed', message: `${wanted} of ${wanted} pods are ready` };
  }
  return { type, status: 'Unknown', reason: 'Deploying', message: `${ready} of ${wanted} pods are ready` };
}

interface DeploymentView {
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
    readonly replicas?: number;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
  };
}

export interface Readiness {
  readonly ready: number;
  readonly wanted: number;
  /** No pod of an earlier revision is left, and none is on its way. */
  readonly isRolledOut: boolean;
}

/** Of both Deployments together. */
export function readiness(observed: Observed, { consumers, producers, target }: Aim): Readiness {
  const hasProducer = target?.sound.job.spec.producer !== undefined;
  const parts = [
    partOf(consumerDeployment(observed), consumers),
    ...(hasProducer ? [partOf(producerDeployment(observed), producers)] : []),
  ];
  return {
    ready: parts.reduce((sum, { ready }) => sum + ready, 0),
    wanted: parts.reduce((sum, { wanted }) => sum + wanted, 0),
    isRolledOut: parts.every(({ isRolledOut }) => isRolledOut),
  };
}

function partOf(deployment: KubeObject | undefined, wanted: number): Readiness {
  if (!deployment) return { ready: 0, wanted, isRolledOut: false };
  const { status = {} } = deployment as DeploymentView;
  const { observedGeneration = 0, updatedReplicas = 0, readyReplicas = 0, replicas = 0 } = status;
  const isCurrent = observedGeneration >= (deployment.metadata.generation ?? 0);
  const isRolledOut = isCurrent && updatedReplicas === wanted && replicas === wanted;
  return { ready: Math.min(readyReplicas, wanted), wanted, isRolledOut };
}

/** A quota, a limit range or a pod security level that lets no pod be made. */
function replicaFailure(deployment: KubeObject | undefined): string | undefined {
  const { status } = (deployment ?? {}) as DeploymentView;
  return status?.conditions?.find(({ type, status: holds }) => type === 'ReplicaFailure' && holds === 'True')?.message;
}

/** While a new revision fails, the one before it is still kept. */
function rollbackHint({ owned, running, job: { metadata } }: Observed, { target }: Aim): string {
  if (!target || !running) return '';
  const [before] = owned
    .filter(({ kind, metadata: { name } }) => kind === 'ConfigMap' && name !== target.revision.configMap.metadata.name)
    .sort(youngestFirst);
  if (!before) return '';
  const read = `kubectl get configmap ${before.metadata.name} -n ${metadata.namespace} -o jsonpath='{.data.job\\.json}'`;
  return `; the spec that ran before is in: ${read}`;
}
