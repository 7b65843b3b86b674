import { readdirSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { describe, expect, test } from 'vitest';
import { sha256, sign, signingFor, signRequest } from '../../../../infra/local/s3/sigv4.ts';
import { bucket as Bucket, codeOf, credentials, region, start } from './fixture.ts';

const files = (folder: string) => readdirSync(join(folder, Bucket));
const scope = (date: string) => `${date.slice(0, 8)}/${region}/s3/aws4_request`;

/** Sends a PUT with headers and framing of one's own; `body` gets what signs chunks. */
async function put(endpoint: string, headers: Record<string, string>, body: (chunk: Chunk) => string) {
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const signing = signingFor(credentials.secretAccessKey, scope(date), date);
  const all = {
    ...headers,
    host: new URL(endpoint).host,
    'x-amz-date': date,
    'x-amz-security-token': credentials.sessionToken,
  } as Record<string, string>;
  const names = Object.keys(all).toSorted();
  const path = `/${Bucket}/k`;
  let previous = signRequest(signing, {
    method: 'PUT',
    path,
    query: [],
    headers: names.map((name) => [name, all[name] ?? '']),
    payload: all['x-amz-content-sha256'] ?? '',
  });
  const credential = `${credentials.accessKeyId}/${scope(date)}`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential},SignedHeaders=${names.join(';')},Signature=${previous}`;
  const next = (kind: string, ...rest: string[]) => {
    previous = sign(signing, [`AWS4-HMAC-SHA256-${kind}`, date, scope(date), previous, ...rest].join('\n'));
    return previous;
  };
  const chunk: Chunk = {
    of: (text) => `${text.length.toString(16)};chunk-signature=${next('PAYLOAD', sha256(''), sha256(text))}\r\n${text}`,
    trailer: (line) => `${line}\r\nx-amz-trailer-signature:${next('TRAILER', sha256(`${line}\n`))}\r\n\r\n`,
  };
  const { host: _, ...sent } = all;
  return fetch(endpoint + path, { method: 'PUT', headers: { ...sent, authorization }, body: body(chunk) });
}

interface Chunk {
  of: (text: string) => string;
  trailer: (line: string) => string;
}

const signed = { 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD', 'x-amz-decoded-content-length': '5' };
const trailing = { ...signed, 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER' };
const unsigned = { ...signed, 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' };
const crc32 = { 'x-amz-trailer': 'x-amz-checksum-crc32' };
// CRC-32 of "hello" is 3610a686.
const line = 'x-amz-checksum-crc32:NhCmhg==';
const hello = ({ of }: Chunk) => `${of('hel')}\r\n${of('lo')}\r\n${of('')}`;
const plain = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };

describe('a body', () => {
  test.each<[string, Record<string, string>, (chunk: Chunk) => string]>([
    ['as it is', plain, () => 'hello'],
    ['with its hash', { 'x-amz-content-sha256': sha256('hello') }, () => 'hello'],
    ['in signed chunks', signed, (chunk) => `${hello(chunk)}\r\n`],
    ['in signed chunks with a trailer', { ...trailing, ...crc32 }, (chunk) => `${hello(chunk)}${chunk.trailer(line)}`],
    ['in chunks with a trailer', { ...unsigned, ...crc32 }, () => `5\r\nhello\r\n0\r\n${line}\r\n\r\n`],
    ['in an encoding that is only framing', { ...plain, 'content-encoding': 'aws-chunked' }, () => 'hello'],
  ])('is stored %s', async (_how, headers, body) => {
    const { s3, endpoint } = await start();
    expect((await put(endpoint, headers, body)).status).toBe(200);
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: 'k' }));
    expect(await Body?.transformToString()).toBe('hello');
  });

  const three = { ...signed, 'x-amz-decoded-content-length': '3' };
  const nine = { ...signed, 'x-amz-decoded-content-length': '9' };
  const checksums = { 'x-amz-checksum-crc32': 'NhCmhg==', 'x-amz-checksum-sha1': 'qvTGHdzF6KLavt4PO0gs2a6pQ00=' };
  test.each<[string, Record<string, string>, (chunk: Chunk) => string, number, string]>([
    [
      'a chunk that is not signed',
      signed,
      ({ of }) => `${of('hel').replace('hel', 'HEL')}`,
      403,
      'SignatureDoesNotMatch',
    ],
    [
      'chunks in another order',
      signed,
      ({ of }) => [of('hel'), of('lo')].reverse().join('\r\n'),
      403,
      'SignatureDoesNotMatch',
    ],
    ['chunks without signatures', signed, () => '5\r\nhello\r\n0\r\n\r\n', 403, 'SignatureDoesNotMatch'],
    ['no last chunk', signed, ({ of }) => `${of('hello')}\r\n`, 400, 'IncompleteBody'],
    ['more than it says', three, (chunk) => `${hello(chunk)}\r\n`, 400, 'IncompleteBody'],
    ['less than it says', nine, (chunk) => `${hello(chunk)}\r\n`, 400, 'IncompleteBody'],
    ['no length', { 'x-amz-content-sha256': signed['x-amz-content-sha256'] }, () => '', 411, 'MissingContentLength'],
    ['no number for a length', { ...signed, 'x-amz-decoded-content-length': 'x' }, () => '', 400, 'InvalidArgument'],
    [
      'a trailer that is not signed',
      { ...trailing, ...crc32 },
      (chunk) => `${hello(chunk)}${line}\r\n\r\n`,
      403,
      'SignatureDoesNotMatch',
    ],
    ['no trailer', { ...unsigned, ...crc32 }, () => '5\r\nhello\r\n0\r\n\r\n', 400, 'MalformedTrailerError'],
    [
      'a trailer that is not announced',
      unsigned,
      () => `5\r\nhello\r\n0\r\n${line}\r\n\r\n`,
      400,
      'MalformedTrailerError',
    ],
    ['a trailer without chunks', { ...plain, ...crc32 }, () => 'hello', 400, 'MalformedTrailerError'],
    [
      'another checksum behind it',
      { ...unsigned, ...crc32 },
      () => '5\r\nHELLO\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n',
      400,
      'BadDigest',
    ],
    ['two checksums', { ...plain, ...checksums }, () => 'hello', 400, 'InvalidRequest'],
    [
      'an algorithm without a checksum',
      { ...plain, 'x-amz-sdk-checksum-algorithm': 'CRC32' },
      () => 'hello',
      400,
      'InvalidRequest',
    ],
    ['another hash', { 'x-amz-content-sha256': sha256('HELLO') }, () => 'hello', 400, 'XAmzContentSHA256Mismatch'],
    ['no hash at all', { 'x-amz-content-sha256': 'none' }, () => 'hello', 400, 'InvalidArgument'],
    ['an encoding', { ...plain, 'content-encoding': 'gzip' }, () => 'hello', 501, 'NotImplemented'],
    ['a condition on its version', { ...plain, 'if-match': '"x"' }, () => 'hello', 501, 'NotImplemented'],
  ])('with %s is refused and leaves nothing', async (_what, headers, body, status, code) => {
    const { endpoint, folder } = await start();
    expect(await codeOf(await put(endpoint, headers, body))).toEqual([status, code]);
    expect(files(folder)).toEqual([]);
  });

  test('that is refused leaves its connection to others', async () => {
    const { s3 } = await start({}, { requestHandler: { httpAgent: { maxSockets: 1 } } });
    const refused = s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: Buffer.alloc(4_000_000), Tagging: 'a=b' }));
    await expect(refused).rejects.toThrow('not implemented');
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'hello' }));
  });

  test.each<[string, (destroy: () => void, stop: () => Promise<void>) => unknown]>([
    ['that breaks off', (destroy) => destroy()],
    ['that is stopped', (_destroy, stop) => stop()],
  ])('%s leaves nothing', async (how, end) => {
    const { s3, stop, folder } = await start({}, { requestChecksumCalculation: 'WHEN_REQUIRED' });
    const url = await getSignedUrl(s3, new PutObjectCommand({ Bucket, Key: 'k' }));
    const upload = httpRequest(url, { method: 'PUT', headers: { 'content-length': 1_000_000 } }).on('error', () => {});
    upload.write('x'.repeat(100_000));
    while (files(folder).length === 0) await delay(5);
    await end(() => upload.destroy(), stop);
    // A connection that breaks off is noticed a little later; who stops waits.
    if (how === 'that breaks off') while (files(folder).length > 0) await delay(5);
    expect(files(folder)).toEqual([]);
  });
});
