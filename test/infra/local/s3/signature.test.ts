import { connect } from 'node:net';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bucket as Bucket, codeOf, credentials, start } from './fixture.ts';

interface Signed {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: unknown;
}

/** Changes what a client sends after it has been signed. */
function tamper(s3: S3Client, change: (request: Signed) => void): void {
  s3.middlewareStack.add(
    (next) => async (args) => {
      change(args.request as Signed);
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
}

const failure = (name: string, httpStatusCode: number) => ({ name, $metadata: { httpStatusCode } });
const object = { Bucket, Key: 'results/k' };

describe('a signed header', () => {
  test.each<[string, (request: Signed) => void, string, number]>([
    ['another key', (request) => (request.path = `/${Bucket}/results/other`), 'SignatureDoesNotMatch', 403],
    ['another type', ({ headers }) => (headers['content-type'] = 'text/html'), 'SignatureDoesNotMatch', 403],
    [
      'another hash of the body',
      ({ headers }) => (headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD'),
      'SignatureDoesNotMatch',
      403,
    ],
    ['another body', (request) => (request.body = 'HELLO'), 'XAmzContentSHA256Mismatch', 400],
    ['one more x-amz header', ({ headers }) => (headers['x-amz-acl'] = 'public-read'), 'AccessDenied', 403],
    ['another token', ({ headers }) => (headers['x-amz-security-token'] = 'other'), 'InvalidToken', 400],
    ['no token', ({ headers }) => delete headers['x-amz-security-token'], 'InvalidAccessKeyId', 403],
    ['no signature', ({ headers }) => delete headers.authorization, 'AccessDenied', 403],
    ['another scheme', ({ headers }) => (headers.authorization = 'AWS a:b'), 'AuthorizationHeaderMalformed', 400],
    [
      'a host that is not signed',
      ({ headers }) => (headers.authorization = headers.authorization?.replace('host;', '') ?? ''),
      'AccessDenied',
      403,
    ],
  ])('with %s is refused', async (_what, change, code, status) => {
    const { s3 } = await start();
    tamper(s3, change);
    await expect(s3.send(new PutObjectCommand({ ...object, Body: 'hello' }))).rejects.toMatchObject(
      failure(code, status),
    );
  });

  test.each<[string, object, string, number]>([
    ['another access key', { credentials: { ...credentials, accessKeyId: 'ASIAOTHER' } }, 'InvalidAccessKeyId', 403],
    ['another secret', { credentials: { ...credentials, secretAccessKey: 'x' } }, 'SignatureDoesNotMatch', 403],
    ['another region', { region: 'us-east-1' }, 'AuthorizationHeaderMalformed', 400],
    ['a clock that is wrong', { systemClockOffset: 901_000 }, 'RequestTimeTooSkewed', 403],
  ])('with %s is refused', async (_what, client, code, status) => {
    const { s3 } = await start({}, client);
    await expect(s3.send(new DeleteObjectCommand(object))).rejects.toMatchObject(failure(code, status));
  });

  test('follows the real clock, not that of the objects', async () => {
    const { s3 } = await start({ now: () => Date.UTC(2040, 0, 1) });
    await s3.send(new PutObjectCommand({ ...object, Body: 'hello' }));
    expect((await s3.send(new GetObjectCommand(object))).LastModified).toEqual(new Date(Date.UTC(2040, 0, 1)));
  });
});

describe('a presigned URL', () => {
  const now = Date.UTC(2040, 0, 1);
  const presign = (s3: S3Client, more = {}) =>
    getSignedUrl(s3, new GetObjectCommand(object), { expiresIn: 300, signingDate: new Date(now), ...more });

  test('reads until it has expired, with its method only', async () => {
    let clock = now;
    const { s3 } = await start({ now: () => clock });
    await s3.send(new PutObjectCommand({ ...object, Body: 'hello', ContentType: 'image/jpeg' }));
    const url = await presign(s3);
    clock = now + 299_999;
    const found = await fetch(url);
    expect([found.status, found.headers.get('content-type'), await found.text()]).toEqual([200, 'image/jpeg', 'hello']);
    expect((await fetch(url, { headers: { range: 'bytes=1-2' } })).status).toBe(206);
    expect(await codeOf(await fetch(url, { method: 'DELETE' }))).toEqual([403, 'SignatureDoesNotMatch']);
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(403);
    clock = now + 300_000;
    const expired = await fetch(url);
    expect(await expired.clone().text()).toContain('<Message>Request has expired</Message>');
    expect(await codeOf(expired)).toEqual([403, 'AccessDenied']);
    clock = now - 900_001;
    expect(await codeOf(await fetch(url))).toEqual([403, 'AccessDenied']);
  });

  test.each<[string, (url: URL) => void, [number, string]]>([
    ['another key', (url) => (url.pathname += 'x'), [403, 'SignatureDoesNotMatch']],
    ['a longer life', (url) => url.searchParams.set('X-Amz-Expires', '301'), [403, 'SignatureDoesNotMatch']],
    [
      'too long a life',
      (url) => url.searchParams.set('X-Amz-Expires', '604801'),
      [400, 'AuthorizationQueryParametersError'],
    ],
    [
      'one more parameter',
      (url) => url.searchParams.set('response-content-type', 'text/html'),
      [403, 'SignatureDoesNotMatch'],
    ],
    [
      'another signature',
      (url) => url.searchParams.set('X-Amz-Signature', '0'.repeat(64)),
      [403, 'SignatureDoesNotMatch'],
    ],
    ['no signature', (url) => url.searchParams.delete('X-Amz-Signature'), [400, 'AuthorizationQueryParametersError']],
    ['nothing of a signature', (url) => (url.search = ''), [403, 'AccessDenied']],
    ['a parameter given twice', (url) => url.searchParams.append('X-Amz-Expires', '300'), [400, 'InvalidArgument']],
    ['another bucket', (url) => (url.pathname = '/other/k'), [403, 'SignatureDoesNotMatch']],
  ])('with %s is refused', async (_what, change, refusal) => {
    const { s3 } = await start({ now: () => now });
    await s3.send(new PutObjectCommand({ ...object, Body: 'hello' }));
    const url = new URL(await presign(s3));
    change(url);
    expect(await codeOf(await fetch(url))).toEqual(refusal);
  });

  test('and a header at once are refused, and so is a header that it does not sign', async () => {
    const { s3 } = await start({ now: () => now });
    const url = await presign(s3);
    expect(await codeOf(await fetch(url, { headers: { authorization: 'x' } }))).toEqual([400, 'InvalidArgument']);
    expect(await codeOf(await fetch(url, { headers: { 'x-amz-acl': 'x' } }))).toEqual([403, 'AccessDenied']);
  });

  test('of an upload made with defaults carries the checksum of nothing, and is refused for it', async () => {
    const { s3 } = await start({ now: () => now }, { requestChecksumCalculation: 'WHEN_SUPPORTED' });
    const put = new PutObjectCommand(object);
    const signed = { signingDate: new Date(now) };
    const url = await getSignedUrl(s3, put, signed);
    expect(await codeOf(await fetch(url, { method: 'PUT', body: 'hello' }))).toEqual([400, 'BadDigest']);
    const plain = await start({ now: () => now }, { requestChecksumCalculation: 'WHEN_REQUIRED' });
    const usable = await getSignedUrl(plain.s3, put, signed);
    expect((await fetch(usable, { method: 'PUT', body: 'hello' })).status).toBe(200);
  });
});

test('no change of a presigned URL is ever served', async () => {
  const now = Date.now();
  const { s3, endpoint } = await start({ now: () => now });
  await s3.send(new PutObjectCommand({ ...object, Body: 'hello' }));
  const url = (await getSignedUrl(s3, new GetObjectCommand(object), { signingDate: new Date(now) })).slice(
    endpoint.length,
  );
  const change = fc.tuple(fc.integer({ min: 1, max: url.length - 1 }), fc.constantFrom(...'abz019%&=/+-.~A'.split('')));
  await fc.assert(
    fc.asyncProperty(change, async ([at, character]) => {
      // Percent-encoding and the names of S3's own parameters are the same in either case.
      fc.pre(url[at]?.toLowerCase() !== character.toLowerCase());
      const response = await fetch(endpoint + url.slice(0, at) + character + url.slice(at + 1));
      await response.arrayBuffer();
      expect(response.status).toBeGreaterThanOrEqual(400);
    }),
    { numRuns: 150 },
  );
});

test('no change of a signed header or body is ever served', async () => {
  const sent = { ...object, Body: 'hello', ContentType: 'image/jpeg' };
  const { s3 } = await start();
  let change: (request: Signed) => void = () => {};
  tamper(s3, (request) => change(request));
  const names = [
    'authorization',
    'content-type',
    'x-amz-date',
    'x-amz-content-sha256',
    'x-amz-security-token',
    'x-amz-checksum-crc32',
    'host',
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('body', ...names),
      fc.nat(),
      fc.constantFrom(...'az09;,='.split('')),
      async (name, where, character) => {
        change = (request) => {
          const before = name === 'body' ? String(request.body) : (request.headers[name] ?? '');
          const at = where % before.length;
          fc.pre(before[at] !== character);
          const after = before.slice(0, at) + character + before.slice(at + 1);
          if (name === 'body') request.body = after;
          else request.headers[name] = after;
        };
        await expect(s3.send(new PutObjectCommand(sent))).rejects.toThrow();
      },
    ),
    { numRuns: 150 },
  );
  change = () => {};
  await expect(s3.send(new GetObjectCommand(object))).rejects.toMatchObject(failure('NoSuchKey', 404));
});

test('garbage is answered or hung up on, and the next request is served', async () => {
  const { s3, endpoint } = await start();
  const { port } = new URL(endpoint);
  const send = (text: string | Uint8Array) =>
    new Promise<void>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.end(text));
      socket
        .on('error', () => {})
        .on('close', () => resolve())
        .resume();
    });
  const line = fc.string({ maxLength: 60 });
  const method = fc.constantFrom('GET', 'PUT', 'POST', 'HEAD', 'DELETE', 'PATCH', 'OPTIONS');
  const http = fc
    .tuple(method, line, fc.array(line, { maxLength: 3 }), fc.string({ maxLength: 200 }))
    .map(([verb, path, headers, body]) =>
      [
        `${verb} /${Bucket}/${path} HTTP/1.1`,
        'host: x',
        'content-type: multipart/form-data; boundary=b',
        ...headers,
        `content-length: ${body.length}`,
        '',
        body,
      ].join('\r\n'),
    );
  await fc.assert(fc.asyncProperty(fc.oneof(http, fc.uint8Array({ maxLength: 200 })), send), { numRuns: 150 });
  await s3.send(new PutObjectCommand({ ...object, Body: 'hello' }));
});
