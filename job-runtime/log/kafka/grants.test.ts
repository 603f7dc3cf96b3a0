import { describe, expect, it } from '@jest/globals';
import { StreamJobError } from '../../errors.ts';
import { BrokerRefusal, withGrant } from './broker-refusal.ts';
import { onGroup, onTopic, onTransactionalId } from './failures/trial.ts';
import { ADMIN_BOUNDS, PatientRequests } from './patient-requests.ts';
import type { BrokerAccess } from './patient-requests.ts';
import { kafkaAccess } from './security.ts';

const { refused } = kafkaAccess({ brokers: ['k:9092'] }, () => Promise.resolve({}));
const ASKED = [onTransactionalId('w'), onGroup('g'), onTopic('READ', 't')];

describe('a refusal for want of an ACL', () => {
  it.each([
    { code: 29, want: 'not allowed to read topic "t": grant the user of the job READ on Topic t' },
    { code: 30, want: 'not allowed to read group "g": grant the user of the job READ on Group g' },
    {
      code: 53,
      want: 'not allowed to write transactional id "w": grant the user of the job WRITE on TransactionalId w',
    },
  ])('of code $code names the grant that it wants', ({ code, want }) => {
    const told = withGrant(new BrokerRefusal(code, 'do it', { asked: ASKED }), refused) as BrokerRefusal;
    expect(told).toMatchObject({ code: 'NotAuthorized', kafkaCode: code, message: want });
  });

  it.each([
    { what: 'nobody can tell', failure: new BrokerRefusal(29, 'do it', { asked: ASKED }), tell: undefined },
    { what: 'nothing is known to be asked', failure: new BrokerRefusal(29, 'do it'), tell: refused },
    { what: 'it is another refusal', failure: new BrokerRefusal(6, 'do it', { asked: ASKED }), tell: refused },
    { what: 'it is no refusal', failure: new StreamJobError('LogUnavailable', 'away'), tell: refused },
  ])('stays as it is where $what', ({ failure, tell }) => {
    expect(withGrant(failure, tell)).toBe(failure);
  });

  it('is told with the grant by requests', async () => {
    const watch = { struggles: new Map(), tellGrant: refused };
    const requests = new PatientRequests({ isClosed: false } as BrokerAccess, Date.now, ADMIN_BOUNDS, watch);
    const failure = new BrokerRefusal(29, 'do it', { asked: ASKED });
    await expect(requests.retry(() => Promise.reject(failure))).rejects.toThrow(/grant .* READ on Topic t$/);
  });
});

describe('the trouble of requests', () => {
  it('is what one of them has failed with for a second or longer, and is gone with it', async () => {
    let now = 0;
    const requests = new PatientRequests({ isClosed: false } as BrokerAccess, () => now, {
      ...ADMIN_BOUNDS,
      firstWaitMillis: 1,
      longestWaitMillis: 1,
    });
    const seen: (string | undefined)[] = [];
    const asked = requests.retry(() => {
      seen.push(requests.trouble?.message);
      if (seen.length > 3) return Promise.resolve('answer');
      now += 600;
      return Promise.reject(new StreamJobError('LogUnavailable', `away ${seen.length}`));
    });
    expect(await asked).toBe('answer');
    // The first failure was 600 ms in, the third 1,800 ms.
    expect(seen).toEqual([undefined, undefined, undefined, 'away 3']);
    expect(requests.trouble).toBeUndefined();
  });

  it('is shared by requests with other bounds', async () => {
    let now = 0;
    const requests = new PatientRequests({ isClosed: false } as BrokerAccess, () => now);
    let seen: string | undefined;
    let attempts = 0;
    await requests.within({ firstWaitMillis: 1 }).retry(() => {
      if (attempts++ > 0) {
        now += 1000;
        seen = requests.trouble?.message;
        return Promise.resolve();
      }
      return Promise.reject(new StreamJobError('LogUnavailable', 'away'));
    });
    expect(seen).toBe('away');
  });
});
