/**
 * Every reason for which the present spec of a job is not put to work, in the order in which they are told. The list is
 * the specification: a policy is a sentence about what was observed, and says what a person can do.
 */
import { changedParts } from '../../crds/fingerprint.ts';
import { effectiveJob, inputsOf } from '../resources/effective-job.ts';
import { ANNOTATIONS } from '../resources/labels.ts';
import { podTemplateProblems } from '../resources/pod-template-problems.ts';
import { runOf } from '../resources/run.ts';
import type { Observed, SoundSpec } from './observed.ts';
import type { Violation } from './violation.ts';

type Policy = (observed: Observed, sound: SoundSpec) => Violation | undefined;

/** What cannot be seen without a sound spec comes first. */
export function firstViolation(observed: Observed): Violation | undefined {
  const { sound, problems } = observed.verdict;
  if (!sound) return invalid(problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)));
  for (const policy of POLICIES) {
    const violation = policy(observed, sound);
    if (violation) return violation;
  }
  return undefined;
}

const podTemplateAllowed: Policy = (_, { job }) => {
  const problems = podTemplateProblems(job).map(({ path, message }) => `${path}: ${message}`);
  return problems.length > 0 ? invalid(problems) : undefined;
};

/** The state of a run is laid out by its spec; what it cannot survive is a new run, and that a person has to ask for. */
const stateFits: Policy = ({ job, kafka, running }, { fingerprint }) => {
  const run = runOf(job);
  const present = running?.run === run ? running.sound.fingerprint : undefined;
  const recorded = kafka.run?.fingerprint ?? present;
  const changed = recorded === undefined ? [] : changedParts(recorded, fingerprint);
  if (changed.length === 0) return undefined;
  return {
    type: 'SpecValid',
    reason: 'StateDoesNotFit',
    message:
      `spec.${changed.join(', spec.')} changed since run ${run} began, and its state does not fit any more: ` +
      `change it back, or begin a new run with kubectl annotate streamjob ${job.metadata.name} ` +
      `--overwrite ${ANNOTATIONS.newRun}=2 (any other text than before)`,
  };
};

const clusterNamed: Policy = ({ options }, { job }) =>
  job.spec.kafka || options.defaultKafka
    ? undefined
    : {
        type: 'KafkaReachable',
        reason: 'NotConfigured',
        message: 'spec.kafka is missing, and this operator has no default cluster: set spec.kafka.brokers',
      };

/** A pod that mounts what is not there never starts, and does not say why in a place where people look. */
const inputsExist: Policy = ({ inputs, options, job: { metadata } }, { job }) => {
  for (const needed of inputsOf(effectiveJob(job, options.defaultKafka))) {
    const facts = inputs.find(({ kind, name }) => kind === needed.kind && name === needed.name);
    // Whether it is there is not known yet, or cannot be seen at present.
    if (!facts || facts.trouble !== undefined || needed.keys.length === 0) continue;
    const type = isOfKafka(needed.setting) ? 'KafkaReachable' : 'Deployed';
    const where = `${needed.setting}: ${needed.kind} "${needed.name}"`;
    if (!facts.found) {
      return { type, reason: 'SecretNotFound', message: `${where} does not exist in namespace ${metadata.namespace}` };
    }
    const missing = needed.keys.find((key) => !facts.found!.keys.includes(key));
    if (missing !== undefined) return { type, reason: 'SecretNotFound', message: `${where} has no key ${missing}` };
  }
  return undefined;
};

const ownRun: Policy = ({ kafka: { run }, job: { metadata } }, { job }) =>
  !run || run.uid === metadata.uid || job.spec.resumeFrom !== undefined
    ? undefined
    : {
        type: 'TopicReady',
        reason: 'NameConflict',
        message: `the run in Kafka belongs to another StreamJob of this name (uid ${run.uid}): delete its topics`,
      };

/** Two producers of one topic would write everything twice. The elder one stays. */
const onlyProducer: Policy = ({ peers, job: { metadata } }, { job }) => {
  if (!job.spec.producer) return undefined;
  const own = { namespace: metadata.namespace, name: metadata.name, createdAt: metadata.creationTimestamp ?? '' };
  const elder = peers.find((peer) => peer.hasProducer && isElder(peer, own));
  return (
    elder && {
      type: 'TopicReady',
      reason: 'NameConflict',
      message:
        `StreamJob ${elder.namespace}/${elder.name} produces to topic "${job.spec.topic.name}" already: ` +
        'take spec.producer out to read what it writes, or name another topic',
    }
  );
};

const POLICIES: readonly Policy[] = [podTemplateAllowed, stateFits, clusterNamed, inputsExist, ownRun, onlyProducer];

const invalid = (problems: readonly string[]): Violation => ({
  type: 'SpecValid',
  reason: 'InvalidSpec',
  message: problems.join('; '),
});

const isOfKafka = (setting: string): boolean => setting.startsWith('spec.kafka');

interface Age {
  readonly createdAt: string;
  readonly namespace: string;
  readonly name: string;
}

/** Whole seconds are all that Kubernetes keeps; of the same second the first name. */
function isElder(a: Age, b: Age): boolean {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt;
  return `${a.namespace}/${a.name}` < `${b.namespace}/${b.name}`;
}
