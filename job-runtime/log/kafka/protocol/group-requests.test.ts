import { createRequire } from 'node:module';
import { expect, test } from '@jest/globals';
import { heartbeatRequest } from './heartbeat.ts';
import { PROTOCOL_NAME, PROTOCOL_TYPE, joinGroupRequest } from './join-group.ts';
import { leaveGroupRequest } from './leave-group.ts';
import { syncGroupRequest } from './sync-group.ts';
import { WireReader, WireWriter } from './wire.ts';
import type { BrokerRequest } from './wire.ts';

const require = createRequire(import.meta.url);

interface KafkajsRequest {
  readonly apiKey: number;
  readonly apiName: string;
  readonly apiVersion: number;
  readonly encode: () => Promise<{ readonly buffer: Buffer }>;
}

const kafkajs = (request: string, options: object): KafkajsRequest =>
  (require(`kafkajs/src/protocol/requests/${request}/request.js`) as (of: object) => KafkajsRequest)(options);

function written<T>(request: BrokerRequest<T>): Buffer {
  const out = new WireWriter(1);
  request.write(out);
  return Buffer.from(out.toBytes());
}

function readBack<T>(request: BrokerRequest<T>, write: (out: WireWriter) => void): { answer: T; isRead: boolean } {
  const out = new WireWriter();
  write(out);
  const from = new WireReader(out.toBytes());
  const answer = request.read(from);
  return { answer, isRead: from.at === out.length };
}

function writeBytes(out: WireWriter, bytes: Uint8Array): void {
  out.int32(bytes.length);
  out.slice(bytes, 0, bytes.length);
}

const metadata = Buffer.from('métadonnées');
const member = { group: 'gruppe ä', memberId: 'test-1', generation: 70_000 };
const join = joinGroupRequest({ ...member, sessionTimeoutMillis: 10_000, rebalanceTimeoutMillis: 30_000, metadata });
const sync = syncGroupRequest({ ...member, assignments: new Map([['a', metadata]]), holdMillis: 1 });
const heartbeat = heartbeatRequest({ ...member, answerMillis: 1000 });
const leave = leaveGroupRequest(member.group, member.memberId);

test.each([
  {
    ours: join as BrokerRequest<unknown>,
    theirs: kafkajs('joinGroup/v5', {
      groupId: member.group,
      sessionTimeout: 10_000,
      rebalanceTimeout: 30_000,
      memberId: member.memberId,
      protocolType: PROTOCOL_TYPE,
      groupProtocols: [{ name: PROTOCOL_NAME, metadata }],
    }),
  },
  {
    ours: sync,
    theirs: kafkajs('syncGroup/v3', {
      groupId: member.group,
      generationId: member.generation,
      memberId: member.memberId,
      groupAssignment: [{ memberId: 'a', memberAssignment: metadata }],
    }),
  },
  {
    ours: heartbeat,
    theirs: kafkajs('heartbeat/v3', {
      groupId: member.group,
      groupGenerationId: member.generation,
      memberId: member.memberId,
      groupInstanceId: null,
    }),
  },
  { ours: leave, theirs: kafkajs('leaveGroup/v2', { groupId: member.group, memberId: member.memberId }) },
])('$ours.apiName is written as kafkajs writes it', async ({ ours, theirs }) => {
  expect(written(ours)).toEqual((await theirs.encode()).buffer);
  expect(ours).toMatchObject({ apiKey: theirs.apiKey, apiName: theirs.apiName, apiVersion: theirs.apiVersion });
});

test('the broker may hold a JoinGroup for the rebalance timeout and 5 s, and a heartbeat not at all', () => {
  expect(join.holdMillis).toBe(35_000);
  expect(heartbeat.answerMillis).toBe(1000);
});

test('the answer to JoinGroup is read to its end, with what the members say', () => {
  const { answer, isRead } = readBack(join, (out) => {
    out.int32(0);
    out.int16(0);
    out.int32(7);
    out.string(PROTOCOL_NAME);
    out.string('leader');
    out.string('me');
    out.array(['leader', 'me'], (id) => {
      out.string(id);
      out.string(null);
      writeBytes(out, Buffer.from(id));
    });
  });
  const said = answer.members.map((each) => ({ ...each, metadata: Buffer.from(each.metadata).toString() }));
  expect({ ...answer, members: said }).toEqual({
    error: 0,
    generation: 7,
    leader: 'leader',
    memberId: 'me',
    members: [
      { memberId: 'leader', metadata: 'leader' },
      { memberId: 'me', metadata: 'me' },
    ],
  });
  expect(isRead).toBe(true);
});

test('the refusal of a JoinGroup is read to its end', () => {
  const { answer, isRead } = readBack(join, (out) => {
    out.int32(0);
    out.int16(79);
    out.int32(-1);
    out.string(null);
    out.string('');
    out.string('test-2');
    out.array([], () => undefined);
  });
  expect(answer).toEqual({ error: 79, generation: -1, leader: '', memberId: 'test-2', members: [] });
  expect(isRead).toBe(true);
});

test.each([
  { name: 'a part', part: metadata },
  { name: 'no part', part: Buffer.alloc(0) },
])('the answer to SyncGroup with $name is read to its end', ({ part }) => {
  const { answer, isRead } = readBack(sync, (out) => {
    out.int32(0);
    out.int16(27);
    writeBytes(out, part);
  });
  expect(answer.error).toBe(27);
  expect(Buffer.from(answer.assignment)).toEqual(part);
  expect(isRead).toBe(true);
});

test.each([heartbeat, leave])('the answer to $apiName is read to its end', (request) => {
  const { answer, isRead } = readBack(request, (out) => {
    out.int32(0);
    out.int16(25);
  });
  expect(answer).toEqual({ error: 25 });
  expect(isRead).toBe(true);
});
