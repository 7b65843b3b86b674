import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DynamoDBClient, UpdateItemCommand } from '#signing';
import { operationHandler } from '../../../lib/http/handler.ts';
import { faceVerify } from '../../../lib/operations/face-verify.ts';
import { createLedger } from '../../../lib/orders/ledger.ts';
import { media, person, postEvent } from '../../support/world.ts';
import { createResolvingWorld, type ResolvingWorld, slugOf } from '../orders/resolving.ts';

let world: ResolvingWorld;
beforeAll(async () => {
  world = await createResolvingWorld();
});
afterAll(() => world.stop());

let made = 0;
const fresh = () => {
  made += 1;
  return `P${made}`;
};
const face = (orderNo: string, more: object = {}) => ({ ...person, photo: media.photo, orderNo, ...more });

/** Lets the gateway use a database that does this to each write, counted from 0, until `restore`. */
function spoil(write: (count: number, apply: () => Promise<unknown>) => Promise<unknown>) {
  const { context, client, table } = world;
  const { ledger } = context;
  let writes = 0;
  const send = (command: unknown) => {
    const apply = () => client.send(command as UpdateItemCommand);
    if (!(command instanceof UpdateItemCommand)) return apply();
    writes += 1;
    return write(writes - 1, apply);
  };
  Object.assign(context, { ledger: createLedger({ send } as unknown as DynamoDBClient, table, context.now) });
  return () => Object.assign(context, { ledger });
}
const lost = () => Object.assign(new Error('socket hang up'), { name: 'TimeoutError' });
const linesAbout = (orderNo: string, event: string) => world.events(event).filter((line) => line.orderNo === orderNo);

/** Calls the handler with so much time left at each moment. */
async function invoke(body: object, remaining: () => number) {
  const handler = operationHandler(faceVerify, undefined, () => world.context);
  const lambda = { awsRequestId: 'r', getRemainingTimeInMillis: remaining } as never;
  return (await handler(postEvent(body, 'alice') as never, lambda)) as { statusCode: number; body: string };
}

describe('IDM-3: a write that is applied and whose answer is lost', () => {
  it.each([
    ['T1', 0],
    ['T4', 1],
  ])('%s: the order goes on as if nothing had happened', async (_name, which) => {
    const orderNo = fresh();
    const restore = spoil(async (count, apply) => {
      const answer = await apply();
      if (count === which) throw lost();
      return answer;
    });
    const { status, body } = await world.post('face-verify', face(orderNo));
    restore();
    expect([status, body.outcome]).toEqual([200, 'match']);
    expect(await world.record(orderNo)).toMatchObject({ state: 'succeeded', version: 2 });
    expect(world.booked(orderNo)).toEqual([{ calls: 1, charged: 1 }]);
    expect(linesAbout(orderNo, 'order-end-not-persisted')).toEqual([]);
    expect(linesAbout(orderNo, 'order-ended-elsewhere')).toEqual([]);
  });

  it('T5, the same', async () => {
    const orderNo = fresh();
    world.lose('face-verify', true);
    const restore = spoil(async (count, apply) => {
      const answer = await apply();
      if (count === 1) throw lost();
      return answer;
    });
    expect((await world.post('face-verify', face(orderNo))).status).toBe(504);
    restore();
    expect(await world.record(orderNo)).toMatchObject({ state: 'unknown', version: 2, reason: 'DEADLINE' });
    expect(linesAbout(orderNo, 'order-ended-elsewhere')).toEqual([]);
  });

  it('T1 that was not applied: nothing is sent', async () => {
    const orderNo = fresh();
    const restore = spoil(() => Promise.reject(lost()));
    const calls = world.calls().length;
    const { status, body } = await world.post('face-verify', face(orderNo));
    restore();
    expect([status, slugOf(body), body.billed, world.calls().length]).toEqual([503, 'ledger-unavailable', 'no', calls]);
    expect((await world.order(orderNo)).status).toBe(404);
  });
});

describe('DEP-6: a database that is down when the answer comes', () => {
  it.each([0, 1, 2, 10, 60])('for %i s: the caller gets the true answer, and the record follows', async (seconds) => {
    const orderNo = fresh();
    let downUntil = 0;
    const restore = spoil((count, apply) => {
      if (count === 1) downUntil = world.clock + seconds * 1_000;
      return count > 0 && world.clock < downUntil ? Promise.reject(lost()) : apply();
    });
    const { status, body } = await world.buy('driver-license-ocr', orderNo);
    restore();
    expect([status, body.outcome, body.billed]).toEqual([200, 'read', 'yes']);
    const told = linesAbout(orderNo, 'order-end-not-persisted');
    if (seconds <= 2) {
      expect(await world.record(orderNo)).toMatchObject({ state: 'succeeded', billed: 'yes' });
      expect(told).toEqual([]);
    } else {
      expect(await world.record(orderNo)).toMatchObject({ state: 'sent' });
      expect(told).toEqual([
        expect.objectContaining({ level: 'error', state: 'succeeded', outcome: 'read', code: '0', billed: 'yes' }),
      ]);
      await world.pass(1);
      expect(await world.record(orderNo)).toMatchObject({ state: 'succeeded', billed: 'yes' });
    }
    const again = await world.buy('driver-license-ocr', orderNo);
    expect(again.body.result).toEqual(body.result);
    expect(world.booked(orderNo)).toEqual([{ calls: 1, charged: 1 }]);
  });
});

describe('time', () => {
  it('that has run out while the order was recorded: nothing is sent, and the same order runs again', async () => {
    const orderNo = fresh();
    const endsAt = world.clock + 28_000;
    const restore = spoil(async (count, apply) => {
      if (count === 0) world.clock += 20_000;
      return apply();
    });
    const calls = world.calls().length;
    const reply = await invoke(face(orderNo), () => endsAt - world.clock);
    restore();
    const body = JSON.parse(reply.body);
    expect([reply.statusCode, slugOf(body), body.billed]).toEqual([503, 'insufficient-time', 'no']);
    expect(world.calls().length).toBe(calls);
    expect(await world.record(orderNo)).toMatchObject({ state: 'not-processed', reason: 'insufficient-time' });
    expect((await world.post('face-verify', face(orderNo))).body.outcome).toBe('match');
  });
});

describe('the end of the function', () => {
  it('comes before the database is back: the caller has the answer by then', async () => {
    const orderNo = fresh();
    const endsAt = world.clock + 28_000;
    const { upstream } = world.context;
    const real = upstream.send;
    upstream.send = (request) => {
      world.clock += 23_000;
      return real(request);
    };
    const restore = spoil(async (count, apply) => {
      if (count === 0) return apply();
      world.clock += 1_000;
      throw lost();
    });
    const { statusCode } = await invoke(face(orderNo), () => endsAt - world.clock);
    restore();
    upstream.send = real;
    expect(statusCode).toBe(200);
    expect(world.clock).toBeLessThan(endsAt - 2_000);
    expect(linesAbout(orderNo, 'order-end-not-persisted')).toHaveLength(1);
  });
});

describe('an order of unknown outcome', () => {
  it('remembers what the upstream said, if it said anything', async () => {
    const orderNo = fresh();
    await world.post('face-verify', face(orderNo, { name: '模拟999998' }));
    expect((await world.order(orderNo)).body).toMatchObject({
      state: 'unknown',
      reason: 'upstream-timeout',
      billed: 'unknown',
      upstream: { code: '999998', bizSeqNo: expect.any(String) },
    });
    await world.pass(6);
    expect((await world.order(orderNo)).body).toMatchObject({ state: 'unresolved', upstream: { code: '999998' } });
  });

  it('is ended by a late answer of its owner', async () => {
    const orderNo = fresh();
    world.lose('face-verify', true);
    await world.post('face-verify', face(orderNo));
    const { attemptId } = await world.record(orderNo);
    const end = { code: '0', bizSeqNo: 'b1', at: null, outcome: 'match', reason: null, billed: 'yes' as const };
    expect(await world.context.ledger.end(orderNo, attemptId, 'succeeded', end)).toBe(true);
    expect((await world.post('face-verify', face(orderNo))).body).toMatchObject({ outcome: 'match', billed: 'yes' });
  });
});
