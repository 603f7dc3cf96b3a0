/** As whom a job's pods run. They ask the API server nothing; a cloud may know the account, and grant it a bucket. */
import type { JobShape } from './job-shape.ts';
import { metadataOf } from './job-shape.ts';
import type { KubeObject } from './kube-object.ts';

export const serviceAccount = (shape: JobShape): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: metadataOf(shape, 'serviceAccount'),
  automountServiceAccountToken: false,
});
