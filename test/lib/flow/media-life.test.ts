import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UpstreamFailure } from '#signing';
import { buy } from '../../../lib/flow/buy.ts';
import type { Call } from '../../../lib/flow/context.ts';
import { person } from '../../support/world.ts';
import { createResolvingWorld, type ResolvingWorld, slugOf } from '../orders/resolving.ts';
import { named } from '../request/inputs.ts';
import { bucketDown, bytesOfMedia, face, spoil, uploadOf } from './staging.ts';

let world: ResolvingWorld;
beforeEach(async () => {
  world = await createResolvingWorld();
});
afterEach(() => world.stop());

const jpeg = bytesOfMedia('photo');
const alice = 'arn:aws:sts::000000000000:assumed-role/alice';
const orderNo = 'L1';
type Media = { readonly mediaId: string };

const marked = (text: string): Buffer => Buffer.concat([jpeg, Buffer.from(`signet-simulator:${text}`)]);
const verify = (photo: Media, number = orderNo) => world.post('face-verify', face(number, photo));
const isThere = (photo: Media): boolean => world.bucket.has(uploadOf(photo));
const recordOf = (photo: Media) => world.context.staging.records.read(photo.mediaId);
const refuse = (times: number): void => {
  let left = times;
  world.before = () => {
    left -= 1;
    if (left >= 0) throw new UpstreamFailure('not-sent', 'ECONNREFUSED');
  };
};

describe('an upload is deleted', () => {
  it('with the success of its order', async () => {
    const photo = await world.stage(jpeg);
    expect((await verify(photo)).status).toBe(200);
    expect(isThere(photo)).toBe(false);
    expect(await recordOf(photo)).toMatchObject({ boundTo: `order#${orderNo}` });
  });

  it('again, when its form was used once more after that', async () => {
    const photo = await world.stage(jpeg);
    expect((await verify(photo)).status).toBe(200);
    world.bucket.set(`uploads/${photo.mediaId}`, jpeg);
    await world.pass(5);
    expect(isThere(photo)).toBe(true);
    // The form serves five minutes; a minute later nothing is left, and nobody looks any more.
    await world.pass(1);
    expect(isThere(photo)).toBe(false);
    await world.pass(6);
    expect((await world.context.staging.records.due(world.clock + 3_600_000, 10)).keys).toEqual([]);
  });

  it.each(['66660042', '400103', '66660017'])('with the rejection of its order: %s', async (code) => {
    const photo = await world.stage(marked(`code=${code}`));
    expect((await verify(photo)).status).toBeGreaterThanOrEqual(400);
    expect((await world.record(orderNo)).state).toBe('rejected');
    expect(isThere(photo)).toBe(false);
  });

  it('with a negative outcome', async () => {
    const photo = await world.stage(marked('code=66660004'));
    expect((await verify(photo)).body.outcome).toBe('no-match');
    expect(isThere(photo)).toBe(false);
  });

  it('when the resolver finds out what became of its order', async () => {
    const photo = await world.stage(jpeg);
    world.lose('driver-license-ocr', true);
    expect((await world.buy('driver-license-ocr', orderNo, { photo })).status).toBe(504);
    expect(isThere(photo)).toBe(true);
    await world.pass(2);
    expect((await world.record(orderNo)).state).toBe('succeeded');
    expect(isThere(photo)).toBe(false);
  });

  it('when the resolver ends an order that nobody can tell anything about', async () => {
    const photo = await world.stage(jpeg);
    world.lose('face-verify', true);
    expect((await verify(photo)).status).toBe(504);
    await world.pass(3);
    expect([(await world.record(orderNo)).state, isThere(photo)]).toEqual(['unknown', true]);
    await world.pass(5);
    expect([(await world.record(orderNo)).state, isThere(photo)]).toEqual(['unresolved', false]);
  });

  it('a minute later when the bucket fails at the end of the order', async () => {
    const photo = await world.stage(jpeg);
    const restore = spoil(world, { remove: bucketDown });
    const { status, body } = await verify(photo);
    restore();
    expect([status, body.outcome, isThere(photo)]).toEqual([200, 'match', true]);
    expect(world.events('media-not-removed')).toMatchObject([{ orderNo, fault: 'SlowDown' }]);
    await world.pass(1);
    expect(isThere(photo)).toBe(false);
    await world.pass(6);
    expect((await world.context.staging.records.due(world.clock + 3_600_000, 10)).keys).toEqual([]);
  });

  it('later when the schedule fails too, which ends nothing else', async () => {
    const photo = await world.stage(jpeg);
    const restore = spoil(world, { remove: bucketDown });
    await verify(photo);
    await world.pass(2);
    expect(isThere(photo)).toBe(true);
    restore();
    await world.pass(1);
    expect(isThere(photo)).toBe(false);
    expect(world.events('media-not-removed').length).toBeGreaterThan(1);
    expect(JSON.stringify(world.lines)).not.toContain(photo.mediaId);
  });

  it('a minute later, however many there are', async () => {
    const photos = await Promise.all(Array.from({ length: 250 }, () => world.stage(jpeg)));
    const restore = spoil(world, { remove: bucketDown });
    await Promise.all(photos.map((photo, index) => verify(photo, `M${index}`)));
    restore();
    expect(photos.every(isThere)).toBe(true);
    await world.pass(1);
    expect(photos.filter(isThere)).toEqual([]);
  });

  it('a minute later, while the query for another order takes all the time there is', async () => {
    world.lose('driver-license-ocr', true);
    await world.buy('driver-license-ocr', 'S1');
    const photo = await world.stage(jpeg);
    const restore = spoil(world, { remove: bucketDown });
    await verify(photo);
    restore();
    let asked = 0;
    world.before = () => {
      asked += 1;
      world.clock += 25_000;
      throw new UpstreamFailure('timeout', 'DEADLINE');
    };
    await world.pass(1);
    expect([asked > 0, isThere(photo)]).toEqual([true, false]);
  });

  it('when its order was taken by another file', async () => {
    const [used, beside] = [await world.stage(jpeg), await world.stage(jpeg)];
    // Bound, but then the number turned out to be that of another request.
    await world.context.staging.records.bind(beside.mediaId, `order#${orderNo}`, '"x"');
    await verify(used);
    await world.pass(1);
    expect([isThere(used), isThere(beside)]).toEqual([false, false]);
  });

  it('a day after its grant, whatever became of its order', async () => {
    refuse(3);
    const photo = await world.stage(jpeg);
    expect((await verify(photo)).status).toBe(503);
    const orphan = await world.stage(jpeg);
    await world.context.staging.records.bind(orphan.mediaId, 'order#NEVERMADE', '"x"');
    world.clock += 86_400_000 - 120_000;
    await world.pass(1);
    expect([isThere(photo), isThere(orphan)]).toEqual([true, true]);
    await world.pass(2);
    expect([isThere(photo), isThere(orphan)]).toEqual([false, false]);
    // Its order may run again, but not with this file.
    const { status, body } = await verify(photo);
    expect([status, slugOf(body), body.errors]).toEqual([
      422,
      'media-invalid',
      [{ pointer: '/photo/mediaId', rule: 'expired' }],
    ]);
  });
});

describe('an upload is kept', () => {
  it('while its order may run again', async () => {
    refuse(3);
    const photo = await world.stage(jpeg);
    expect((await verify(photo)).status).toBe(503);
    await world.pass(3);
    expect([(await world.record(orderNo)).state, isThere(photo)]).toEqual(['not-processed', true]);
    expect((await verify(photo)).body.outcome).toBe('match');
    expect(isThere(photo)).toBe(false);
  });

  it('while nobody has used it', async () => {
    const photo = await world.stage(jpeg);
    await world.pass(3);
    expect(isThere(photo)).toBe(true);
  });

  it('and given back by an order that ended throttled', async () => {
    // By its name, so that the same file gets another answer next time.
    const photo = await world.stage(jpeg);
    const throttled = await world.post('face-verify', face(orderNo, photo, { name: '模拟66660012' }));
    expect([throttled.status, slugOf(throttled.body)]).toEqual([429, 'upstream-rate-limited']);
    expect(await recordOf(photo)).not.toHaveProperty('boundTo');
    await world.pass(2);
    expect(isThere(photo)).toBe(true);
    expect((await verify(photo, 'L2')).body.outcome).toBe('match');
    expect(isThere(photo)).toBe(false);
    const again = await world.post('face-verify', face(orderNo, photo, { name: '模拟66660012' }));
    expect([again.status, again.headers['idempotent-replayed'], again.body]).toEqual([429, 'true', throttled.body]);
  });

  it('when given back, as the object that was looked at: not when it is swapped before the next order', async () => {
    const photo = await world.stage(jpeg);
    await world.post('face-verify', face(orderNo, photo, { name: '模拟66660012' }));
    const other = Buffer.from(jpeg);
    other[jpeg.length - 3] = 1;
    world.bucket.set(uploadOf(photo), other);
    const { body } = await verify(photo, 'L2');
    expect([slugOf(body), body.errors[0].rule]).toEqual(['media-invalid', 'changed']);
  });
});

describe('an order with a staged file', () => {
  it('is answered again from its record when the file is gone, and when its record is too', async () => {
    const photo = await world.stage(jpeg);
    const first = await verify(photo);
    for (const forget of [false, true]) {
      if (forget) {
        const Key = { orderNo: { S: `media#${photo.mediaId}` } };
        await world.client.send(new DeleteItemCommand({ TableName: world.table, Key }));
        expect(await recordOf(photo)).toBeNull();
      }
      const calls = world.calls().length;
      const again = await verify(photo);
      expect([again.status, again.headers['idempotent-replayed'], again.body]).toEqual([200, 'true', first.body]);
      expect(world.calls()).toHaveLength(calls);
    }
    world.clock += 3 * 86_400_000;
    await world.refresh();
    expect((await verify(photo)).body).toEqual(first.body);
  });

  it('is another request than with another file, or with the same file inline', async () => {
    const photo = await world.stage(jpeg);
    await verify(photo);
    for (const other of [await world.stage(jpeg), { base64: jpeg.toString('base64') }]) {
      const { status, body } = await world.post('face-verify', face(orderNo, other));
      expect([status, slugOf(body), body.billed]).toEqual([422, 'order-payload-mismatch', 'no']);
    }
    const { status, body } = await verify(photo, 'L2');
    expect([status, slugOf(body), body.retry]).toEqual([409, 'media-used', { sameOrder: false }]);
    expect(await world.context.ledger.read('L2')).toBeNull();
  });

  it('names the file in its record, and nothing personal', async () => {
    const photo = await world.stage(jpeg);
    await verify(photo);
    const record = await world.record(orderNo);
    expect(record.media).toEqual([photo.mediaId]);
    for (const text of [person.name, person.idNo, jpeg.toString('base64', 100, 160)]) {
      expect(JSON.stringify(record)).not.toContain(text);
      expect(JSON.stringify(await recordOf(photo))).not.toContain(text);
    }
    expect(world.lines.join('')).not.toContain(person.name);
    const { body } = await world.order(orderNo);
    expect(JSON.stringify(body)).not.toContain(photo.mediaId);
  });

  it('takes a challenge over, and its video with it', async () => {
    await world.buy('liveness-challenge', orderNo);
    const video = await world.stage(bytesOfMedia('video'), 'video/mp4');
    expect((await world.buy('liveness-verify', orderNo, { video })).body.outcome).toBe('match');
    expect((await world.record(orderNo)).media).toEqual([video.mediaId]);
    expect(isThere(video)).toBe(false);
    const unasked = await world.stage(bytesOfMedia('video'), 'video/mp4');
    const { status, body } = await world.buy('liveness-verify', 'NOCHALLENGE', { video: unasked });
    expect([status, slugOf(body)]).toEqual([409, 'step-out-of-order']);
    expect(await recordOf(unasked)).not.toHaveProperty('boundTo');
  });
});

describe('a file of a verification', () => {
  const holder = 'verification#V1';
  const step = (photo: Media, number: string, more: object = {}): Call => ({
    requestId: 'step',
    caller: alice,
    input: { ...face(number, photo), ...more },
    holder,
    remaining: () => 28_000,
  });
  const run = (name: string, call: Call) => buy(named(name), undefined, call, world.context);

  it('serves each of its steps, and is neither deleted nor given back by any', async () => {
    const photo = await world.stage(jpeg);
    expect((await run('face-verify', step(photo, 'S1'))).answer.outcome).toBe('match');
    await expect(run('face-verify', step(photo, 'S2', { name: '模拟66660012' }))).rejects.toThrow();
    await expect(run('face-verify', step(photo, 'S3', { name: '模拟66660042' }))).rejects.toThrow();
    expect((await run('face-verify', step(photo, 'S4'))).answer.outcome).toBe('match');
    for (const number of ['S1', 'S2', 'S3', 'S4']) expect(await world.record(number)).not.toHaveProperty('media');
    expect(await recordOf(photo)).toMatchObject({ boundTo: holder });
    await world.pass(3);
    expect(isThere(photo)).toBe(true);
  });

  it('serves no order beside it, and no other verification', async () => {
    const photo = await world.stage(jpeg);
    await run('face-verify', step(photo, 'S1'));
    expect(slugOf((await verify(photo, 'L2')).body)).toBe('media-used');
    const other = run('face-verify', { ...step(photo, 'S2'), holder: 'verification#V2' });
    await expect(other).rejects.toMatchObject({ slug: 'media-used' });
    const own = await world.stage(jpeg);
    await verify(own);
    await expect(run('face-verify', step(own, 'S3'))).rejects.toMatchObject({ slug: 'media-used' });
  });

  it('goes after a day all the same', async () => {
    const photo = await world.stage(jpeg);
    await run('face-verify', step(photo, 'S1'));
    world.clock += 86_400_000;
    await world.pass(1);
    expect(isThere(photo)).toBe(false);
  });
});
