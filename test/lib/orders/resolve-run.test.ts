import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UpstreamFailure } from '#signing';
import { createBreaker } from '../../../lib/flow/breaker.ts';
import { marked, person } from '../../support/world.ts';
import { createResolvingWorld, type ResolvingWorld, slugOf } from './resolving.ts';

let world: ResolvingWorld;
beforeAll(async () => {
  world = await createResolvingWorld();
});
afterAll(() => world.stop());

let made = 0;
const fresh = () => {
  made += 1;
  return `Q${made}`;
};

describe('queries that fail', () => {
  it('are asked every five minutes for 60 hours, then the order is unresolved', async () => {
    const other = await createResolvingWorld();
    const orderNo = fresh();
    other.lose('driver-license-ocr', true);
    await other.buy('driver-license-ocr', orderNo);
    const { sentAt } = await other.record(orderNo);
    let asked = 0;
    const { upstream } = other.context;
    const real = upstream.send;
    upstream.send = async (request) => {
      if (!request.path.includes('querydriverlicense')) return real(request);
      asked += 1;
      throw new UpstreamFailure('timeout', 'DEADLINE');
    };
    await other.pass(30);
    // Three tries each time.
    expect(asked / 3).toBe(6);
    expect(await other.record(orderNo)).toMatchObject({ state: 'unknown', nextQueryAt: expect.any(Number) });
    other.clock = sentAt + 60 * 3_600_000 - 400_000;
    await other.pass(6);
    expect(await other.record(orderNo)).toMatchObject({ state: 'unknown' });
    await other.pass(2);
    expect(await other.record(orderNo)).toMatchObject({ state: 'unresolved', reason: 'query-failed' });
    await other.stop();
  });

  it('do not delay what is found once the upstream is back', async () => {
    const orderNo = fresh();
    world.lose('vehicle-license-ocr', true);
    await world.buy('vehicle-license-ocr', orderNo);
    world.simulator.configure({
      faults: [{ kind: 'html', path: '/api/v2/ocrbase/queryvehiclelicenseocrresult', times: 1e9 }],
    });
    await world.pass(20);
    expect(await world.record(orderNo)).toMatchObject({ state: 'unknown' });
    world.simulator.configure({ faults: [] });
    await world.pass(5);
    expect(await world.record(orderNo)).toMatchObject({ state: 'succeeded' });
  });

  it.each([
    ['no ticket', () => world.dropTicket()],
    ['an answer without any value', () => {}],
  ])('because of %s are failures, never outcomes', async (what, spoil) => {
    const orderNo = fresh();
    world.lose('bank-card-ocr', true);
    await world.buy('bank-card-ocr', orderNo);
    const { upstream } = world.context;
    const real = upstream.send;
    upstream.send = async (request) =>
      request.path.includes('getBankCardOcrResult')
        ? { status: 200, body: Buffer.from('{"code":"0","result":{"operateTime":"2026-01-05 10:00:00"}}') }
        : real(request);
    spoil();
    world.clock += what === 'no ticket' ? 4_000_000 : 60_000;
    await world.tick();
    upstream.send = real;
    expect(await world.record(orderNo)).toMatchObject({ state: 'unknown', nextQueryAt: world.clock + 300_000 });
    await world.pass(6);
    expect(await world.record(orderNo)).toMatchObject({ state: 'succeeded' });
  });

  it('five in a row in one run: the others wait without being asked', async () => {
    const other = await createResolvingWorld();
    Object.assign(other.context, { breaker: createBreaker(other.context.now) });
    const numbers = Array.from({ length: 12 }, fresh);
    for (const orderNo of numbers) {
      // Each is lost, so the breaker of the upload opens as well.
      other.clock += 40_000;
      await other.refresh();
      other.lose('driver-license-ocr', true);
      await other.buy('driver-license-ocr', orderNo);
    }
    let asked = 0;
    const { upstream } = other.context;
    const real = upstream.send;
    upstream.send = async (request) => {
      if (!request.path.includes('querydriverlicense')) return real(request);
      asked += 1;
      throw new UpstreamFailure('broken', 'ECONNRESET');
    };
    other.clock += 60_000;
    expect(await other.tick()).toMatchObject({ due: 12, ended: 0 });
    expect(asked / 3).toBeLessThanOrEqual(8);
    upstream.send = real;
    // Five minutes later one of them tries whether the query is back; who comes meanwhile waits five minutes more.
    await other.pass(11);
    for (const orderNo of numbers) expect(await other.record(orderNo)).toMatchObject({ state: 'succeeded' });
    await other.stop();
  });
});

describe('what the query says', () => {
  it('a code about the picture is how the order itself ended', async () => {
    const orderNo = fresh();
    world.lose('id-card-ocr', true);
    await world.buy('id-card-ocr', orderNo);
    const { upstream } = world.context;
    const real = upstream.send;
    upstream.send = async () => ({ status: 200, body: Buffer.from('{"code":"66661008","bizSeqNo":"q1"}') });
    world.clock += 60_000;
    await world.tick();
    upstream.send = real;
    expect(await world.record(orderNo)).toMatchObject({ state: 'rejected', code: '66661008', billed: 'no' });
    const again = await world.buy('id-card-ocr', orderNo);
    expect([again.status, slugOf(again.body)]).toEqual([422, 'upstream-rejected-input']);
    expect(again.body).toMatchObject({ reason: 'document-unreadable', billed: 'no', upstream: { code: '66661008' } });
  });

  it('keeps order data only', async () => {
    const orderNo = fresh();
    world.lose('bank-card-ocr', true);
    await world.buy('bank-card-ocr', orderNo, { photo: marked('warning=-9110 clarity=42') });
    await world.pass(1);
    const { result } = await world.record(orderNo);
    expect(result).toEqual({ warnings: ['invalid-date'], clarity: 42 });
  });

  it('on another profile than that of the order, "not found" proves nothing', async () => {
    const orderNo = fresh();
    world.lose('driver-license-ocr', false);
    await world.buy('driver-license-ocr', orderNo);
    const { context } = world;
    const { profile } = context;
    Object.assign(context, { profile: { ...profile, name: 'kyc1' } });
    await world.pass(8);
    Object.assign(context, { profile });
    expect(await world.record(orderNo)).toMatchObject({ state: 'unresolved', reason: 'not-found-proves-nothing' });
  });
});

describe('a run', () => {
  it('does nothing with too little time left', async () => {
    const orderNo = fresh();
    world.lose('driver-license-ocr', true);
    await world.buy('driver-license-ocr', orderNo);
    world.clock += 60_000;
    expect(await world.tick(7_999)).toEqual({ due: 0, ended: 0, unresolved: 0, oldest: 0 });
    expect(await world.tick(8_000)).toMatchObject({ due: 1, ended: 1 });
    expect(world.measured.slice(-2)).toEqual([
      ['OrdersDue ', 1],
      ['OldestUnknownOrder ', expect.any(Number)],
    ]);
  });

  it('goes on when one order cannot be read, and comes back to it', async () => {
    const numbers = Array.from({ length: 3 }, fresh);
    for (const orderNo of numbers) {
      world.lose('driver-license-ocr', true);
      await world.buy('driver-license-ocr', orderNo);
    }
    const { ledger } = world.context;
    const { read } = ledger;
    ledger.read = async (orderNo) => (orderNo === numbers[1] ? Promise.reject(new Error('down')) : read(orderNo));
    world.clock += 60_000;
    expect(await world.tick()).toMatchObject({ due: 2, ended: 2 });
    ledger.read = read;
    expect(await world.tick()).toMatchObject({ due: 1, ended: 1 });
  });

  it('leaves alone what has moved on since the index was read', async () => {
    const orderNo = fresh();
    await world.buy('driver-license-ocr', orderNo);
    const { ledger } = world.context;
    const { due } = ledger;
    ledger.due = async () => ({ keys: [orderNo, 'nosuchorder'] });
    const before = await world.record(orderNo);
    expect(await world.tick()).toMatchObject({ due: 0 });
    ledger.due = due;
    expect(await world.record(orderNo)).toEqual(before);
  });

  it('does not overwrite the late answer of an owner', async () => {
    const orderNo = fresh();
    world.lose('driver-license-ocr', false);
    await world.buy('driver-license-ocr', orderNo);
    const { ledger } = world.context;
    const { resolve } = ledger;
    const end = { code: '0', bizSeqNo: 'b1', at: null, outcome: 'read', reason: null, billed: 'yes' as const };
    ledger.resolve = async (record, resolution) => {
      expect(await ledger.end(orderNo, record.attemptId, 'succeeded', end)).toBe(true);
      return resolve(record, resolution);
    };
    world.clock += 60_000;
    expect(await world.tick()).toMatchObject({ due: 1, ended: 0 });
    ledger.resolve = resolve;
    expect(await world.record(orderNo)).toMatchObject({ state: 'succeeded', bizSeqNo: 'b1' });
  });

  it('says so when the index cannot be read', async () => {
    const { ledger } = world.context;
    const { due } = ledger;
    ledger.due = async () => Promise.reject(Object.assign(new Error(person.name), { name: 'TimeoutError' }));
    await expect(world.tick()).rejects.toThrow();
    ledger.due = due;
    expect(world.events('orders-not-resolved').at(-1)).toMatchObject({ level: 'error', fault: 'TimeoutError' });
    expect(world.lines.join('')).not.toContain(person.name);
  });

  it('reads the index page by page', async () => {
    const other = await createResolvingWorld();
    const numbers = Array.from({ length: 120 }, fresh);
    for (const orderNo of numbers) {
      other.lose('liveness-challenge', true);
      await other.buy('liveness-challenge', orderNo);
    }
    other.clock += 400_000;
    expect(await other.tick()).toMatchObject({ due: 120, ended: 120, unresolved: 120 });
    expect(await other.tick()).toMatchObject({ due: 0 });
    await other.stop();
  });
});
