import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient, type StoredObject, type UpstreamClient, UpstreamFailure } from '#signing';
import { operations } from '../../../lib/operations/index.ts';
import { createSimulator } from '../../../lib/simulator/simulator.ts';
import { account, createWorld, type World } from '../../support/world.ts';
import { slugOf } from '../orders/resolving.ts';
import { bucketDown, bytesOfMedia, face, spoil, uploadOf } from './staging.ts';

const jpeg = bytesOfMedia('photo');
let count = 0;
const fresh = (): string => {
  count += 1;
  return `F${count}`;
};

/** Keeps by which ETag each object was asked for. */
function watchOpens(world: World): { etags: (string | undefined)[]; restore: () => void } {
  const { objects } = world.context.staging;
  const open = objects.open.bind(objects);
  const etags: (string | undefined)[] = [];
  const restore = spoil(world, {
    open: (key, etag) => {
      etags.push(etag);
      return open(key, etag);
    },
  });
  return { etags, restore };
}

/** The next objects have this body. */
function withBody(world: World, body: () => Readable): () => void {
  const { objects } = world.context.staging;
  const open = objects.open.bind(objects);
  return spoil(world, {
    open: async (...asked) => ({ ...((await open(...asked)) as StoredObject), body: body() }),
  });
}

async function* cut(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 4_096) yield bytes.subarray(at, at + 4_096);
  throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
}

describe('a file that breaks on its way to a real upstream', () => {
  let world: World;
  let client: UpstreamClient;
  let stop: () => Promise<unknown>;
  /** Operations' requests that arrived whole. */
  let whole = 0;
  beforeAll(async () => {
    const simulator = createSimulator({
      profile: 'tencentcloud',
      operations,
      ...account,
      now: () => world?.clock ?? Date.parse('2026-01-05T02:00:00Z'),
    });
    const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const body = Buffer.concat(await request.toArray());
      if (!request.url!.startsWith('/api/oauth2/')) whole += 1;
      const headers = { 'content-type': request.headers['content-type'] ?? '' };
      const reply = await simulator.handle({ method: request.method!, url: request.url!, headers, body });
      if (!('fault' in reply)) response.writeHead(reply.status).end(reply.body);
    };
    const server = createServer((request, response) => {
      serve(request, response).catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const upstreamUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    client = createClient({ hosts: new Set(), loopback: upstreamUrl });
    world = await createWorld({ upstream: client, upstreamUrl });
    stop = () => new Promise((resolve) => server.close(resolve));
  });
  afterAll(async () => {
    await world.stop();
    await client.close();
    await stop();
  });

  it('arrives when it does not break', async () => {
    const photo = await world.stage(jpeg);
    const { body } = await world.post('face-verify', face(fresh(), photo));
    expect([body.outcome, whole]).toEqual(['match', 1]);
  });

  const huge = Buffer.concat([jpeg, Buffer.alloc(3_000_000)]);
  it.each<[string, Buffer, () => Readable]>([
    ['after its first bytes', jpeg, () => Readable.from(cut(jpeg.subarray(0, 4_096)), { objectMode: false })],
    ['in the middle', huge, () => Readable.from(cut(huge.subarray(0, 2_000_000)), { objectMode: false })],
    ['after its last byte', jpeg, () => Readable.from(cut(jpeg), { objectMode: false })],
    ['by ending early', jpeg, () => Readable.from([jpeg.subarray(0, -7)], { objectMode: false })],
    ['by going on', jpeg, () => Readable.from([jpeg, jpeg], { objectMode: false })],
  ])('%s: perhaps bought, never a result, and nothing arrives whole', async (_, bytes, body) => {
    const photo = await world.stage(bytes);
    const orderNo = fresh();
    const arrived = whole;
    const restore = withBody(world, body);
    const broken = await world.post('face-verify', face(orderNo, photo));
    restore();
    expect([broken.status, slugOf(broken.body), broken.body.billed]).toEqual([504, 'upstream-timeout', 'unknown']);
    expect(await world.context.ledger.read(orderNo)).toMatchObject({ state: 'unknown', sends: 1 });
    expect(whole).toBe(arrived);
    // Never sent again, and kept for whoever finds out what became of it.
    const again = await world.post('face-verify', face(orderNo, photo));
    expect([again.status, slugOf(again.body)]).toEqual([409, 'order-outcome-unknown']);
    expect(world.bucket.has(uploadOf(photo))).toBe(true);
  });

  it('before its first bytes: nothing is recorded', async () => {
    const photo = await world.stage(jpeg);
    const orderNo = fresh();
    const restore = withBody(world, () => Readable.from(cut(jpeg.subarray(0, 5)), { objectMode: false }));
    const { status, body } = await world.post('face-verify', face(orderNo, photo));
    restore();
    expect([status, slugOf(body), body.billed]).toEqual([503, 'media-unavailable', 'no']);
    expect(await world.context.ledger.read(orderNo)).toBeNull();
    expect((await world.post('face-verify', face(orderNo, photo))).body.outcome).toBe('match');
  });
});

describe('a connection that is refused', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world.stop());

  function refusing(times: number): void {
    let left = times;
    world.before = () => {
      left -= 1;
      if (left >= 0) throw new UpstreamFailure('not-sent', 'ECONNREFUSED');
    };
  }

  it('is tried again with the file that is open already', async () => {
    const { etags, restore } = watchOpens(world);
    refusing(2);
    const photo = await world.stage(jpeg);
    const { status, body } = await world.post('face-verify', face(fresh(), photo));
    restore();
    expect([status, body.outcome]).toEqual([200, 'match']);
    expect(etags).toEqual([undefined]);
  });

  it('in the end leaves the file for the same order, which reads what was looked at', async () => {
    refusing(3);
    const photo = await world.stage(jpeg);
    const orderNo = fresh();
    const refused = await world.post('face-verify', face(orderNo, photo));
    expect([refused.status, slugOf(refused.body), refused.body.billed]).toEqual([503, 'upstream-unreachable', 'no']);
    expect(await world.context.ledger.read(orderNo)).toMatchObject({ state: 'not-processed' });
    expect(world.bucket.has(uploadOf(photo))).toBe(true);
    const { etags, restore } = watchOpens(world);
    expect((await world.post('face-verify', face(orderNo, photo))).body.outcome).toBe('match');
    restore();
    expect(etags).toEqual([expect.stringMatching(/^"[0-9a-f]{32}"$/)]);
    expect(world.bucket.has(uploadOf(photo))).toBe(false);
  });

  it('and an upload that is swapped afterwards: refused, also under the same grant', async () => {
    refusing(3);
    const photo = await world.stage(jpeg);
    const orderNo = fresh();
    await world.post('face-verify', face(orderNo, photo));
    const other = Buffer.from(jpeg);
    other[jpeg.length - 3] = 1;
    world.bucket.set(uploadOf(photo), other);
    const calls = world.calls().length;
    const { status, body } = await world.post('face-verify', face(orderNo, photo));
    expect([status, slugOf(body), body.billed]).toEqual([422, 'media-invalid', 'no']);
    expect(body.errors).toEqual([{ pointer: '/photo/mediaId', rule: 'changed' }]);
    expect(await world.context.ledger.read(orderNo)).toMatchObject({ state: 'not-processed', sends: 1 });
    expect(world.calls()).toHaveLength(calls);
  });
});

describe('a refused ticket', () => {
  /** A world whose process remembers a ticket that the upstream has forgotten. */
  async function outdated(): Promise<World> {
    const world = await createWorld();
    await world.post('face-verify', face(fresh(), { base64: jpeg.toString('base64') }));
    world.simulator.configure({ coexist: 0 });
    world.clock += 1_200_000;
    await world.context.tickets.read();
    await world.refresh();
    return world;
  }

  it('is followed by a second send, which reads the same object once more', async () => {
    const world = await outdated();
    const { etags } = watchOpens(world);
    const before = world.calls().length;
    const photo = await world.stage(jpeg);
    const orderNo = fresh();
    const { body } = await world.post('face-verify', face(orderNo, photo));
    expect(body.outcome).toBe('match');
    expect(world.calls().slice(before)).toHaveLength(2);
    expect(await world.context.ledger.read(orderNo)).toMatchObject({ sends: 2 });
    expect(etags).toEqual([undefined, expect.stringMatching(/^"[0-9a-f]{32}"$/)]);
    expect(world.bucket.has(uploadOf(photo))).toBe(false);
    await world.stop();
  });

  it.each<[string, (world: World, photo: { mediaId: string }) => void, number, string, unknown]>([
    [
      'the file is gone',
      (world, photo) => void world.bucket.delete(uploadOf(photo)),
      422,
      'media-invalid',
      [{ pointer: '/photo/mediaId', rule: 'not-uploaded' }],
    ],
    [
      'the file was swapped',
      (world, photo) => void world.bucket.set(uploadOf(photo), Buffer.alloc(jpeg.length)),
      422,
      'media-invalid',
      [{ pointer: '/photo/mediaId', rule: 'changed' }],
    ],
    ['the bucket is down', (world) => void spoil(world, { open: bucketDown }), 503, 'media-unavailable', undefined],
  ])('after which %s ends the order as not processed', async (_, change, status, problem, errors) => {
    const world = await outdated();
    const photo = await world.stage(jpeg);
    const orderNo = fresh();
    const before = world.calls().length;
    const { tickets } = world.context;
    const { reread } = tickets;
    // Between the two sends.
    tickets.reread = () => {
      change(world, photo);
      return reread.call(tickets);
    };
    const answer = await world.post('face-verify', face(orderNo, photo));
    expect([answer.status, slugOf(answer.body), answer.body.billed]).toEqual([status, problem, 'no']);
    expect(answer.body).toMatchObject({ orderNo });
    expect(answer.body.errors).toEqual(errors);
    expect(await world.context.ledger.read(orderNo)).toMatchObject({ state: 'not-processed', billed: 'no' });
    expect(world.calls().slice(before)).toHaveLength(1);
    await world.stop();
  });
});

describe('a bucket that takes its time', () => {
  it('costs the call its time, so that nothing is sent when there is none left', async () => {
    const world = await createWorld();
    const photo = await world.stage(jpeg);
    const orderNo = fresh();
    // The first connection is refused after the file has begun to leave; opening it again takes longer than the call may.
    let opens = 0;
    const { objects } = world.context.staging;
    const open = objects.open.bind(objects);
    spoil(world, {
      open: async (...asked) => {
        opens += 1;
        if (opens === 2) world.clock += 16_000;
        return open(...asked);
      },
    });
    const { upstream } = world.context;
    let sends = 0;
    Object.assign(world.context, {
      upstream: {
        ...upstream,
        send: async (request: Parameters<UpstreamClient['send']>[0]) => {
          sends += 1;
          for await (const _ of request.body!.chunks()) if (sends === 1) continue;
          throw new UpstreamFailure('not-sent', 'ECONNREFUSED');
        },
      },
    });
    const { status, body } = await world.post('face-verify', face(orderNo, photo));
    expect([status, slugOf(body), body.billed, sends]).toEqual([503, 'upstream-unreachable', 'no', 1]);
    expect(await world.context.ledger.read(orderNo)).toMatchObject({ state: 'not-processed' });
    await world.stop();
  });
});
