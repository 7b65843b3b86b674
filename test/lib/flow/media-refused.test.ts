import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, person, type World } from '../../support/world.ts';
import { bucketDown, bytesOfMedia, face, spoil, uploadOf } from './staging.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.stop());

let count = 0;
const fresh = (): string => {
  count += 1;
  return `N${count}`;
};
const jpeg = bytesOfMedia('photo');
const png = bytesOfMedia('sourcePhoto');

type Media = { readonly mediaId: string };
type Refusal = [what: string, make: () => Promise<Media>, status: number, problem: string, rule: string];

/** Uploads something under a grant for something else. */
async function uploadedAs(bytes: Buffer, size: number, contentType = 'image/jpeg'): Promise<Media> {
  const { body } = await world.grant({ contentType, size });
  world.bucket.set(uploadOf(body), bytes);
  return { mediaId: body.mediaId };
}

async function usedBy(name: string, input: (photo: Media) => object): Promise<Media> {
  const photo = await world.stage(jpeg);
  expect((await world.post(name, input(photo))).status).toBe(200);
  return photo;
}

async function expired(): Promise<Media> {
  const photo = await world.stage(jpeg);
  world.clock += 86_400_000;
  await world.refresh();
  return photo;
}

const invalid = 'media-invalid';
const refusals: Refusal[] = [
  ['that nobody staged', async () => ({ mediaId: 'a'.repeat(32) }), 422, invalid, 'unknown-media'],
  ['of another caller', () => world.stage(jpeg, 'image/jpeg', 'mallory'), 422, invalid, 'unknown-media'],
  ['that is a day old', expired, 422, invalid, 'expired'],
  ['that was never uploaded', () => uploadedAs(jpeg, jpeg.length).then(withoutUpload), 422, invalid, 'not-uploaded'],
  ['that is shorter than announced', () => uploadedAs(jpeg.subarray(1), jpeg.length), 422, invalid, 'changed'],
  ['that is longer than announced', () => uploadedAs(jpeg, jpeg.length - 1), 422, invalid, 'changed'],
  ['of another type than the field takes', () => world.stage(pdf(), 'application/pdf'), 422, invalid, 'media-type'],
  ['that is a PNG under the name of a JPEG', () => uploadedAs(png, png.length), 422, invalid, 'media-type'],
  ['that is nothing known', () => uploadedAs(Buffer.alloc(99), 99), 422, invalid, 'media-type'],
  [
    'that another order has used',
    () => usedBy('face-verify', (photo) => face(fresh(), photo)),
    409,
    'media-used',
    'used',
  ],
  [
    'that another operation has used',
    () => usedBy('bank-card-ocr', (photo) => ({ photo, orderNo: fresh() })),
    409,
    'media-used',
    'used',
  ],
];
const pdf = (): Buffer => bytesOfMedia('agreement');
function withoutUpload(photo: Media): Media {
  world.bucket.delete(uploadOf(photo));
  return photo;
}

describe('a staged file', () => {
  it.each(refusals)('%s is refused before anything is recorded or sent', async (_, make, status, problem, rule) => {
    const photo = await make();
    const orderNo = fresh();
    const calls = world.calls().length;
    const answer = await world.post('face-verify', face(orderNo, photo));
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({
      type: `urn:signet:problem:${problem}`,
      orderNo,
      billed: 'no',
      errors: [{ pointer: '/photo/mediaId', rule }],
    });
    expect(JSON.stringify(answer.body)).not.toContain(photo.mediaId);
    expect(await world.context.ledger.read(orderNo)).toBeNull();
    expect(world.calls()).toHaveLength(calls);
  });

  it('that is too large for its field is refused, though another field would take it', async () => {
    // "1M" of base64: three quarters of it are bytes (specification 6.6).
    const most = 786_432;
    const group = (sourcePhoto: Media, orderNo: string) => ({
      ...person,
      orderNo,
      photo: { base64: jpeg.toString('base64') },
      sourcePhoto,
      sourcePhotoType: 'hd',
    });
    const large = (size: number) => world.stage(Buffer.concat([png, Buffer.alloc(size - png.length)]), 'image/png');
    const orderNo = fresh();
    const { body } = await world.post('face-compare-group', group(await large(most + 1), orderNo));
    expect(body).toMatchObject({
      type: 'urn:signet:problem:media-invalid',
      errors: [{ pointer: '/sourcePhoto/mediaId', rule: 'too-large' }],
    });
    expect(await world.context.ledger.read(orderNo)).toBeNull();
    expect((await world.post('face-compare-group', group(await large(most), orderNo))).status).toBe(200);
  });

  it.each([
    'https://example.com/face.jpg',
    'http://169.254.169.254/latest/meta-data/',
    's3://signet-media/uploads/aaaaaaaaaaaaaaaa',
    'arn:aws:s3:::signet-media/uploads/aaaaaaaaa',
    'file:///etc/passwd',
    '../results/aaaaaaaaaaaaaaaaaaaaaaa/0',
    '..%2fresults%2faaaaaaaaaaaaaaaaaaaaa',
    `uploads/${'a'.repeat(32)}`,
    `${'a'.repeat(30)}/b`,
    `${'a'.repeat(29)}%2f`,
    `${'a'.repeat(30)}..`,
    `${'a'.repeat(31)}\n`,
    `${'a'.repeat(32)}\n`,
    `${'a'.repeat(31)}\u0000`,
    `${'a'.repeat(31)}é`,
    `${'a'.repeat(31)}#`,
    'a'.repeat(31),
    'a'.repeat(33),
    '',
  ])('is never named by %j', async (mediaId) => {
    const orderNo = fresh();
    let opened = 0;
    const restore = spoil(world, {
      open: async () => {
        opened += 1;
        return 'missing';
      },
    });
    const { status, body } = await world.post('face-verify', face(orderNo, { mediaId }));
    restore();
    expect([status, body.type, body.billed]).toEqual([400, 'urn:signet:problem:invalid-request', 'no']);
    expect(body.errors).toEqual([{ pointer: '/photo/mediaId', rule: 'pattern' }]);
    expect(opened).toBe(0);
    expect(await world.context.ledger.read(orderNo)).toBeNull();
  });

  it('is told apart from others by its pointer', async () => {
    const compare = { ...person, sourcePhotoType: 'hd', photo: await world.stage(jpeg), orderNo: fresh() };
    const { body } = await world.post('face-compare', { ...compare, sourcePhoto: { mediaId: 'b'.repeat(32) } });
    expect(body.errors).toEqual([{ pointer: '/sourcePhoto/mediaId', rule: 'unknown-media' }]);
    // What was refused has bound nothing.
    expect((await world.context.staging.records.read(compare.photo.mediaId))!.boundTo).toBeUndefined();
    expect((await world.post('face-verify', face(fresh(), compare.photo))).status).toBe(200);
  });

  it('of another caller serves all callers where the stage does not keep them apart', async () => {
    const open = await createWorld({ policy: { isolateCallers: false } });
    const photo = await open.stage(jpeg, 'image/jpeg', 'mallory');
    expect((await open.post('face-verify', face(fresh(), photo))).status).toBe(200);
    await open.stop();
  });

  it('tells the number that Signet made, so that the same order can be sent again', async () => {
    const restore = spoil(world, { open: bucketDown });
    const { orderNo: _, ...input } = face('', await world.stage(jpeg));
    const { body } = await world.post('face-verify', input);
    restore();
    expect(body.orderNo).toMatch(/^[A-Za-z0-9]{32}$/);
    expect((await world.post('face-verify', { ...input, orderNo: body.orderNo })).status).toBe(200);
  });
});

describe('two orders that want the same file at once', () => {
  it('are one order and one refusal, which leaves no order', async () => {
    for (let round = 0; round < 5; round += 1) {
      const photo = await world.stage(jpeg);
      const orders = Array.from({ length: 4 }, fresh);
      const answers = await Promise.all(orders.map((orderNo) => world.post('face-verify', face(orderNo, photo))));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      for (const [index, { status, body }] of answers.entries()) {
        const record = await world.context.ledger.read(orders[index]!);
        if (status === 200) expect(record).toMatchObject({ state: 'succeeded', media: [photo.mediaId] });
        else {
          expect([status, body.type]).toEqual([409, 'urn:signet:problem:media-used']);
          expect(record).toBeNull();
        }
      }
    }
  });

  it('while the same order twice at once is one call', async () => {
    const photo = await world.stage(jpeg);
    const request = face(fresh(), photo);
    const calls = world.calls().length;
    const answers = await Promise.all(Array.from({ length: 10 }, () => world.post('face-verify', request)));
    expect(world.calls()).toHaveLength(calls + 1);
    for (const { status, body } of answers) {
      if (status !== 200) expect([status, body.type]).toEqual([409, 'urn:signet:problem:order-in-progress']);
      else expect(body.outcome).toBe('match');
    }
  });
});

describe('a file that came too late', () => {
  it('because its number had become that of another request, is free for the next order', async () => {
    for (let round = 0; round < 5; round += 1) {
      const [one, two] = [await world.stage(jpeg), await world.stage(jpeg)];
      const orderNo = fresh();
      const answers = await Promise.all([one, two].map((photo) => world.post('face-verify', face(orderNo, photo))));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 422]));
      const loser = answers[0]!.status === 422 ? one : two;
      expect(await world.context.staging.records.read(loser.mediaId)).not.toHaveProperty('boundTo');
      expect((await world.post('face-verify', face(fresh(), loser))).status).toBe(200);
    }
  });

  it('because another order has used and deleted it meanwhile, is used', async () => {
    const photo = await world.stage(jpeg);
    const { objects } = world.context.staging;
    const open = objects.open.bind(objects);
    const restore = spoil(world, {
      open: async (...asked) => {
        restore();
        expect((await world.post('face-verify', face(fresh(), photo))).status).toBe(200);
        expect(world.bucket.has(uploadOf(photo))).toBe(false);
        return open(...asked);
      },
    });
    const { status, body } = await world.post('face-verify', face(fresh(), photo));
    expect([status, body.type, body.errors]).toEqual([
      409,
      'urn:signet:problem:media-used',
      [{ pointer: '/photo/mediaId', rule: 'used' }],
    ]);
  });
});

describe('two calls of the same order', () => {
  it('of which one finds the file gone, because the other has ended: answered from the record', async () => {
    const photo = await world.stage(jpeg);
    const request = face(fresh(), photo);
    const { objects } = world.context.staging;
    const open = objects.open.bind(objects);
    let first: Awaited<ReturnType<typeof world.post>> | undefined;
    const restore = spoil(world, {
      open: async (...asked) => {
        restore();
        first = await world.post('face-verify', request);
        return open(...asked);
      },
    });
    const second = await world.post('face-verify', request);
    expect([first!.status, first!.headers['idempotent-replayed']]).toEqual([200, undefined]);
    expect([second.status, second.headers['idempotent-replayed'], second.body]).toEqual([200, 'true', first!.body]);
  });

  it.each(['photo', 'sourcePhoto'] as const)(
    'of which one meets another order at its %s: what it gives back is not what the other uses',
    async (contested) => {
      const [photo, sourcePhoto] = [await world.stage(jpeg), await world.stage(png, 'image/png')];
      const files = { photo, sourcePhoto };
      const orderNo = fresh();
      const request = { ...person, ...files, sourcePhotoType: 'hd', orderNo };
      const { records } = world.context.staging;
      const { bind, release } = records;
      let first: Awaited<ReturnType<typeof world.post>> | undefined;
      records.bind = async (mediaId, holder, etag) => {
        if (mediaId !== files[contested].mediaId) return bind(mediaId, holder, etag);
        records.bind = bind;
        const other = `order#${fresh()}` as const;
        await bind(mediaId, other, etag);
        const bound = await bind(mediaId, holder, etag);
        await release(mediaId, other);
        first = await world.post('face-compare', request);
        return bound;
      };
      const calls = world.calls().length;
      const second = await world.post('face-compare', request);
      expect([first!.status, second.status, second.body]).toEqual([200, 200, first!.body]);
      expect(world.calls()).toHaveLength(calls + 1);
      for (const { mediaId } of Object.values(files))
        expect(await records.read(mediaId)).toMatchObject({ boundTo: `order#${orderNo}` });
    },
  );
});

describe('a bucket that is down', () => {
  it('when a file is looked at: nothing is recorded, and the same order works later', async () => {
    const photo = await world.stage(jpeg);
    const orderNo = fresh();
    const calls = world.calls().length;
    const restore = spoil(world, { open: bucketDown });
    const { status, headers, body } = await world.post('face-verify', face(orderNo, photo));
    restore();
    expect([status, body.type, body.billed]).toEqual([503, 'urn:signet:problem:media-unavailable', 'no']);
    expect([body.retry, headers['retry-after']]).toEqual([{ sameOrder: true, afterSeconds: 5 }, '5']);
    expect(await world.context.ledger.read(orderNo)).toBeNull();
    expect((await world.context.staging.records.read(photo.mediaId))!.boundTo).toBeUndefined();
    expect(world.calls()).toHaveLength(calls);
    expect((await world.post('face-verify', face(orderNo, photo))).status).toBe(200);
  });

  it('for one of two files lets go of the other', async () => {
    const { objects } = world.context.staging;
    const open = objects.open.bind(objects);
    const bodies: { destroyed: boolean }[] = [];
    const [photo, sourcePhoto] = [await world.stage(jpeg), await world.stage(png, 'image/png')];
    const restore = spoil(world, {
      open: async (key, etag) => {
        if (key === uploadOf(sourcePhoto)) return bucketDown();
        const object = await open(key, etag);
        if (typeof object !== 'string') bodies.push(object.body);
        return object;
      },
    });
    const compare = { ...person, photo, sourcePhoto, sourcePhotoType: 'hd', orderNo: fresh() };
    expect((await world.post('face-compare', compare)).status).toBe(503);
    restore();
    expect(bodies).toMatchObject([{ destroyed: true }]);
  });

  it('while the table is down, not the bucket: nothing is recorded either', async () => {
    const photo = await world.stage(jpeg);
    const { records } = world.context.staging;
    const { read, bind } = records;
    const orderNo = fresh();
    for (const change of [{ read: bucketDown }, { bind: bucketDown }]) {
      Object.assign(records, change);
      const { status, body } = await world.post('face-verify', face(orderNo, photo));
      Object.assign(records, { read, bind });
      expect([status, body.type, body.billed]).toEqual([503, 'urn:signet:problem:ledger-unavailable', 'no']);
      expect(await world.context.ledger.read(orderNo)).toBeNull();
    }
    expect((await world.post('face-verify', face(orderNo, photo))).status).toBe(200);
  });
});
