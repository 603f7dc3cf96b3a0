import { describe, expect, it } from '@jest/globals';
import { runOf } from './run.ts';

const METADATA = { name: 'rides', namespace: 'taxi', uid: '7c0d6a54-58d3-4a1e-9df5-6b1f3f2b9e11', generation: 1 };
const again = (text: string): typeof METADATA & { annotations: Record<string, string> } => ({
  ...METADATA,
  annotations: { 'streamjob.dev/new-run': text },
});

describe('the run of a job', () => {
  it('is the same whenever it is asked for', () => {
    expect(runOf({ metadata: METADATA, spec: {} })).toMatch(/^[0-9a-z]{8}$/);
    expect(runOf({ metadata: METADATA, spec: {} })).toBe(runOf({ metadata: { ...METADATA, generation: 7 }, spec: {} }));
  });

  it('is another one for a job that was created again', () => {
    const other = { ...METADATA, uid: '0f0e4cf4-1f0c-4f3f-a5b5-0a6f0a6d0e12' };
    expect(runOf({ metadata: other, spec: {} })).not.toBe(runOf({ metadata: METADATA, spec: {} }));
  });

  it('is another one for each text of the annotation', () => {
    const runs = [METADATA, again('1'), again('2')].map((metadata) => runOf({ metadata, spec: {} }));
    expect(new Set(runs).size).toBe(3);
  });

  it('is that of the job to resume from', () => {
    expect(runOf({ metadata: again('1'), spec: { resumeFrom: 'k3x9' } })).toBe('k3x9');
  });

  it('is of its own where resumeFrom is no run, which the schema refuses', () => {
    expect(runOf({ metadata: METADATA, spec: { resumeFrom: 'K3.x9' } })).toBe(runOf({ metadata: METADATA, spec: {} }));
  });
});
