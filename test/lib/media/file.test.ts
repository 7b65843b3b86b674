import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { ObjectStore, StoredObject } from '#signing';
import type { MediaType } from '../../../lib/fields/limits.ts';
import { openFile, type StagedFile } from '../../../lib/media/file.ts';
import type { MediaRecord } from '../../../lib/media/records.ts';
import { media } from '../../support/world.ts';

const jpeg = Buffer.from(media.photo!.base64, 'base64');
const record = (more: Partial<MediaRecord> = {}): MediaRecord => ({
  mediaId: 'a'.repeat(32),
  caller: 'alice',
  contentType: 'image/jpeg',
  size: jpeg.length,
  createdAt: 0,
  version: 1,
  ...more,
});

const inPieces = (bytes: Buffer, size: number): Readable =>
  Readable.from(
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    ),
    { objectMode: false },
  );

/** Bytes, and then an error instead of the end. */
const breaking = (bytes: Buffer): Readable =>
  Readable.from(
    (async function* () {
      yield bytes;
      throw new Error('ECONNRESET');
    })(),
    { objectMode: false },
  );

/** A bucket that answers with these, one after the other. */
function bucket(...answers: (Partial<StoredObject> | 'missing' | 'changed' | Error)[]) {
  const asked: (string | undefined)[] = [];
  const bodies: Readable[] = [];
  const open: ObjectStore['open'] = async (key, etag) => {
    expect(key).toBe(`uploads/${'a'.repeat(32)}`);
    const answer = answers[Math.min(asked.length, answers.length - 1)]!;
    asked.push(etag);
    if (typeof answer === 'string') return answer;
    if (answer instanceof Error) throw answer;
    const body = answer.body ?? inPieces(jpeg, 1_000);
    bodies.push(body);
    return { etag: '"1"', size: jpeg.length, contentType: 'binary/octet-stream', ...answer, body };
  };
  return { objects: { open } as ObjectStore, asked, bodies };
}

const opened = async (objects: ObjectStore, media = record()): Promise<StagedFile> => {
  const file = await openFile(objects, media);
  return typeof file === 'string' ? expect.fail(file) : file;
};

async function readAll(file: StagedFile): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.read()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('a staged file', () => {
  it.each([1, 5, 11, 12, 13, 4_096, 1_000_000])('arrives whole in pieces of %i bytes', async (size) => {
    const { objects, asked } = bucket({ body: inPieces(jpeg, size) });
    const file = await opened(objects);
    expect(file).toMatchObject({ type: 'image/jpeg', size: jpeg.length, etag: '"1"' });
    expect(await file.ready()).toBeNull();
    expect((await readAll(file)).equals(jpeg)).toBe(true);
    expect(asked).toEqual([undefined]);
  });

  it('is read again only as the object that was looked at', async () => {
    const { objects, asked } = bucket({});
    const file = await opened(objects);
    await readAll(file);
    expect(await file.ready()).toBeNull();
    expect((await readAll(file)).equals(jpeg)).toBe(true);
    expect(asked).toEqual([undefined, '"1"']);
  });

  it('is asked for by the ETag that its record has', async () => {
    const { objects, asked } = bucket({ etag: '"7"' });
    await opened(objects, record({ etag: '"7"' }));
    expect(asked).toEqual(['"7"']);
  });

  it('that broke off while it waited is opened again, as the same object, before anything of it is sent', async () => {
    const { objects, asked, bodies } = bucket({ body: inPieces(jpeg, 100) }, {});
    const file = await opened(objects);
    bodies[0]!.destroy(new Error('ECONNRESET'));
    expect(await file.ready()).toBeNull();
    expect((await readAll(file)).equals(jpeg)).toBe(true);
    expect(asked).toEqual([undefined, '"1"']);
  });

  it('that is small has arrived whole, and is not opened again', async () => {
    const { objects, asked, bodies } = bucket({ body: inPieces(jpeg, jpeg.length) });
    const file = await opened(objects);
    await new Promise((resolve) => setImmediate(resolve));
    expect(await file.ready()).toBeNull();
    expect((await readAll(file)).equals(jpeg)).toBe(true);
    expect([asked, bodies.length]).toEqual([[undefined], 1]);
  });

  it('cannot be read without being ready', async () => {
    const file = await opened(bucket({}).objects);
    await readAll(file);
    await expect(readAll(file)).rejects.toThrow('not open');
  });

  it.each<[string, Partial<StoredObject> | 'missing' | 'changed', Partial<MediaRecord>, string]>([
    ['that is not there', 'missing', {}, 'not-uploaded'],
    ['that is another one', 'changed', { etag: '"1"' }, 'changed'],
    ['whose ETag the bucket did not compare', { etag: '"2"' }, { etag: '"1"' }, 'changed'],
    ['that is longer than announced', { size: jpeg.length + 1 }, {}, 'changed'],
    ['that is shorter than announced', { size: jpeg.length - 1 }, {}, 'changed'],
    ['of another type than announced', {}, { contentType: 'image/png' as MediaType }, 'media-type'],
    ['that is no picture at all', { body: inPieces(Buffer.alloc(jpeg.length), 1_000) }, {}, 'media-type'],
    ['that is too short to tell', { size: 2, body: inPieces(jpeg.subarray(0, 2), 1) }, { size: 2 }, 'media-type'],
  ])('%s is refused and let go of', async (_, answer, more, fault) => {
    const { objects, bodies } = bucket(answer);
    expect(await openFile(objects, record(more))).toBe(fault);
    for (const body of bodies) expect(body.destroyed).toBe(true);
  });

  it.each<[string, Readable]>([
    ['ends early', inPieces(jpeg.subarray(0, -1), 1_000)],
    ['goes on', inPieces(Buffer.concat([jpeg, Buffer.from('x')]), 1_000)],
    ['breaks off', breaking(jpeg.subarray(0, 5_000))],
    ['breaks off after its last byte', breaking(jpeg)],
  ])('that %s fails while it is read, never quietly', async (_, body) => {
    const file = await opened(bucket({ body }).objects);
    await expect(readAll(file)).rejects.toThrow();
    expect(body.destroyed).toBe(true);
  });

  it('hands on no more bytes than announced', async () => {
    const file = await opened(bucket({ body: inPieces(Buffer.concat([jpeg, jpeg]), 1_000) }).objects);
    let bytes = 0;
    const reading = (async () => {
      for await (const chunk of file.read()) bytes += chunk.length;
    })();
    await expect(reading).rejects.toThrow('another length');
    expect(bytes).toBeLessThanOrEqual(jpeg.length);
  });

  it('fails to open where the bucket fails, or breaks off at once', async () => {
    await expect(openFile(bucket(new Error('SlowDown')).objects, record())).rejects.toThrow('SlowDown');
    const cut = breaking(jpeg.subarray(0, 4));
    await expect(openFile(bucket({ body: cut }).objects, record())).rejects.toThrow('ECONNRESET');
    expect(cut.destroyed).toBe(true);
  });

  it('that breaks while nobody reads it ends no process', async () => {
    const body = breaking(jpeg.subarray(0, 100));
    const file = await opened(bucket({ body }).objects);
    body.destroy(new Error('ECONNRESET'));
    await new Promise((resolve) => setImmediate(resolve));
    await expect(readAll(file)).rejects.toThrow('ECONNRESET');
  });

  it('lets go of what is open', async () => {
    const { objects, bodies } = bucket({});
    const file = await opened(objects);
    file.close();
    file.close();
    expect(bodies.map(({ destroyed }) => destroyed)).toEqual([true]);
  });

  it('lets go of what is being read', async () => {
    const { objects, bodies } = bucket({});
    const file = await opened(objects);
    for await (const _ of file.read()) break;
    expect(bodies[0]!.destroyed).toBe(true);
  });
});
