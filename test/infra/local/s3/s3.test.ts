import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  type ChecksumAlgorithm,
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { expiryOf, openBucket } from '../../../../infra/local/s3/store.ts';
import { temporaryFolder } from '../fixtures.ts';
import { bucket as Bucket, bucketModel, start } from './fixture.ts';

type Put = Partial<PutObjectCommandInput>;
const put = (s3: S3Client, Key: string, Body: PutObjectCommandInput['Body'], more: Put = {}) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const get = async (s3: S3Client, Key: string, more: Partial<GetObjectCommandInput> = {}) => {
  const { Body, ...rest } = await s3.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return { ...rest, text: (await Body?.transformToString()) ?? '' };
};
const failure = (name: string, httpStatusCode: number) => ({ name, $metadata: { httpStatusCode } });
const files = (folder: string) => readdirSync(join(folder, Bucket));

describe('objects', () => {
  test('are stored, read, described and deleted', async () => {
    const { s3, folder } = await start();
    const kms = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'arn:aws-cn:kms:cn-north-1:0:key/k' } as const;
    const Key = "results/a b/样+1!*'()~";
    // MD5 of "hello".
    const ETag = '"5d41402abc4b2a76b9719d911017c592"';
    expect(await put(s3, Key, 'hello', { ContentType: 'image/png', ...kms })).toMatchObject({ ETag, ...kms });
    const described = { ETag, ContentLength: 5, ContentType: 'image/png', AcceptRanges: 'bytes', ...kms };
    expect(await get(s3, Key)).toMatchObject({ text: 'hello', ...described });
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key }))).toMatchObject(described);
    const deletion = new DeleteObjectCommand({ Bucket, Key });
    expect((await s3.send(deletion)).$metadata.httpStatusCode).toBe(204);
    expect((await s3.send(deletion)).$metadata.httpStatusCode).toBe(204);
    await expect(get(s3, Key)).rejects.toMatchObject(failure('NoSuchKey', 404));
    await expect(s3.send(new HeadObjectCommand({ Bucket, Key }))).rejects.toMatchObject(failure('NotFound', 404));
    expect(files(folder)).toEqual([]);
  });

  test('stay, readable by their owner only, under names that tell nothing, and outlive a restart', async () => {
    const { s3, folder, stop } = await start();
    await put(s3, 'uploads/../secret', 'kept');
    await stop();
    expect(files(folder)).toHaveLength(2);
    expect(files(folder).join()).not.toContain('secret');
    for (const file of files(folder)) expect(statSync(join(folder, Bucket, file)).mode & 0o777).toBe(0o600);
    // What a process leaves that is killed during an upload.
    writeFileSync(join(folder, Bucket, 'half.data'), 'half');
    const again = await start({ folder });
    expect((await get(again.s3, 'uploads/../secret')).text).toBe('kept');
    expect(files(folder)).toHaveLength(2);
  });

  test('are replaced as a whole; who reads the old one reads it to its end', async () => {
    const { s3, folder } = await start();
    const old = 'a'.repeat(8_000_000);
    const first = await put(s3, 'k', old);
    const reading = await s3.send(new GetObjectCommand({ Bucket, Key: 'k' }));
    const second = await put(s3, 'k', 'new');
    expect(second.ETag).not.toBe(first.ETag);
    expect(await reading.Body?.transformToString()).toBe(old);
    expect((await get(s3, 'k')).text).toBe('new');
    expect(files(folder)).toHaveLength(2);
  });

  test('are there or not, for who opens one while it is deleted or replaced', async () => {
    const bucket = openBucket(temporaryFolder(), bucketModel, Date.now);
    const record = { key: 'k', etag: '""', size: 0, contentType: '', encryption: {}, checksum: {} };
    for (let turn = 0; turn < 100; turn++) {
      const [first, second] = [await bucket.draft(), await bucket.draft()];
      await first.commit(record, false);
      const replacing = second.commit(record, false);
      const opened = [bucket.open('k'), replacing.then(() => bucket.open('k'))];
      await replacing;
      opened.push(bucket.open('k'));
      bucket.remove('k');
      for (const found of await Promise.all(opened)) await found?.file.close();
      expect(await bucket.open('k')).toBeUndefined();
      await Promise.all([first.discard(), second.discard()]);
    }
  });

  test('are conditional: If-Match and If-None-Match', async () => {
    const { s3 } = await start();
    const IfNoneMatch = '*';
    const all = await Promise.allSettled(['a', 'b', 'c'].map((body) => put(s3, 'k', body, { IfNoneMatch })));
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(put(s3, 'k', 'd', { IfNoneMatch })).rejects.toMatchObject(failure('PreconditionFailed', 412));
    const { ETag: IfMatch } = await put(s3, 'k', 'e');
    expect((await get(s3, 'k', { IfMatch })).text).toBe('e');
    await put(s3, 'k', 'f');
    await expect(get(s3, 'k', { IfMatch })).rejects.toMatchObject(failure('PreconditionFailed', 412));
  });

  test.each<[string, string, string | undefined]>([
    ['bytes=0-1', '01', 'bytes 0-1/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=-99', '0123456789', 'bytes 0-9/10'],
    ['bytes=8-99', '89', 'bytes 8-9/10'],
    // What is no range, or several, is the whole object (RFC 9110, 14.2).
    ['bytes=5-4', '0123456789', undefined],
    ['bytes=0-1,4-5', '0123456789', undefined],
    ['pages=1', '0123456789', undefined],
  ])('in part: %s', async (Range, text, ContentRange) => {
    const { s3 } = await start();
    await put(s3, 'k', '0123456789');
    const found = await get(s3, 'k', { Range });
    expect(found).toMatchObject({ text, $metadata: { httpStatusCode: ContentRange === undefined ? 200 : 206 } });
    expect(found.ContentRange).toBe(ContentRange);
  });

  test('a range behind the end is refused', async () => {
    const { s3 } = await start();
    await put(s3, 'k', '0123456789');
    await put(s3, 'empty', new Uint8Array());
    expect((await get(s3, 'empty')).text).toBe('');
    const refused = failure('InvalidRange', 416);
    await expect(get(s3, 'k', { Range: 'bytes=10-' })).rejects.toMatchObject(refused);
    await expect(get(s3, 'k', { Range: 'bytes=-0' })).rejects.toMatchObject(refused);
    await expect(get(s3, 'empty', { Range: 'bytes=0-0' })).rejects.toMatchObject(refused);
  });
});

describe('an upload', () => {
  test.each<ChecksumAlgorithm>(['CRC32', 'CRC32C', 'SHA1', 'SHA256'])(
    'may carry %s, before or after it',
    async (algorithm) => {
      const { s3 } = await start();
      const name = `Checksum${algorithm}` as const;
      const more = { ChecksumAlgorithm: algorithm };
      const { [name]: checksum } = await put(s3, 'buffer', 'x'.repeat(200_000), more);
      // A stream whose length is known only from its header is sent in chunks, with the checksum behind it.
      const body = Readable.from([Buffer.alloc(100_000, 'x'), Buffer.alloc(100_000, 'x')]);
      const streamed = await put(s3, 'stream', body, { ...more, ContentLength: 200_000 });
      expect(checksum).toMatch(/=$/);
      expect(streamed[name]).toBe(checksum);
      // The client compares it with what it reads.
      expect(await get(s3, 'stream', { ChecksumMode: 'ENABLED' })).toMatchObject({ [name]: checksum });
    },
  );

  test.each<[string, Put, string, number]>([
    ['another MD5', { ContentMD5: Buffer.alloc(16).toString('base64') }, 'BadDigest', 400],
    ['no MD5', { ContentMD5: 'none' }, 'InvalidDigest', 400],
    ['another checksum', { ChecksumCRC32: 'AAAAAA==' }, 'BadDigest', 400],
    ['another SHA-256', { ChecksumSHA256: Buffer.alloc(32).toString('base64') }, 'BadDigest', 400],
    ['a checksum that is none', { ChecksumSHA256: 'AAAAAA==' }, 'InvalidDigest', 400],
    ['a checksum not known here', { ChecksumCRC64NVME: 'AAAAAAAAAAA=' }, 'NotImplemented', 501],
    ['tags', { Tagging: 'a=b' }, 'NotImplemented', 501],
    ['metadata', { Metadata: { a: 'b' } }, 'NotImplemented', 501],
    ['a list of owners', { ACL: 'public-read' }, 'NotImplemented', 501],
    ['another encryption', { ServerSideEncryption: 'rot13' as 'AES256' }, 'InvalidArgument', 400],
    ['a key for no encryption', { SSEKMSKeyId: 'k' }, 'InvalidArgument', 400],
    ['another bucket', { Bucket: 'other' }, 'NoSuchBucket', 404],
    ['a key that is too long', { Key: 'k'.repeat(1025) }, 'KeyTooLongError', 400],
  ])('with %s is refused and leaves nothing', async (_what, more, code, status) => {
    const { s3, folder } = await start();
    await expect(put(s3, 'k', 'hello', more)).rejects.toMatchObject(failure(code, status));
    expect(files(folder)).toEqual([]);
  });

  test('what is not emulated says so', async () => {
    const { s3 } = await start();
    const listing = s3.send(new ListObjectsV2Command({ Bucket }));
    await expect(listing).rejects.toMatchObject(failure('NotImplemented', 501));
    const version = get(s3, 'k', { VersionId: 'v' });
    await expect(version).rejects.toMatchObject(failure('NotImplemented', 501));
  });
});

describe('lifecycle', () => {
  test('ends at the next midnight UTC after the days', () => {
    // Example of the Amazon S3 User Guide: created on 2014-01-15 at 10:30 UTC with 3 days, gone on 2014-01-19 at 00:00.
    expect(expiryOf(Date.UTC(2014, 0, 15, 10, 30), 3)).toBe(Date.UTC(2014, 0, 19));
  });

  test('takes objects away, also while nobody runs', async () => {
    let now = Date.UTC(2031, 4, 1, 23, 59);
    const { s3, folder, stop } = await start({ now: () => now });
    await put(s3, 'a', 'a');
    await put(s3, 'b', 'b');
    expect((await get(s3, 'a')).LastModified).toEqual(new Date(now));
    now = Date.UTC(2031, 4, 3) - 1;
    expect((await get(s3, 'a')).text).toBe('a');
    now += 1;
    await expect(get(s3, 'a')).rejects.toMatchObject(failure('NoSuchKey', 404));
    await put(s3, 'a', 'again', { IfNoneMatch: '*' });
    await stop();
    expect(files(folder)).toHaveLength(4);
    const later = await start({ folder, now: () => now });
    expect(files(folder)).toHaveLength(2);
    await later.stop();
    const forEver = await start({ buckets: [{ ...bucketModel, expirationDays: undefined }], now: () => now });
    await put(forEver.s3, 'a', 'a');
    now = Date.UTC(2099, 0, 1);
    expect((await get(forEver.s3, 'a')).text).toBe('a');
    expect(
      readFileSync(
        join(forEver.folder, Bucket, files(forEver.folder).find((name) => name.endsWith('.data')) ?? ''),
        'utf8',
      ),
    ).toBe('a');
  });
});
