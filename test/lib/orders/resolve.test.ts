import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Context } from '../../../lib/flow/context.ts';
import type { ProfileName } from '../../../lib/operation.ts';
import { operations } from '../../../lib/operations/index.ts';
import { createResolvingWorld, type ResolvingWorld, slugOf } from './resolving.ts';

let world: ResolvingWorld;
beforeAll(async () => {
  world = await createResolvingWorld();
});
afterAll(() => world.stop());

let made = 0;
const fresh = () => {
  made += 1;
  return `R${made}`;
};

const withQuery = ['id-card-ocr', 'bank-card-ocr', 'driver-license-ocr', 'vehicle-license-ocr'];

describe.each(withQuery)('%s, worked on but not answered', (name) => {
  it('is found at the first tick after 30 s, and answers its result again', async () => {
    const orderNo = fresh();
    world.lose(name, true);
    const lost = await world.buy(name, orderNo);
    expect([lost.status, slugOf(lost.body), lost.body.billed]).toEqual([504, 'upstream-timeout', 'unknown']);
    await world.pass(1);
    const record = await world.record(orderNo);
    expect(record).toMatchObject({ state: 'succeeded', outcome: 'read', reason: null, code: '0', billed: 'yes' });
    expect(record).not.toHaveProperty('nextQueryAt');
    expect(record.ttl).toBeGreaterThan(world.clock / 1000 + 94 * 86_400);
    const again = await world.buy(name, orderNo);
    expect([again.status, again.headers['idempotent-replayed'], again.body.billed]).toEqual([200, 'true', 'yes']);
    const other = await world.buy(name, fresh());
    expect(again.body.result).toEqual(other.body.result);
    expect(world.booked(orderNo)).toEqual([{ calls: 1, charged: 1 }]);
    expect(world.events('order-resolved').at(-1)).toMatchObject({ orderNo, operation: name, state: 'succeeded' });
    expect(world.measured).toContainEqual([`OrdersResolved ${name}`, 1]);
  });
});

describe('an order that the upstream never worked on', () => {
  const cases: [string, string, ProfileName, Partial<Context['policy']>, string, number, string][] = [
    ['driver-license-ocr', 'everywhere', 'webank', {}, 'not-charged', 424, 'order-not-charged'],
    ['vehicle-license-ocr', 'everywhere', 'kyc1', {}, 'not-charged', 424, 'order-not-charged'],
    ['bank-card-ocr', 'on one host', 'tencentcloud', {}, 'not-charged', 424, 'order-not-charged'],
    ['bank-card-ocr', 'on two hosts', 'webank', {}, 'unresolved', 424, 'order-unresolved'],
    [
      'bank-card-ocr',
      'on two hosts, confirmed',
      'webank',
      { notFoundProves: ['bank-card-ocr'] },
      'not-charged',
      424,
      'order-not-charged',
    ],
    ['id-card-ocr', 'unconfirmed', 'tencentcloud', {}, 'unresolved', 424, 'order-unresolved'],
    [
      'id-card-ocr',
      'confirmed',
      'tencentcloud',
      { notFoundProves: ['id-card-ocr'] },
      'not-charged',
      424,
      'order-not-charged',
    ],
  ];
  it.each(cases)('%s, %s (%s): %o ends %s', async (name, _where, profile, policy, state, status, problem) => {
    const other = await createResolvingWorld({ profile, policy });
    const orderNo = fresh();
    other.lose(name, false);
    await other.buy(name, orderNo);
    const query = operations.find((operation) => operation.name === name)!.order as { query: string };
    const seen: [seconds: number, state: string, known: boolean][] = [];
    const { sentAt } = await other.record(orderNo);
    for (let minute = 1; minute <= 9; minute += 1) {
      await other.pass(1);
      const record = await other.record(orderNo);
      seen.push([(other.clock - sentAt) / 1000, record.state, record.notFoundAt !== undefined]);
    }
    // Asked at 60, 120, 180 and 360 s; what is said before five minutes counts for nothing.
    expect(seen.slice(0, 6).map(([, , known]) => known)).toEqual([false, false, false, false, false, true]);
    expect(seen.slice(0, 6).every(([, now]) => now === 'unknown')).toBe(true);
    expect(seen[6]![1]).toBe(state);
    expect(other.callsOf(query.query)).toHaveLength(5);
    const billed = state === 'not-charged' ? 'no' : 'unknown';
    expect(await other.record(orderNo)).toMatchObject({ state, billed, outcome: null });
    const again = await other.buy(name, orderNo);
    expect([again.status, slugOf(again.body), again.body.billed]).toEqual([status, problem, billed]);
    expect(again.body.retry).toEqual({ sameOrder: false });
    expect((await other.order(orderNo)).body).toMatchObject({ state, billed });
    expect(other.booked(orderNo)).toEqual([]);
    await other.stop();
  });
});

describe('an operation without a query', () => {
  const without = operations.filter(({ order }) => order.kind === 'creates' && order.query === undefined);
  it.each(without.map(({ name }) => name))('%s is unresolved after five minutes, unasked', async (name) => {
    const orderNo = fresh();
    world.lose(name, true);
    await world.buy(name, orderNo);
    await world.pass(5);
    expect(await world.record(orderNo)).toMatchObject({ state: 'unknown' });
    const calls = world.calls().length;
    await world.pass(1);
    expect(await world.record(orderNo)).toMatchObject({ state: 'unresolved', billed: 'unknown', reason: 'no-query' });
    expect(world.calls().length).toBe(calls);
    const again = await world.buy(name, orderNo);
    expect([again.status, slugOf(again.body), again.body.billed]).toEqual([424, 'order-unresolved', 'unknown']);
    expect(again.body.detail).toContain('A new order may be charged again');
    expect(world.events('order-unresolved').at(-1)).toMatchObject({ level: 'error', orderNo, state: 'unresolved' });
    expect(world.measured).toContainEqual([`OrdersUnresolved ${name}`, 1]);
  });

  it('the second step of a pair ends like it, and its challenge stays readable', async () => {
    const orderNo = fresh();
    const issued = await world.buy('liveness-challenge', orderNo);
    world.lose('liveness-verify', true);
    await world.buy('liveness-verify', orderNo);
    await world.pass(6);
    expect(await world.record(orderNo)).toMatchObject({ operation: 'liveness-verify', state: 'unresolved' });
    expect((await world.buy('liveness-challenge', orderNo)).body).toEqual(issued.body);
  });
});

describe('an owner that is gone', () => {
  const abandoned = async (name: string, orderNo: string) => {
    const { ledger } = world.context;
    const { giveUp } = ledger;
    ledger.giveUp = async () => Promise.reject(new Error('the process is gone'));
    world.lose(name, true);
    await world.buy(name, orderNo);
    ledger.giveUp = giveUp;
    expect(await world.record(orderNo)).toMatchObject({ state: 'sent' });
  };

  it('leaves an order that is found like any other', async () => {
    const orderNo = fresh();
    await abandoned('driver-license-ocr', orderNo);
    await world.pass(1);
    expect(await world.record(orderNo)).toMatchObject({ state: 'succeeded', billed: 'yes' });
  });

  it('is believed gone 30 s after it has sent, not before', async () => {
    const orderNo = fresh();
    await abandoned('driver-license-ocr', orderNo);
    const { sentAt, attemptId } = await world.record(orderNo);
    world.clock = sentAt + 29_000;
    expect(await world.tick()).toMatchObject({ due: 0 });
    expect(await world.record(orderNo)).toMatchObject({ state: 'sent', attemptId, version: 1 });
    expect((await world.buy('driver-license-ocr', orderNo)).status).toBe(409);
    world.clock = sentAt + 30_000;
    expect(await world.tick()).toMatchObject({ due: 1, ended: 1 });
  });
});
