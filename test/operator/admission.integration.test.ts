/**
 * What a wrong manifest gets to hear: from the API server at `kubectl apply`, or, where that one cannot tell, from the
 * operator in SpecValid. All are applied at once, each under a name of its own; no pod runs, and there is no Kafka.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Condition } from '../../crds/conditions.ts';
import { BROKEN } from '../crd/broken/index.ts';
import type { Broken } from '../crd/broken/index.ts';
import { kafka, steps } from '../crd/broken/row.ts';
import { manifest } from '../crd/manifests.ts';
import type { Changes } from '../crd/manifests.ts';
import { startApiServer, whyNoPrograms } from '../harness/apiserver.ts';
import type { ApiServer } from '../harness/apiserver.ts';
import { kubectl } from '../harness/kubectl.ts';
import type { KubectlResult } from '../harness/kubectl.ts';
import { describeIf } from '../harness/skip.ts';
import { conditionOf, objectsOf, patch, statusOf } from './kit-jobs.ts';
import { eventually, installCrd, OperatorProcess } from './kit-operator.ts';

const MINUTE = 60_000;
const BROKERS = { 'spec.kafka': { brokers: ['127.0.0.1:1'] } };

/** What only the operator sees: a name, what to change, where the message says it is, and a part of what it says. */
type Row = readonly [name: string, changes: Changes, path: string, says: string];

const filter = (expression: string): Changes => steps({ name: 'x', filter: expression });
const set = (expression: string): Changes => steps({ name: 'x', map: { set: { v: expression } } });
const pods = (template: object): Changes => ({ 'spec.runtime.podTemplate': template });
const routes = (when: string): Changes => kafka({ routes: [{ when, topic: 'other' }] });

const EXPRESSIONS: readonly Row[] = [
  ['a field that is not there', filter('vendr == "a"'), 'spec.steps[0].filter', 'did you mean vendor?'],
  ['a filter that is a text', filter('vendor'), 'spec.steps[0].filter', 'a filter is true or false; this is a string'],
  ['a filter that is a number', filter('zone'), 'spec.steps[0].filter', 'a filter is true or false; this is an int'],
  ['half an expression', filter('zone >'), 'spec.steps[0].filter', 'column 7'],
  ['a list that does not end', filter('zone in [1,2'), 'spec.steps[0].filter', 'column'],
  ['a text compared with a number', filter('vendor > 1'), 'spec.steps[0].filter', 'string > int'],
  ['a pattern that is none', filter('vendor.matches("[")'), 'spec.steps[0].filter', 'not a regular expression'],
  [
    'a pattern that looks back',
    filter('vendor.matches("(a)\\\\1")'),
    'spec.steps[0].filter',
    'not a regular expression',
  ],
  ['a function that is not there', filter('nosuch(vendor)'), 'spec.steps[0].filter', "'nosuch(string)'"],
  ['a function of the wrong type', filter('size(zone) > 1'), 'spec.steps[0].filter', "'size(int)'"],
  ['a member of a text', filter('vendor.foo == "x"'), 'spec.steps[0].filter', 'column 8'],
  ['an instant that is none', filter('timestamp("no") < pickup'), 'spec.steps[0].filter', '"no" is no timestamp'],
  ['a duration that is none', set('duration("1x")'), 'spec.steps[0].map.set.v', '"1x" is no duration'],
  ['a value of a field that is not there', set('vendr'), 'spec.steps[0].map.set.v', 'did you mean vendor?'],
  ['a text added to a number', set('vendor + zone'), 'spec.steps[0].map.set.v', 'string + int'],
  ['a value that is nothing', set('null'), 'spec.steps[0].map.set.v', 'null'],
  [
    'the second of two steps',
    steps({ name: 'a', filter: 'true' }, { name: 'b', filter: 'zonne > 1' }),
    'spec.steps[1].filter',
    'did you mean zone?',
  ],
  ['a route by a field that is not there', routes('ride > 1'), 'spec.sink.kafka.routes[0].when', 'did you mean rides?'],
  ['a route that is a number', routes('rides'), 'spec.sink.kafka.routes[0].when', 'true or false'],
];

const POD_TEMPLATES: readonly Row[] = [
  [
    'a label of the operator',
    pods({ labels: { 'app.kubernetes.io/managed-by': 'me' } }),
    'spec.runtime.podTemplate.labels["app.kubernetes.io/managed-by"]',
    'reserved for the operator',
  ],
  [
    'a label below its own prefix',
    pods({ labels: { 'streamjob.dev/job': 'other' } }),
    'spec.runtime.podTemplate.labels["streamjob.dev/job"]',
    'reserved for the operator',
  ],
  [
    'a label of the Deployment controller',
    pods({ labels: { 'pod-template-hash': 'x' } }),
    'spec.runtime.podTemplate.labels.pod-template-hash',
    'reserved for the operator',
  ],
  [
    'the value of a label',
    pods({ labels: { team: '-a-' } }),
    'spec.runtime.podTemplate.labels.team',
    'a letter or digit at both ends; got "-a-"',
  ],
  [
    'an annotation of the operator',
    pods({ annotations: { 'streamjob.dev/revision': '00000000' } }),
    'spec.runtime.podTemplate.annotations["streamjob.dev/revision"]',
    'reserved for the operator',
  ],
  [
    'an annotation that loosens security',
    pods({ annotations: { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' } }),
    'spec.runtime.podTemplate.annotations["seccomp.security.alpha.kubernetes.io/pod"]',
    'reserved for the operator',
  ],
  [
    'a variable of the operator',
    pods({ env: [{ name: 'STREAMJOB_UID', value: 'x' }] }),
    'spec.runtime.podTemplate.env[0].name',
    'got STREAMJOB_UID',
  ],
  [
    'a variable that is there twice',
    pods({
      env: [
        { name: 'A', value: 'x' },
        { name: 'A', value: 'y' },
      ],
    }),
    'spec.runtime.podTemplate.env[1].name',
    'got A twice',
  ],
];

const LOCAL = BROKEN.filter(({ server }) => server === 'none').map(({ name, changes, path, message }): Row => [
  name,
  changes,
  path,
  message,
]);
const FOR_THE_OPERATOR: readonly Row[] = [...LOCAL, ...EXPRESSIONS, ...POD_TEMPLATES];
const FOR_THE_API_SERVER = BROKEN.filter(({ server }) => server !== 'none');
/** Breaks no rule of the spec: another operator may have a cluster for it. */
const NO_CLUSTER = 'no-cluster';

const nameOf = (index: number, of: 'operator' | 'server'): string => `${of}-${index}`;
const named = (name: string, changes: Changes): object => manifest({ ...changes, 'metadata.name': name });

const why = whyNoPrograms();

describeIf(why === undefined, why ?? '', 'a wrong manifest', () => {
  let server: ApiServer;
  let operator: OperatorProcess;
  let refused: KubectlResult;
  let taken: KubectlResult;

  beforeAll(async () => {
    server = await startApiServer();
    await installCrd(server);
    operator = await OperatorProcess.start(server, { env: { STREAMJOB_OPERATOR_LEADER_ELECTION: 'false' } });
    refused = await applied(FOR_THE_API_SERVER.map(({ changes }, index) => named(nameOf(index, 'server'), changes)));
    taken = await applied([
      ...FOR_THE_OPERATOR.map(([, changes], index) => named(nameOf(index, 'operator'), { ...BROKERS, ...changes })),
      named(NO_CLUSTER, {}),
      named('sound', { ...BROKERS, ...filter('true') }),
    ]);
  }, 10 * MINUTE);

  afterAll(async () => {
    await operator?.stop();
    await server?.stop();
  });

  const applied = (manifests: readonly object[]): Promise<KubectlResult> =>
    kubectl(['apply', '--validate=strict', '-f', '-'], {
      kubeconfig: server.kubeconfigFile,
      input: manifests.map((each) => JSON.stringify(each)).join('\n---\n'),
    });

  const judged = (name: string, type: string): Promise<Condition> =>
    eventually(`${type} of ${name}`, async () => {
      const condition = conditionOf(await statusOf(server, name), type);
      return condition && condition.status !== 'Unknown' ? (condition as Condition) : undefined;
    });

  it('is of one of many kinds', () => {
    expect(FOR_THE_API_SERVER.length).toBeGreaterThanOrEqual(100);
    expect(FOR_THE_OPERATOR.length).toBeGreaterThanOrEqual(50);
    expect(FOR_THE_API_SERVER.length + FOR_THE_OPERATOR.length).toBeGreaterThanOrEqual(60);
  });

  it('is refused by kubectl apply, which creates nothing and says so for each', () => {
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    const errors = refused.stderr.match(/^(The StreamJob "|Error from server|error: )/gm) ?? [];
    expect(errors).toHaveLength(FOR_THE_API_SERVER.length);
  });

  it.each(FOR_THE_API_SERVER.map((row, index) => [row.name, row, index] as const))(
    'is refused for %s, with the field',
    (_, row, index) => {
      expect(errorOf(refused.stderr, row, index)).toMatch(placeIn(row.serverPath ?? row.path));
    },
  );

  it('is taken by the API server where only expressions and types are wrong', () => {
    expect([taken.code, taken.stderr]).toEqual([0, '']);
  });

  it.each(FOR_THE_OPERATOR.map((row, index) => [row[0], row, index] as const))(
    'has SpecValid False for %s, with the field',
    async (_, [, , path, says], index) => {
      const { status, reason, message } = await judged(nameOf(index, 'operator'), 'SpecValid');
      expect([status, reason]).toEqual(['False', 'InvalidSpec']);
      expect(message.startsWith(`${path}: `)).toBe(true);
      expect(message).toContain(says);
      expect(message).not.toContain('\n');
    },
    MINUTE,
  );

  it(
    'names no cluster where the operator has no default',
    async () => {
      const { status, reason, message } = await judged(NO_CLUSTER, 'KafkaReachable');
      expect([status, reason]).toEqual(['False', 'NotConfigured']);
      expect(message).toContain('spec.kafka');
    },
    MINUTE,
  );

  it(
    'starts nothing',
    async () => {
      await judged('sound', 'SpecValid');
      await judged(nameOf(FOR_THE_OPERATOR.length - 1, 'operator'), 'SpecValid');
      for (const kind of ['Deployment', 'ConfigMap', 'Service', 'ServiceAccount', 'PodDisruptionBudget']) {
        const owners = await eventually(`a ${kind}`, async () => {
          const owned = await objectsOf(server, kind);
          return owned.length > 0 && new Set(owned.map(({ metadata }) => metadata.ownerReferences?.[0]?.name));
        });
        expect([kind, [...owners]]).toEqual([kind, ['sound']]);
      }
    },
    MINUTE,
  );

  it(
    'leaves a job that runs as it is, and a right one behind it goes through',
    async () => {
      const deployed = async (): Promise<unknown> => {
        const [deployment] = (await objectsOf(server, 'Deployment')).filter(isOfSound);
        const revisions = (await objectsOf(server, 'ConfigMap')).filter(isOfSound);
        return deployment && { deployment: deployment.metadata, revisions: revisions.map(({ metadata }) => metadata) };
      };
      const before = await eventually('the Deployment', async () => (await deployed()) ?? undefined);

      await patch(server, 'sound', { spec: { steps: [{ name: 'x', filter: 'vendr == "a"' }] } });
      const wrong = await eventually('the verdict', async () => {
        const condition = conditionOf(await statusOf(server, 'sound'), 'SpecValid');
        return condition?.status === 'False' && condition;
      });
      expect(wrong).toMatchObject({ reason: 'InvalidSpec', observedGeneration: 2 });
      expect(await deployed()).toEqual(before);

      await patch(server, 'sound', { spec: { steps: [{ name: 'x', filter: 'vendor == "a"' }] } });
      await eventually('another revision', async () => {
        const revisions = (await objectsOf(server, 'ConfigMap')).filter(isOfSound);
        const [deployment] = (await objectsOf(server, 'Deployment')).filter(isOfSound);
        const present = deployment?.metadata.annotations?.['streamjob.dev/revision'];
        return revisions.length === 2 && JSON.stringify(before).includes(`"${present}"`) === false;
      });
      await eventually('the verdict', async () => {
        return conditionOf(await statusOf(server, 'sound'), 'SpecValid')?.status === 'True';
      });
    },
    2 * MINUTE,
  );
});

const isOfSound = ({ metadata }: { metadata: { ownerReferences?: readonly { name: string }[] } }): boolean =>
  metadata.ownerReferences?.[0]?.name === 'sound';

/** Unknown fields are told without the name of the object, and in the order in which they were given. */
function errorOf(stderr: string, row: Broken, index: number): string {
  const errors = stderr.split(/^(?=The StreamJob "|Error from server)/m);
  if (row.server !== 'strict') {
    return errors.find((error) => error.startsWith(`The StreamJob "${nameOf(index, 'server')}" is invalid`)) ?? stderr;
  }
  return errors.filter((error) => error.includes('unknown field')).join('');
}

/** A member of a map stands in brackets where a rule finds it, and after a dot where the structure does. */
const placeIn = (path: string): RegExp => new RegExp(escaped(path).replaceAll(/\\\.([\w-]+)/g, '(\\.$1|\\[$1\\])'));

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
