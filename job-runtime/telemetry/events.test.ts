import { describe, expect, it } from '@jest/globals';
import { Events } from './events.ts';
import { createLogger } from './logger.ts';

type Line = Readonly<Record<string, unknown>>;

function said(speak: (events: Events) => void): Line[] {
  const lines: Line[] = [];
  const log = createLogger({ write: (line) => void lines.push(JSON.parse(line) as Line) }, {});
  speak(new Events(log));
  return lines.map(({ time: _time, ...line }) => line);
}

describe('Events', () => {
  it.each<{ speak: (events: Events) => void; want: Line }>([
    {
      speak: (events) => events.started({ version: '0.1.0', role: 'consumer', uid: 'u', httpPort: 8080 }),
      want: {
        level: 'info',
        event: 'started',
        version: '0.1.0',
        role: 'consumer',
        uid: 'u',
        httpPort: 8080,
        msg: 'started',
      },
    },
    {
      speak: (events) => events.assigned({ generation: 4, tasks: 1 }),
      want: { level: 'info', event: 'assigned', generation: 4, tasks: 1, msg: 'works on 1 task' },
    },
    {
      speak: (events) => events.restored({ tasks: 3, bytes: 1024, durationMillis: 12.4 }),
      want: {
        level: 'info',
        event: 'restored',
        tasks: 3,
        bytes: 1024,
        durationMillis: 12,
        msg: 'read back the state of 3 tasks',
      },
    },
    {
      speak: (events) => events.commitFailed('the broker refused it'),
      want: { level: 'warn', event: 'commitFailed', msg: 'the broker refused it' },
    },
    {
      speak: (events) => events.dataLost('4 records are gone'),
      want: { level: 'error', event: 'dataLost', msg: '4 records are gone' },
    },
    {
      speak: (events) => events.differs('retention.ms is 1, not 2'),
      want: { level: 'warn', event: 'differs', msg: 'retention.ms is 1, not 2' },
    },
    { speak: (events) => events.done(), want: { level: 'info', event: 'done', msg: 'all is read and written' } },
    {
      speak: (events) => events.stopping('SIGTERM'),
      want: { level: 'info', event: 'stopping', reason: 'SIGTERM', msg: 'stops after a commit: SIGTERM' },
    },
    { speak: (events) => events.stopped(), want: { level: 'info', event: 'stopped', msg: 'stopped' } },
    {
      speak: (events) => events.failed('StateTooLarge', 'too much state'),
      want: { level: 'error', event: 'failed', code: 'StateTooLarge', msg: 'too much state' },
    },
  ])('says $want.event in one line', ({ speak, want }) => {
    expect(said(speak)).toEqual([want]);
  });

  it.each<{ title: string; speak: (events: Events) => void; want: string[] }>([
    { title: 'nothing while there is none', speak: (events) => events.trouble('log', undefined), want: [] },
    {
      title: 'the same once',
      speak: (events) => ['a', 'a', 'a'].forEach((text) => events.trouble('log', text)),
      want: ['trouble log: a'],
    },
    {
      title: 'another beside it, and both only once',
      speak: (events) => ['a', 'b', 'a', 'b'].forEach((text) => events.trouble('log', text)),
      want: ['trouble log: a', 'trouble log: b'],
    },
    {
      title: 'that it is over, once, and then the same again',
      speak: (events) => ['a', undefined, undefined, 'a'].forEach((text) => events.trouble('log', text)),
      want: ['trouble log: a', 'over log: the trouble of the log is over', 'trouble log: a'],
    },
    {
      title: 'that of each source for itself',
      speak: (events) => {
        events.trouble('log', 'a');
        events.trouble('sink', 'a');
        events.trouble('log', undefined);
        events.trouble('sink', 'a');
      },
      want: ['trouble log: a', 'trouble sink: a', 'over log: the trouble of the log is over'],
    },
  ])('of trouble says $title', ({ speak, want }) => {
    expect(said(speak).map(({ event, source, msg }) => `${event} ${source}: ${msg}`)).toEqual(want);
  });
});
