import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UpstreamRequest } from '#signing';
import type { Operation } from '../../../lib/operation.ts';
import { operations } from '../../../lib/operations/index.ts';
import { allBytesOf } from '../../support/body.ts';
import { createWorld, sampleInput, type World } from '../../support/world.ts';
import { fullInput, named, profileNames } from '../request/inputs.ts';
import { bytesOfMedia, face, spoil, stagedInput } from './staging.ts';

const withMedia = operations.filter(({ request }) => Object.values(request).some(({ kind }) => kind === 'media'));

/** A call as it left: what differs from call to call is covered, its length stays. */
interface Left {
  readonly length: number;
  readonly body: string;
}

/** Keeps what leaves for an operation's endpoint. */
function watched(world: World): Left[] {
  const left: Left[] = [];
  const { upstream } = world.context;
  const send = async (request: UpstreamRequest) => {
    if (!request.body) return upstream.send(request);
    const { length } = request.body;
    const bytes = await allBytesOf(request.body);
    expect(bytes).toHaveLength(length);
    const { orderNo, nonce, sign } = JSON.parse(bytes.toString());
    const covered = bytes.toString().replace(orderNo, 'ORDER').replace(nonce, 'NONCE').replace(sign, 'SIGN');
    left.push({ length, body: covered });
    return upstream.send({ ...request, body: { length, chunks: () => [bytes] } });
  };
  Object.assign(world.context, { upstream: { ...upstream, send } });
  return left;
}

describe.each(profileNames)('staged media on profile %s', (profile) => {
  let world: World;
  let left: Left[];
  beforeAll(async () => {
    world = await createWorld({ profile });
    left = watched(world);
  });
  afterAll(() => world.stop());

  let count = 100;
  /** Sends an order and tells what left for it. */
  async function run(operation: Operation, input: Record<string, unknown>): Promise<[Left, unknown]> {
    count += 1;
    const orderNo = `W${count}`;
    const { order } = operation;
    if (order.kind === 'continues') {
      expect((await world.post(order.from, sampleInput(named(order.from), { orderNo }))).status).toBe(200);
    }
    const { status, body } = await world.post(operation.name, { ...input, orderNo });
    expect([status, body.outcome]).toEqual([200, operation.outcome]);
    return [left.at(-1)!, body.result];
  }

  it.each(withMedia)('goes out of $name byte for byte as inline media does', async (operation) => {
    const input = fullInput(operation, profile);
    const fields = Object.keys(input).filter((name) => operation.request[name]?.kind === 'media');
    const [inline] = await run(operation, input);
    for (const field of fields) expect(inline.body).toContain((input[field] as { base64: string }).base64);
    for (const staged of [fields, ...(fields.length > 1 ? fields.map((field) => [field]) : [])]) {
      const [out] = await run(operation, await stagedInput(world, input, staged));
      expect(out, staged.join()).toEqual(inline);
    }
    expect([...world.bucket.keys()].filter((key) => key.startsWith('uploads/'))).toEqual([]);
  });

  it('that stands for two fields at once goes out for both', async () => {
    const compare = named('face-compare');
    const photo = await world.stage(bytesOfMedia('photo'));
    const inline = { base64: bytesOfMedia('photo').toString('base64') };
    const [expected] = await run(compare, { ...fullInput(compare, profile), photo: inline, sourcePhoto: inline });
    const [out] = await run(compare, { ...fullInput(compare, profile), photo, sourcePhoto: photo });
    expect(out).toEqual(expected);
    expect(world.bucket.has(`uploads/${photo.mediaId}`)).toBe(false);
  });

  it.each([1, 2, 3, 1_000, 65_536])('goes out whole when the bucket sends it in pieces of %i bytes', async (size) => {
    const operation = named('face-verify');
    const [inline] = await run(operation, fullInput(operation, profile));
    const { objects } = world.context.staging;
    const open = objects.open.bind(objects);
    const restore = spoil(world, {
      open: async (...asked) => {
        const object = await open(...asked);
        if (typeof object === 'string') return object;
        const bytes = Buffer.concat(await object.body.toArray());
        const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
          bytes.subarray(at * size, (at + 1) * size),
        );
        return { ...object, body: Readable.from(pieces, { objectMode: false }) };
      },
    });
    const [out] = await run(operation, await stagedInput(world, fullInput(operation, profile)));
    restore();
    expect(out).toEqual(inline);
  });

  it('is sent by a direct invocation too', async () => {
    const { body } = await world.grant({ contentType: 'image/jpeg', size: bytesOfMedia('photo').length }, 'alice');
    world.bucket.set(`uploads/${body.mediaId}`, bytesOfMedia('photo'));
    const { orderNo, ...input } = face(`D${profile}`, { mediaId: body.mediaId });
    const caller = 'arn:aws:sts::000000000000:assumed-role/alice';
    expect(await world.direct('face-verify', { orderNo, caller, input })).toMatchObject({ orderNo, outcome: 'match' });
  });
});
