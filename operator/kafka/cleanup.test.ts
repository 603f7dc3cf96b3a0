import { expect, test } from '@jest/globals';
import { StreamJobError } from '../../job-runtime/errors.ts';
import type { LogAdmin } from '../../job-runtime/log/log-admin.ts';
import { cleanKafka } from './cleanup.ts';

const JOB = { namespace: 'n', name: 'j', uid: 'u' };

function kafka(topics: readonly string[], busyGroups: readonly string[] = []) {
  const left = new Set(topics);
  const groups: string[] = [];
  const admin: LogAdmin = {
    ends: async () => new Map(),
    committed: async () => [],
    topicsWithPrefix: async (prefix) => [...left].filter((topic) => topic.startsWith(prefix)),
    deleteTopics: async (names) => {
      for (const name of names) left.delete(name);
    },
    deleteGroup: async (group) => {
      if (busyGroups.includes(group)) throw new StreamJobError('LogUnavailable', `${group} still has members`);
      groups.push(group);
    },
  };
  return { cluster: { admin }, groups, left: () => [...left] };
}

const OWN = ['sj.n.j.r1.run', 'sj.n.j.r1.changelog.0', 'sj.n.j.r1.repartition.1', 'sj.n.j.r1.dead-letters'];
const OTHERS = [
  'in',
  'sj.n.j.r10.run',
  'sj.n.j.r2.run',
  'sj.n.j2.r1.run',
  'sj.n2.j.r1.run',
  'sj.n.j.r1',
  'xsj.n.j.r1.run',
];

test('takes the topics of the run and its group, and nothing that only looks like it', async () => {
  const { cluster, groups, left } = kafka([...OWN, ...OTHERS]);
  await cleanKafka(cluster, JOB, { runs: ['r1'], topic: undefined });
  expect(left()).toEqual(OTHERS);
  expect(groups).toEqual(['sj.n.j.r1']);
});

test('takes several runs, and the topic of the job if it is to', async () => {
  const { cluster, groups, left } = kafka([...OWN, ...OTHERS]);
  await cleanKafka(cluster, JOB, { runs: ['r1', 'r2'], topic: 'in' });
  expect(left()).toEqual(OTHERS.filter((topic) => topic !== 'in' && topic !== 'sj.n.j.r2.run'));
  expect(groups).toEqual(['sj.n.j.r1', 'sj.n.j.r2']);
});

test('takes no topic while a group still has members', async () => {
  const { cluster, left } = kafka([...OWN, ...OTHERS], ['sj.n.j.r2']);
  const cleaning = cleanKafka(cluster, JOB, { runs: ['r1', 'r2'], topic: 'in' });
  await expect(cleaning).rejects.toMatchObject({ code: 'LogUnavailable', retryable: true });
  expect(left()).toEqual([...OWN, ...OTHERS]);
});

test('once more is fine', async () => {
  const { cluster, left } = kafka(OTHERS);
  await cleanKafka(cluster, JOB, { runs: ['r1'], topic: 'gone' });
  expect(left()).toEqual(OTHERS);
});
