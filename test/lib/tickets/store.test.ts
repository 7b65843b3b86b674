import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { ticketStore } from '../../../lib/tickets/store.ts';
import { Table } from '../../campaign/dynamo/table.ts';
import { useTable } from '../orders/table.ts';

const embedded = useTable();
const table = new Table('orders', 'orderNo', { name: 'pending', partition: 'pending', sort: 'nextQueryAt' });
const memory = { send: async (command: unknown) => table.execute(command) } as unknown as DynamoDBClient;

const empty = { generation: 0, suspectGeneration: 0, lastForced: [] };
let apps = 0;
/** The item of an app id of its own, on a clock that stands still. */
function item(client: DynamoDBClient) {
  apps += 1;
  const clock = { now: 1_000_000 };
  const name = `APP${apps}`;
  const on = (other: DynamoDBClient) => ticketStore(other, 'orders', name, () => clock.now);
  return { clock, name, on, store: on(client) };
}
/** A client that carries writes out twice, as the SDK does when an answer is lost. */
const repeating = (client: DynamoDBClient) =>
  ({
    send: async (command: never) => {
      await client.send(command);
      return client.send(command);
    },
  }) as unknown as DynamoDBClient;

const engines: [string, () => DynamoDBClient][] = [
  ['the embedded DynamoDB', () => embedded.client],
  ['the table in memory', () => memory],
];

describe.each(engines)('the item of an app id in %s', (_, engine) => {
  it('is empty at first, and everybody has an own one', async () => {
    expect(await item(engine()).store.read()).toEqual(empty);
  });

  it('remembers the newest generation that was reported, and when', async () => {
    const { store, clock } = item(engine());
    for (const [reported, at, kept] of [
      [7, 100, { suspectGeneration: 7, suspectAt: 100 }],
      [7, 200, { suspectGeneration: 7, suspectAt: 100 }],
      [5, 300, { suspectGeneration: 7, suspectAt: 100 }],
      [9, 400, { suspectGeneration: 9, suspectAt: 400 }],
    ] as const) {
      clock.now = at;
      await store.report(reported);
      expect(await store.read()).toEqual({ ...empty, ...kept });
    }
  });

  it('does not hear of a generation that has been replaced', async () => {
    const { store } = item(engine());
    await store.lease('a', 2_000_000);
    await store.change('a', { generation: 8 });
    await store.report(7);
    expect(await store.read()).toMatchObject({ suspectGeneration: 0 });
    await store.report(8);
    expect(await store.read()).toMatchObject({ suspectGeneration: 8 });
  });

  it('is written once when 200 readers report at once', async () => {
    const { store, name, on } = item(engine());
    let writes = 0;
    const counting = {
      send: async (command: never) => {
        const answer = await engine().send(command);
        writes += 1;
        return answer;
      },
    } as unknown as DynamoDBClient;
    await Promise.all(Array.from({ length: 200 }, () => on(counting).report(3)));
    expect([writes, (await store.read()).suspectGeneration, name]).toEqual([1, 3, name]);
  });

  it('is leased to one owner until the lease runs out or is given back', async () => {
    const { store, clock } = item(engine());
    const takes = await Promise.all(['a', 'b', 'c'].map((owner) => store.lease(owner, clock.now + 50)));
    expect(takes.filter(Boolean)).toHaveLength(1);
    const { leaseOwner } = await store.read();
    clock.now += 49;
    expect(await store.lease('d', clock.now + 50)).toBe(false);
    clock.now += 1;
    expect(await store.lease('d', clock.now + 50)).toBe(true);
    expect(await store.change(leaseOwner!, { generation: 1 })).toBe(false);
    expect(await store.change('d', { leaseOwner: undefined, leaseUntil: undefined })).toBe(true);
    expect(await store.lease('e', clock.now + 50)).toBe(true);
  });

  it('is changed by the holder of the lease alone, and reads as it was written', async () => {
    const { store, clock } = item(engine());
    await store.lease('a', clock.now + 50);
    const intent = { owner: 'a', phase: 'ticket', at: 5, generation: 4 } as const;
    const lastForced = [1, 2, 3];
    expect(await store.change('a', { intent, lastForced, suspectGeneration: 2 })).toBe(true);
    expect(await store.change('b', { intent: undefined })).toBe(false);
    const held = { leaseOwner: 'a', leaseUntil: clock.now + 50 };
    expect(await store.read()).toEqual({
      generation: 0,
      intent,
      lastForced,
      suspectGeneration: 2,
      ...held,
    });
    const end = { generation: 4, currentVersionId: 'v', appSecretVersion: 's', intent: undefined };
    expect(await store.change('a', { ...end, leaseOwner: undefined, leaseUntil: undefined })).toBe(true);
    expect(await store.read()).toEqual({
      generation: 4,
      currentVersionId: 'v',
      appSecretVersion: 's',
      lastForced,
      suspectGeneration: 2,
    });
  });

  it('knows its own writes again when their answers are lost', async () => {
    const { store, on, clock } = item(engine());
    const twice = on(repeating(engine()));
    expect(await twice.lease('a', clock.now + 50)).toBe(true);
    expect(await twice.change('a', { generation: 2 })).toBe(true);
    expect(await twice.change('a', { generation: 3, leaseOwner: undefined, leaseUntil: undefined })).toBe(true);
    expect(await store.read()).toMatchObject({ generation: 3 });
    expect(await on(repeating(engine())).lease('b', clock.now + 50)).toBe(true);
  });
});

it('lies where no order can, and holds no secret', async () => {
  await ticketStore(embedded.client, 'orders', 'TIDA0003', () => 5).report(1);
  expect(await embedded.item('ticket#TIDA0003')).toEqual({
    orderNo: { S: 'ticket#TIDA0003' },
    suspectGeneration: { N: '1' },
    suspectAt: { N: '5' },
  });
});

it('that cannot be written is not the trouble of the caller', async () => {
  const down = { send: async () => Promise.reject(new Error('down')) } as unknown as DynamoDBClient;
  const store = ticketStore(down, 'orders', 'TIDA0001');
  await expect(store.report(1)).resolves.toBeUndefined();
  await expect(store.read()).rejects.toThrow('down');
  await expect(store.lease('a', 1)).rejects.toThrow('down');
  await expect(store.change('a', {})).rejects.toThrow('down');
});
