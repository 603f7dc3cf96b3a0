import { describe, expect, it } from '@jest/globals';
import { CONDITION_REASONS } from '../../crds/conditions.ts';
import type { StreamJobStatus } from '../../crds/status.ts';
import { aimOf } from './aim.ts';
import { judge } from './judge.ts';
import { WHOLE_AND_PODS } from './judge-deployed.test-kit.ts';
import { RECORDS } from './judge-progress.test-kit.ts';
import { SPEC_AND_KAFKA } from './judge-spec.test-kit.ts';
import { afterwards, completed, MOVING, running, suspended } from './judge.test-kit.ts';
import type { Observed } from './observed.ts';
import { observed, podOf } from './observed.test-kit.ts';
import { World } from './world.test-kit.ts';

const CASES = [...WHOLE_AND_PODS, ...SPEC_AND_KAFKA, ...RECORDS];

const judgedOf = (facts: Observed): ReturnType<typeof judge> => judge(facts, aimOf(facts));

describe('judge', () => {
  it.each(CASES)('$want when $name', ({ of, want, says }) => {
    const [type] = want.split(' ');
    const found = judgedOf(of()).find((judgement) => judgement.type === type)!;
    expect(`${found.type} ${found.status} ${found.reason}`).toBe(want);
    expect(found.message).toContain(says ?? '');
  });

  it('gives every reason there is, as the table above shows', () => {
    const given = new Set(CASES.map(({ want }) => want.replace(/ (True|False|Unknown) /, ' ')));
    const all = Object.entries(CONDITION_REASONS).flatMap(([type, reasons]) =>
      reasons.map((reason) => `${type} ${reason}`),
    );
    expect(all.filter((reason) => !given.has(reason))).toEqual([]);
  });

  it('judges every type once, whatever there is', () => {
    for (const facts of [observed(), running(), suspended(), completed()]) {
      expect(judgedOf(facts).map(({ type }) => type)).toEqual(Object.keys(CONDITION_REASONS));
    }
  });

  it('cuts what is longer than a condition may be', () => {
    const facts = running({}, { applyTrouble: { reason: 'ApplyFailed', message: '🙂'.repeat(40_000) } });
    for (const { message } of judgedOf(facts)) {
      expect(message.length).toBeLessThanOrEqual(32_768);
      expect(message.isWellFormed()).toBe(true);
    }
  });

  it('names the spec that ran before while the pods of the present one fail', () => {
    const world = World.running();
    const [before] = world.revisions();
    world.edit({ spec: { 'spec.window.watermark': { delay: '5s' } } });
    world.reconcile();
    world.pods = [podOf({ isReady: false, failure: { reason: 'CrashLoopBackOff', message: 'it ended' } })];
    const deployed = judgedOf(world.observe()).find(({ type }) => type === 'Deployed');
    expect(deployed?.message).toContain(`kubectl get configmap job-${before} -n team`);
  });

  it('names the youngest of several revisions, in whichever order they come', () => {
    const world = World.running();
    const pods = [podOf({ isReady: false, failure: { reason: 'CrashLoopBackOff', message: 'it ended' } })];
    for (const delay of ['5s', '6s']) {
      world.edit({ spec: { 'spec.window.watermark': { delay } } });
      world.pass();
    }
    const facts = { ...world.observe(), pods };
    const turned = { ...facts, owned: facts.owned.toReversed() };
    expect(judgedOf(turned)).toEqual(judgedOf(facts));
  });

  it('does not carry over to a run what was judged of the one before', () => {
    const facts = afterwards(MOVING);
    const status: StreamJobStatus = { ...facts.job.status, run: 'another' };
    const judged = judgedOf({ ...facts, job: { ...facts.job, status } });
    expect(judged.find(({ type }) => type === 'Progressing')?.reason).toBe('NotStarted');
  });
});
