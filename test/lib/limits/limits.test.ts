import { DynamoDBClient, GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Policy } from '../../../lib/env.ts';
import { createLimits } from '../../../lib/limits/limits.ts';
import { inMemory } from '../../campaign/dynamo/engines.ts';
import { createWorld, media, person, type World } from '../../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.stop());

let made = 0;
const fresh = () => {
  made += 1;
  return `L${made}`;
};
const slugOf = (body: { type: string }) => body.type.replace('urn:signet:problem:', '');

/** Limits as another process has them: the same table, nothing else in common. */
const limitsOf = (policy: Pick<Policy, 'rates' | 'ordersPerPerson'>, appId = 'TIDATEST', client = world.client) =>
  createLimits(client, world.table, appId, policy, world.context.now);
const face = { operation: { family: 'face' } } as const;

describe('a rate', () => {
  it('grants a burst, then one call for each step, and says when', async () => {
    const limits = limitsOf({ rates: { face: { perSecond: 2, burst: 3 } } }, 'A1');
    const take = () => limits.take({ ...face, orderNo: fresh() });
    expect([await take(), await take(), await take(), await take()]).toEqual([null, null, null, 1]);
    world.clock += 499;
    expect(await take()).toBe(1);
    world.clock += 1;
    expect([await take(), await take()]).toEqual([null, 1]);
    world.clock += 60_000;
    expect([await take(), await take(), await take(), await take()]).toEqual([null, null, null, 1]);
  });

  it('tells seconds to wait', async () => {
    const limits = limitsOf({ rates: { face: { perSecond: 0.1, burst: 1 } } }, 'A2');
    const take = () => limits.take({ ...face, orderNo: fresh() });
    expect(await take()).toBeNull();
    world.clock += 2_500;
    expect(await take()).toBe(8);
    world.clock += 7_500;
    expect(await take()).toBeNull();
  });

  it('is one for all operations of a family, and for each family its own', async () => {
    const limits = limitsOf({ rates: { face: { perSecond: 1, burst: 1 }, license: { perSecond: 1, burst: 1 } } }, 'A3');
    expect(await limits.take({ ...face, orderNo: fresh() })).toBeNull();
    expect(await limits.take({ ...face, orderNo: fresh() })).toBe(1);
    expect(await limits.take({ operation: { family: 'license' }, orderNo: fresh() })).toBeNull();
    expect(await limits.take({ operation: { family: 'challenge' }, orderNo: fresh() })).toBeNull();
    expect(limits.concern({ family: 'face' })).toBe(true);
    expect(limits.concern({ family: 'challenge' })).toBe(false);
  });

  it('LOAD-2: five times the rate for a minute, on 50 processes: the upstream sees no more than the rate', async () => {
    const rate = { perSecond: 4, burst: 6 };
    const { client } = inMemory();
    const processes = Array.from({ length: 50 }, () => limitsOf({ rates: { face: rate } }, 'A4', client));
    const start = world.clock;
    const granted: number[] = [];
    let offered = 0;
    while (world.clock < start + 60_000) {
      // Five at the same moment, each on another process.
      const waits = await Promise.all(
        Array.from({ length: 5 }, (_, index) =>
          processes[(offered + index) % 50]!.take({ ...face, orderNo: `S${offered + index}` }),
        ),
      );
      offered += waits.length;
      granted.push(...waits.filter((wait) => wait === null).map(() => world.clock - start));
      world.clock += 250;
    }
    expect(offered).toBe(1_200);
    expect(granted.length).toBeLessThanOrEqual(rate.perSecond * 60 + rate.burst);
    expect(granted.length).toBeGreaterThan(rate.perSecond * 60 - rate.burst);
    for (let second = 0; second < 60; second += 1) {
      const within = granted.filter((at) => at >= second * 1_000 && at < (second + 1) * 1_000);
      expect(within.length).toBeLessThanOrEqual(rate.perSecond + rate.burst);
    }
  }, 30_000);
});

describe('orders of one person', () => {
  const policy = { ordersPerPerson: { face: 5 } };
  const take = (subject: string, orderNo = fresh()) => limitsOf(policy).take({ ...face, orderNo, subject });
  const hour = 3_600_000;

  it('LOAD-3: the sixth in 24 hours is refused, until the first is a day old', async () => {
    for (let count = 0; count < 5; count += 1) {
      expect(await take('s1')).toBeNull();
      world.clock += hour;
    }
    expect(await take('s1')).toBe((24 - 5) * 3600);
    expect(await take('s2')).toBeNull();
    world.clock += 19 * hour - 1;
    expect(await take('s1')).toBe(1);
    world.clock += 1;
    expect(await take('s1')).toBeNull();
    expect(await take('s1')).toBe(3600);
  });

  it('counts an order once, however often it runs', async () => {
    for (let count = 0; count < 9; count += 1) expect(await take('s3', 'SAME')).toBeNull();
    for (let count = 0; count < 4; count += 1) expect(await take('s3')).toBeNull();
    expect(await take('s3')).toBeGreaterThan(1);
    expect(await take('s3', 'SAME')).toBeNull();
  });

  it('holds when twelve come at once', async () => {
    const waits = await Promise.all(Array.from({ length: 12 }, () => take('s4')));
    const granted = waits.filter((wait) => wait === null).length;
    expect(granted).toBeGreaterThanOrEqual(1);
    expect(granted).toBeLessThanOrEqual(5);
  });

  it('a refused call uses up neither the rate nor an order', async () => {
    const limits = limitsOf({ rates: { face: { perSecond: 0.001, burst: 2 } }, ordersPerPerson: { face: 1 } }, 'A5');
    const call = (subject: string) => limits.take({ ...face, orderNo: fresh(), subject });
    expect([await call('s5'), await call('s5'), await call('s6'), await call('s7')]).toEqual([
      null,
      86_400,
      null,
      expect.any(Number),
    ]);
    world.clock += 2_000_000;
    expect(await call('s7')).toBeNull();
  });

  it('are kept under a key that no order has, as a keyed hash, and end by themselves', async () => {
    await take('s8');
    const Key = { orderNo: { S: 'person#face#s8' } };
    const { Item } = await world.client.send(new GetItemCommand({ TableName: world.table, Key }));
    expect(Number(Item!.ttl!.N)).toBe(Math.ceil((world.clock + 24 * hour) / 1000));
    expect(Object.keys(Item!).sort()).toEqual(['orderNo', 'times', 'ttl', 'version']);
  });
});

describe('through the handlers', () => {
  const request = (orderNo?: string) => ({ ...person, photo: media.photo, ...(orderNo ? { orderNo } : {}) });

  async function limited(policy: Pick<Policy, 'rates' | 'ordersPerPerson'>) {
    const other = await createWorld();
    const { context, client, table } = other;
    Object.assign(context, { limits: createLimits(client, table, context.appId, policy, context.now) });
    return other;
  }

  it('a refused file uses up no order of its person, and one too many gives its file back', async () => {
    const other = await limited({ ordersPerPerson: { face: 1 } });
    const missing = { ...request(), photo: { mediaId: 'a'.repeat(32) } };
    for (let round = 0; round < 3; round += 1) expect((await other.post('face-verify', missing)).status).toBe(422);
    const ungiven = { ...request(), photo: (await other.grant({ contentType: 'image/jpeg', size: 100 })).body };
    const { status, body } = await other.post('face-verify', { ...ungiven, photo: { mediaId: ungiven.photo.mediaId } });
    expect([status, slugOf(body), body.errors[0].rule]).toEqual([422, 'media-invalid', 'not-uploaded']);
    expect((await other.post('face-verify', request())).status).toBe(200);

    const photo = await other.stage(Buffer.from(media.photo!.base64, 'base64'));
    expect((await other.post('face-verify', { ...request(), photo })).status).toBe(429);
    expect(await other.context.staging.records.read(photo.mediaId)).not.toHaveProperty('boundTo');
    await other.stop();
  });

  it('the first too many is 429, not sent, and leaves no order', async () => {
    const other = await limited({ rates: { face: { perSecond: 0.2, burst: 2 } } });
    for (const orderNo of ['H1', 'H2']) expect((await other.post('face-verify', request(orderNo))).status).toBe(200);
    const calls = other.calls().length;
    const { status, headers, body } = await other.post('face-verify', request('H3'));
    expect([status, slugOf(body), body.billed, headers['retry-after']]).toEqual([429, 'rate-limited', 'no', '5']);
    expect(body.retry).toEqual({ sameOrder: true, afterSeconds: 5 });
    expect(other.calls().length).toBe(calls);
    expect((await other.order('H3')).status).toBe(404);
    // A number that Signet would have made leaves none either.
    expect((await other.post('face-verify', request())).status).toBe(429);
    const { Items = [] } = await other.client.send(new ScanCommand({ TableName: other.table }));
    expect(
      Items.map(({ orderNo }) => orderNo!.S!)
        .filter((no) => !no.startsWith('ticket#'))
        .sort(),
    ).toEqual(['H1', 'H2', 'rate#TIDATEST#face']);
    other.clock += 5_000;
    expect((await other.post('face-verify', request('H3'))).body.outcome).toBe('match');
    await other.stop();
  });

  it('an order that exists is answered from its record and takes nothing', async () => {
    const other = await limited({ rates: { face: { perSecond: 0.001, burst: 2 } } });
    const first = await other.post('face-verify', request('H1'));
    for (let count = 0; count < 5; count += 1) {
      expect((await other.post('face-verify', request('H1'))).body).toEqual(first.body);
    }
    expect((await other.post('face-verify', { ...request('H1'), name: '样本乙' })).status).toBe(422);
    expect((await other.post('face-verify', request('H2'))).status).toBe(200);
    expect((await other.post('face-verify', request('H3'))).status).toBe(429);
    expect((await other.post('face-verify', request('H1'))).headers['idempotent-replayed']).toBe('true');
    await other.stop();
  });

  it('a person has so many orders, whatever caller sends them', async () => {
    const other = await limited({ ordersPerPerson: { face: 2 } });
    for (const caller of ['alice', 'bob']) {
      expect((await other.post('face-verify', request(), caller)).status).toBe(200);
    }
    const calls = other.calls().length;
    const { status, headers, body } = await other.post('face-verify', request(), 'carol');
    expect([status, slugOf(body), headers['retry-after']]).toEqual([429, 'rate-limited', '86400']);
    const someone = { ...request(), idNo: '990101199001011011' };
    expect((await other.post('face-verify', someone)).status).toBe(200);
    expect((await other.post('liveness-challenge', person)).status).toBe(200);
    expect(other.calls().length).toBe(calls + 2);
    expect(other.lines.join('')).not.toContain(person.idNo);
    await other.stop();
  });

  it('operations that only read keep to the rate too, each try of them', async () => {
    const other = await limited({ rates: { 'bank-card-query': { perSecond: 0.1, burst: 2 } } });
    await other.post('bank-card-ocr', { photo: media.photo, orderNo: 'H1' });
    expect((await other.get('bank-card-result', 'H1')).status).toBe(200);
    expect((await other.get('bank-card-result', 'H1')).status).toBe(200);
    const { status, headers, body } = await other.get('bank-card-result', 'H1');
    expect([status, slugOf(body), headers['retry-after']]).toEqual([429, 'rate-limited', '10']);
    await other.stop();
  });

  it('a store that fails is 503 before anything is sent', async () => {
    const other = await limited({
      rates: { face: { perSecond: 1, burst: 1 }, 'bank-card-query': { perSecond: 1, burst: 1 } },
    });
    await other.post('bank-card-ocr', { photo: media.photo, orderNo: 'H0' });
    const down = new DynamoDBClient({
      endpoint: 'http://127.0.0.1:1',
      region: 'us-east-1',
      credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
      maxAttempts: 1,
    });
    const rates = { face: { perSecond: 1, burst: 1 }, 'bank-card-query': { perSecond: 1, burst: 1 } };
    Object.assign(other.context, { limits: createLimits(down, other.table, 'TIDATEST', { rates }, other.context.now) });
    const calls = other.calls().length;
    for (const seen of [await other.post('face-verify', request('H1')), await other.get('bank-card-result', 'H0')]) {
      expect([seen.status, slugOf(seen.body), seen.body.billed]).toEqual([503, 'ledger-unavailable', 'no']);
    }
    expect(other.calls().length).toBe(calls);
    expect((await other.order('H1')).status).toBe(404);
    down.destroy();
    await other.stop();
  });
});
