import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { startEvents } from '../../../infra/local/events.ts';
import { entryFailure, requestFailure } from '../../../infra/local/events-entries.ts';
import { temporaryFolder } from './fixtures.ts';

async function start() {
  const path = join(temporaryFolder(), 'events.jsonl');
  const lines: string[] = [];
  const events = await startEvents({
    path,
    accessKeyId: 'KEY',
    account: '000000000000',
    region: 'cn-north-1',
    log: (line) => lines.push(line),
    now: () => Date.parse('2026-01-01T00:00:00.500Z'),
  });
  const client = new EventBridgeClient({
    endpoint: events.endpoint,
    region: 'cn-north-1',
    credentials: { accessKeyId: 'KEY', secretAccessKey: 'any' },
    maxAttempts: 1,
  });
  onTestFinished(async () => {
    client.destroy();
    await events.stop();
  });
  return {
    events,
    path,
    lines,
    put: (...Entries: PutEventsRequestEntry[]) => client.send(new PutEventsCommand({ Entries })),
  };
}

const entry = { Source: 'signet', DetailType: 'Verification decided', Detail: '{"id":"a"}' };

test('events are kept whole, shown, and logged without what is in them', async () => {
  const { put, events, path, lines } = await start();
  const Time = new Date('2025-12-31T23:59:59Z');
  const { FailedEntryCount, Entries = [] } = await put({ ...entry, Resources: ['arn'] }, { ...entry, Time });
  expect(FailedEntryCount).toBe(0);
  const common = {
    version: '0',
    'detail-type': 'Verification decided',
    source: 'signet',
    account: '000000000000',
    region: 'cn-north-1',
    detail: { id: 'a' },
  };
  const expected = [
    { ...common, id: Entries[0]?.EventId, time: '2026-01-01T00:00:00Z', resources: ['arn'] },
    { ...common, id: Entries[1]?.EventId, time: '2025-12-31T23:59:59Z', resources: [] },
  ];
  expect(events.latest()).toEqual(expected);
  const kept = readFileSync(path, 'utf8').trimEnd().split('\n');
  expect(kept.map((line) => JSON.parse(line) as unknown)).toEqual(expected);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(lines).toEqual(Array(2).fill('event: "signet" "Verification decided"'));
});

test.each<[object, string, string]>([
  [{ Source: '' }, 'InvalidArgument', 'Parameter Source is not valid. Reason: Source is a required argument.'],
  [{ DetailType: undefined }, 'InvalidArgument', 'Reason: DetailType is a required argument.'],
  [{ Detail: undefined }, 'InvalidArgument', 'Reason: Detail is a required argument.'],
  [{ Detail: '{' }, 'MalformedDetail', 'Detail is malformed.'],
  [{ Detail: '[]' }, 'MalformedDetail', 'Detail is malformed.'],
  [{ Source: 'aws.states' }, 'NotAuthorizedForSourceException', 'source'],
])('an entry with %j fails alone', async (wrong, code, message) => {
  const { put, events } = await start();
  const { FailedEntryCount, Entries = [] } = await put({ ...entry, ...wrong }, entry);
  expect(FailedEntryCount).toBe(1);
  expect(Entries[0]).toEqual({ ErrorCode: code, ErrorMessage: expect.stringContaining(message) as string });
  expect(events.latest().map(({ id }) => id)).toEqual([Entries[1]?.EventId]);
});

test('a request takes ten entries and 262,144 bytes', async () => {
  const { put, events } = await start();
  expect((await put(...Array<typeof entry>(10).fill(entry))).FailedEntryCount).toBe(0);
  await expect(put(...Array<typeof entry>(11).fill(entry))).rejects.toMatchObject({ name: 'ValidationException' });
  await expect(put()).rejects.toMatchObject({ name: 'ValidationException' });
  const own = 'signet'.length + entry.DetailType.length + '{"x":""}'.length;
  const sized = (bytes: number) => ({ ...entry, Detail: JSON.stringify({ x: 'x'.repeat(bytes - own) }) });
  expect((await put(sized(262_144))).FailedEntryCount).toBe(0);
  await expect(put(sized(262_145))).rejects.toMatchObject({
    name: 'ValidationException',
    message: 'Total size of the entries in the request is over the limit.',
  });
  await expect(put({ ...sized(262_144), Time: new Date() })).rejects.toMatchObject({ name: 'ValidationException' });
  expect(events.latest()).toHaveLength(11);
});

test('the latest hundred are shown', async () => {
  const { events } = await start();
  for (let index = 0; index < 101; index += 1) {
    events.put({ Entries: [{ ...entry, Detail: JSON.stringify({ index }) }] });
  }
  const shown = events.latest().map(({ detail }) => (detail as { index: number }).index);
  expect([shown.length, shown[0], shown.at(-1)]).toEqual([100, 1, 100]);
});

test('whatever JSON an entry is, it is taken or refused', () => {
  fc.assert(
    fc.property(fc.object(), fc.json(), (more, Detail) => {
      const isDetail = /^\s*\{/.test(Detail);
      expect(entryFailure({ ...entry, Detail })?.ErrorCode).toBe(isDetail ? undefined : 'MalformedDetail');
      expect(() => [requestFailure([more]), entryFailure(more)]).not.toThrow();
    }),
  );
});
