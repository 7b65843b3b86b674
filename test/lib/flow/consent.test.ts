import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bytesOf } from '../../support/body.ts';
import { person } from '../../support/world.ts';
import { createResolvingWorld, type ResolvingWorld, slugOf } from '../orders/resolving.ts';

/** A consent of unknown outcome: its query needs what only the caller knows (reliability, section 4.4). */
let world: ResolvingWorld;
// Each test has an upstream that knows of no consent.
beforeEach(async () => {
  world = await createResolvingWorld();
});
afterEach(() => world.stop());

const orderNo = 'C1';
const userId = 'user1';

const record = () => world.buy('consent-record', orderNo, { userId });
const checks = () => world.callsOf('consent-check').length;
async function lost(executed: boolean): Promise<void> {
  world.lose('consent-record', executed);
  const { status, body } = await record();
  expect([status, slugOf(body), body.billed]).toEqual([504, 'upstream-timeout', 'unknown']);
}

describe('a consent of unknown outcome', () => {
  it('that was recorded is found when the caller repeats the order', async () => {
    await lost(true);
    world.clock += 10_000;
    const { status, headers, body } = await record();
    expect([status, headers['idempotent-replayed'], body.outcome, body.billed]).toEqual([
      200,
      'true',
      'recorded',
      'unknown',
    ]);
    expect(body.result).toEqual({ recordedAt: expect.stringMatching(/^2026-01-05T.*\+08:00$/) });
    expect(await world.record(orderNo)).toMatchObject({ state: 'succeeded', code: '0' });
    expect(world.events('order-resolved').at(-1)).toMatchObject({ orderNo, state: 'succeeded' });
    expect(world.measured).toContainEqual(['OrdersResolved consent-record', 1]);
    const asked = checks();
    expect((await record()).body).toEqual(body);
    expect(checks()).toBe(asked);
    expect(world.booked(orderNo).map(({ calls }) => calls)).toEqual([1]);
  });

  it('asks with the input alone, under a number of its own', async () => {
    await lost(true);
    await record();
    const wire = world.callsOf('consent-check').at(-1)!.body!;
    const sent = JSON.parse(bytesOf(wire).toString());
    expect(sent).toMatchObject({ userId, name: person.name, idNo: person.idNo });
    expect(sent.orderNo).not.toBe(orderNo);
    expect(sent).not.toHaveProperty('protocolFileStr');
  });

  it('that was not recorded is believed after five minutes and two repeats, a minute apart', async () => {
    await lost(false);
    const states: string[] = [];
    // Minutes after the order.
    for (const minute of [1, 4, 6, 6.5, 7.1]) {
      const { sentAt } = await world.record(orderNo);
      world.clock = sentAt + minute * 60_000;
      await world.refresh();
      const { status, body } = await record();
      states.push(`${status} ${slugOf(body)} ${body.billed}`);
    }
    const unknown = '409 order-outcome-unknown unknown';
    expect(states).toEqual([unknown, unknown, unknown, unknown, '424 order-not-charged no']);
    expect(await world.record(orderNo)).toMatchObject({ state: 'not-charged', billed: 'no' });
    expect(world.booked(orderNo)).toEqual([]);
  });

  it('is left alone by the resolver, which ends it as unresolved after 60 hours', async () => {
    await lost(true);
    const asked = checks();
    const { sentAt } = await world.record(orderNo);
    await world.pass(10);
    expect(await world.record(orderNo)).toMatchObject({ state: 'unknown', nextQueryAt: expect.any(Number) });
    world.clock = sentAt + 60 * 3_600_000 - 120_000;
    await world.pass(1);
    expect(await world.record(orderNo)).toMatchObject({ state: 'unknown' });
    await world.pass(2);
    expect(await world.record(orderNo)).toMatchObject({ state: 'unresolved', reason: 'no-query' });
    expect(checks()).toBe(asked);
    const { status, body } = await record();
    expect([status, slugOf(body)]).toEqual([424, 'order-unresolved']);
  });

  it('is not settled by the consent of somebody else, a query that fails or a store that does', async () => {
    await lost(true);
    const { upstream, ledger } = world.context;
    const { send } = upstream;
    const unsettled = async () => {
      const { status, body } = await record();
      expect([status, slugOf(body), body.billed]).toEqual([409, 'order-outcome-unknown', 'unknown']);
      expect(await world.record(orderNo)).toMatchObject({ state: 'unknown' });
    };
    upstream.send = async () => ({ status: 200, body: Buffer.from('{"code":"0","result":{"userId":"other1"}}') });
    await unsettled();
    upstream.send = async () => ({ status: 200, body: Buffer.from('<html>') });
    await unsettled();
    upstream.send = send;
    const { resolve } = ledger;
    ledger.resolve = async () => Promise.reject(new Error('down'));
    await unsettled();
    ledger.resolve = resolve;
    expect((await record()).status).toBe(200);
  });

  it('is not asked about while its owner may be alive, or with other input', async () => {
    const { ledger } = world.context;
    const { giveUp } = ledger;
    ledger.giveUp = async () => Promise.reject(new Error('the process is gone'));
    await lost(true);
    ledger.giveUp = giveUp;
    const asked = checks();
    const { sentAt } = await world.record(orderNo);
    world.clock = sentAt + 29_000;
    expect(slugOf((await record()).body)).toBe('order-in-progress');
    world.clock = sentAt + 60_000;
    const other = await world.buy('consent-record', orderNo, { userId: 'other1' });
    expect([other.status, slugOf(other.body)]).toEqual([422, 'order-payload-mismatch']);
    expect(checks()).toBe(asked);
    expect((await record()).body.outcome).toBe('recorded');
  });
});
