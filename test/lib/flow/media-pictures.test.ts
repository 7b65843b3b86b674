import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { UpstreamRequest } from '#signing';
import { operationHandler } from '../../../lib/http/handler.ts';
import { specimenPicture } from '../../../lib/simulator/specimen.ts';
import { marked } from '../../support/world.ts';
import { createResolvingWorld, type ResolvingWorld, slugOf } from '../orders/resolving.ts';
import { named } from '../request/inputs.ts';
import { bucketDown, bytesOfMedia, spoil } from './staging.ts';

let world: ResolvingWorld;
beforeEach(async () => {
  world = await createResolvingWorld();
});
afterEach(() => world.stop());

const orderNo = 'P1';
const specimen = Buffer.from(specimenPicture, 'base64');
const stored = (): string[] => [...world.bucket.keys()].filter((key) => key.startsWith('results/'));
/** The key that a link of the bucket in memory leads to, and its seconds. */
const target = (url: string): [key: string, seconds: number] => {
  const [, key, seconds] = /^memory:(.*)\?(\d+)$/.exec(url)!;
  return [key!, Number(seconds)];
};

describe('best photos', () => {
  const take = () => world.buy('video-best-photos', orderNo, { video: marked('photos=3', 'video') });

  it('are handed out as links for five minutes', async () => {
    const { status, body } = await take();
    expect([status, body.outcome]).toEqual([200, 'extracted']);
    expect(body.result.photos).toHaveLength(3);
    for (const { url, expiresAt, ...rest } of body.result.photos) {
      const [key, seconds] = target(url);
      expect(rest).toEqual({});
      expect([seconds, expiresAt]).toEqual([300, '2026-01-05T10:05:00+08:00']);
      expect(world.bucket.get(key)!.equals(specimen)).toBe(true);
    }
    expect(stored()).toHaveLength(3);
  });

  it('come from a staged video as well, which is deleted', async () => {
    const video = await world.stage(bytesOfMedia('video'), 'video/mp4');
    expect((await world.buy('video-best-photos', orderNo, { video })).body.result.photos).toHaveLength(1);
    expect([...world.bucket.keys()]).toEqual(stored());
  });

  it('are replayed within their day with new links, which end with it', async () => {
    const first = await take();
    const keys = first.body.result.photos.map(({ url }: { url: string }) => target(url)[0]);
    const later = async (milliseconds: number) => {
      world.clock = Date.parse('2026-01-05T02:00:00Z') + milliseconds;
      await world.refresh();
      const { headers, body } = await take();
      expect(headers['idempotent-replayed']).toBe('true');
      const photos = body.result.photos as { url: string; expiresAt: string }[];
      expect(photos.map(({ url }) => target(url)[0])).toEqual(keys);
      return [target(photos[0]!.url)[1], photos[0]!.expiresAt];
    };
    expect(await later(3_600_000)).toEqual([300, '2026-01-05T11:05:00+08:00']);
    expect(await later(86_400_000 - 60_000)).toEqual([60, '2026-01-06T10:00:00+08:00']);
    expect(await later(86_400_000 - 1_000)).toEqual([1, '2026-01-06T10:00:00+08:00']);
    expect(world.booked(orderNo)).toMatchObject([{ calls: 1 }]);
  });

  it('are gone after their day', async () => {
    await take();
    world.clock += 86_400_000;
    await world.refresh();
    const { status, body } = await take();
    expect([status, slugOf(body), body.retry]).toEqual([410, 'result-not-replayable', { sameOrder: false }]);
  });

  it('come inline when the bucket cannot keep them, and then only once', async () => {
    const restore = spoil(world, { put: bucketDown });
    const { status, body } = await take();
    restore();
    expect([status, body.outcome]).toEqual([200, 'extracted']);
    expect(body.result.photos).toEqual(Array.from({ length: 3 }, () => ({ base64: specimenPicture })));
    expect(world.events('pictures-not-kept')).toMatchObject([{ level: 'error', orderNo, fault: 'SlowDown' }]);
    expect(await world.record(orderNo)).not.toHaveProperty('pictures');
    const again = await take();
    expect([again.status, slugOf(again.body)]).toEqual([410, 'result-not-replayable']);
  });

  it('come inline when there is no time left to keep them', async () => {
    const { upstream } = world.context;
    let remaining = 28_000;
    const send = async (request: UpstreamRequest) => {
      if (request.path.includes('optimalphoto')) remaining = 7_999;
      return upstream.send(request);
    };
    Object.assign(world.context, { upstream: { ...upstream, send } });
    const body = { video: marked('photos=1', 'video') };
    const lambda = { awsRequestId: 'r', getRemainingTimeInMillis: () => remaining };
    const handler = operationHandler(named('video-best-photos'), undefined, () => world.context);
    expect(await handler({ input: body }, lambda as never)).toMatchObject({
      result: { photos: [{ base64: specimenPicture }] },
    });
    expect(stored()).toEqual([]);
  });

  it('cannot be signed anew while the bucket is down: 503, and the same order answers later', async () => {
    await take();
    const restore = spoil(world, { link: bucketDown });
    const { status, body } = await take();
    restore();
    expect([status, slugOf(body), body.billed, body.retry]).toEqual([
      503,
      'media-unavailable',
      'unknown',
      { sameOrder: true, afterSeconds: 5 },
    ]);
    expect((await take()).status).toBe(200);
  });

  it('leave in their record where they are, and neither pictures nor links', async () => {
    await take();
    const record = await world.record(orderNo);
    expect(record.pictures).toEqual({ photos: stored() });
    expect(JSON.stringify(record)).not.toMatch(/memory:|base64|\/9j\//);
    expect(world.lines.join('')).not.toMatch(/memory:|results\//);
    expect(JSON.stringify((await world.order(orderNo)).body)).not.toMatch(/results\/|memory:/);
  });
});

describe('pictures that do not fit into an answer', () => {
  const MiB = 1024 * 1024;
  /** A JPEG by its first bytes, of so many characters of base64. */
  const large = (characters: number): string => `/9j/${'A'.repeat(characters - 4)}`;

  /** The upstream sends these pictures instead of its own. */
  function enlarge(pictures: Readonly<Record<string, string | readonly string[]>>): void {
    const { upstream } = world.context;
    const send = async (request: UpstreamRequest) => {
      const { status, body } = await upstream.send(request);
      const answer = JSON.parse(body.toString());
      for (const [name, picture] of Object.entries(pictures)) {
        if (answer.result && name in answer.result) answer.result[name] = picture;
        else if (name in answer) answer[name] = picture;
      }
      return { status, body: Buffer.from(JSON.stringify(answer)) };
    };
    Object.assign(world.context, { upstream: { ...upstream, send } });
  }
  const card = () => world.buy('bank-card-ocr', orderNo, { files: true });

  it.each([
    [5 * MiB, 'stay in it while they do'],
    [5 * MiB + 4, 'become links'],
  ])('%i characters: %s', async (characters) => {
    const picture = large(characters);
    enlarge({ bankcardNoPhoto: picture });
    const { status, body } = await card();
    expect(status).toBe(200);
    const { cardNo } = body.result.images;
    if (characters <= 5 * MiB) {
      expect(cardNo).toEqual({ base64: picture });
      expect(stored()).toEqual([]);
      return;
    }
    const [key, seconds] = target(cardNo.url);
    expect([Object.keys(cardNo).sort(), seconds]).toEqual([['expiresAt', 'url'], 300]);
    expect(cardNo.expiresAt).toBe('2026-01-05T10:05:00+08:00');
    expect(world.bucket.get(key)!.equals(Buffer.from(picture, 'base64'))).toBe(true);
    expect(body.result).toMatchObject({ cardNo: expect.any(String), warnings: [] });
    expect(world.lines.join('')).not.toMatch(/memory:|results\//);
  });

  it('become links together, each with its own', async () => {
    await card();
    world.clock += 2_000;
    const sizes = { bankcardNoPhoto: 4_000, bankcardCropPhoto: 2 * MiB, originBankcardPhoto: 4 * MiB };
    enlarge(Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, large(size)])));
    const { body } = await world.get('bank-card-result', orderNo, { files: 'true' });
    const { cardNo, cardCrop, original } = body.result.images;
    const bytes = [cardNo, cardCrop, original].map(({ url }) => world.bucket.get(target(url)[0])!.length);
    expect(bytes).toEqual([3_000, 1.5 * MiB, 3 * MiB]);
    expect(body.result.cardNo).toMatch(/^\d+$/);
  });

  it('and cannot be kept: 503 with what the order cost, and the same order answers later', async () => {
    enlarge({ bankcardNoPhoto: large(6 * MiB) });
    const restore = spoil(world, { put: bucketDown });
    const { status, body } = await card();
    restore();
    expect([status, slugOf(body), body.billed]).toEqual([503, 'media-unavailable', 'yes']);
    expect(body).toMatchObject({ orderNo, retry: { sameOrder: true, afterSeconds: 5 } });
    expect((await world.record(orderNo)).state).toBe('succeeded');
    const again = await card();
    expect([again.status, again.headers['idempotent-replayed']]).toEqual([200, 'true']);
    expect(again.body.result.cardNo).toMatch(/^\d+$/);
    expect(world.booked(orderNo)).toMatchObject([{ calls: 1, charged: 1 }]);
  });

  it('and cannot be kept, where nothing could read them again: 410, and the same order says so too', async () => {
    enlarge({ optimalPhoto: [large(3 * MiB), large(3 * MiB)] });
    const take = () => world.buy('video-best-photos', orderNo, { video: marked('photos=2', 'video') });
    const restore = spoil(world, { put: bucketDown });
    const answers = [await take()];
    restore();
    answers.push(await take());
    for (const { status, body } of answers) {
      expect([status, slugOf(body), body.retry]).toEqual([410, 'result-not-replayable', { sameOrder: false }]);
    }
    expect((await world.record(orderNo)).state).toBe('succeeded');
  });

  it('and are only read: 503 that cost nothing', async () => {
    await card();
    world.clock += 2_000;
    enlarge({ originBankcardPhoto: large(6 * MiB) });
    spoil(world, { put: bucketDown });
    const { status, body } = await world.get('bank-card-result', orderNo, { files: 'true' });
    expect([status, slugOf(body), body.billed]).toEqual([503, 'media-unavailable', 'no']);
  });
});
