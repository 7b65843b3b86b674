import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { bucket as Bucket, codeOf, type FormOptions, formOf, kms, post, signedFields, start } from './fixture.ts';

const messageOf = async (response: Response) => /<Message>(.*)<\/Message>/.exec(await response.text())?.[1];
/** A field of the form, after it has been signed. */
const changed = (name: string, value: string, options?: FormOptions) => ({ ...signedFields(options), [name]: value });
const without = (...names: string[]) =>
  Object.fromEntries(Object.entries(signedFields()).filter(([name]) => !names.includes(name)));

describe('a form', () => {
  test('uploads its file with key, type and encryption', async () => {
    const { s3, endpoint } = await start();
    const response = await post(endpoint, signedFields({ fields: kms }), 'picture');
    expect([response.status, await response.text()]).toEqual([204, '']);
    const found = await s3.send(new GetObjectCommand({ Bucket, Key: 'uploads/a' }));
    expect(await found.Body?.transformToString()).toBe('picture');
    const md5 = createHash('md5').update('picture').digest('hex');
    expect([response.headers.get('etag'), found.ETag]).toEqual([`"${md5}"`, `"${md5}"`]);
    expect(found).toMatchObject({
      ContentType: 'image/jpeg',
      ContentLength: 7,
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: kms['x-amz-server-side-encryption-aws-kms-key-id'],
    });
  });

  test('is answered as it asks', async () => {
    const { endpoint } = await start();
    const created = await post(endpoint, signedFields({ fields: { success_action_status: '201' } }));
    expect(created.status).toBe(201);
    expect(await created.text()).toMatch(
      /<PostResponse><Location>http:\/\/127\.0\.0\.1:\d+\/signet-media\/uploads%2Fa<\/Location><Bucket>signet-media<\/Bucket><Key>uploads\/a<\/Key><ETag>&quot;[0-9a-f]{32}&quot;<\/ETag><\/PostResponse>$/,
    );
    expect((await post(endpoint, signedFields({ fields: { success_action_status: '200' } }))).status).toBe(200);
    expect((await post(endpoint, signedFields({ fields: { success_action_status: '404' } }))).status).toBe(204);
  });

  test('may name its fields in any case, and carry what is ignored', async () => {
    const { endpoint } = await start();
    const upper = Object.entries(signedFields()).map(([name, value]) => [name.toUpperCase(), value]);
    expect((await post(endpoint, Object.fromEntries([...upper, ['x-ignore-me', 'x']]))).status).toBe(204);
  });

  test('may be as large as it says: 16 MiB', async () => {
    const { s3, endpoint } = await start();
    const bytes = 16 * 1024 * 1024;
    const fields = signedFields({ size: [bytes, bytes] });
    expect((await post(endpoint, fields, new Uint8Array(bytes))).status).toBe(204);
    const found = await s3.send(new HeadObjectCommand({ Bucket, Key: 'uploads/a' }));
    expect(found.ContentLength).toBe(bytes);
    expect(await codeOf(await post(endpoint, fields, new Uint8Array(bytes + 1)))).toEqual([400, 'EntityTooLarge']);
    expect(await codeOf(await post(endpoint, fields, new Uint8Array(bytes - 1)))).toEqual([400, 'EntityTooSmall']);
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'uploads/a' }))).LastModified).toEqual(
      found.LastModified,
    );
  });

  test.each<[string, () => Record<string, string>, [number, string], string]>([
    [
      'another key',
      () => changed('key', 'uploads/b'),
      [403, 'AccessDenied'],
      'Policy Condition failed: [&quot;eq&quot;, &quot;$key&quot;, &quot;uploads/a&quot;]',
    ],
    ['another type', () => changed('Content-Type', 'text/html'), [403, 'AccessDenied'], 'Policy Condition failed'],
    [
      'another encryption',
      () => changed('x-amz-server-side-encryption', 'AES256', { fields: kms }),
      [403, 'AccessDenied'],
      'Policy Condition failed',
    ],
    ['another token', () => changed('x-amz-security-token', 'other'), [400, 'InvalidToken'], 'token'],
    [
      'another access key',
      () => changed('x-amz-credential', signedFields()['x-amz-credential']?.replace('ASIASAMPLE', 'ASIAOTHER') ?? ''),
      [403, 'InvalidAccessKeyId'],
      'does not exist',
    ],
    [
      'another region',
      () => changed('x-amz-credential', signedFields()['x-amz-credential']?.replace('cn-north-1', 'us-east-1') ?? ''),
      [400, 'InvalidArgument'],
      "expecting 'cn-north-1'",
    ],
    [
      'another signature',
      () => changed('x-amz-signature', '0'.repeat(64)),
      [403, 'SignatureDoesNotMatch'],
      'does not match the signature',
    ],
    [
      'another policy',
      () => changed('policy', signedFields({ size: [1, 99] }).policy ?? ''),
      [403, 'SignatureDoesNotMatch'],
      'does not match',
    ],
    ['another date', () => changed('x-amz-date', '20200101T000000Z'), [400, 'InvalidArgument'], 'X-Amz-Date'],
    ['one more field', () => changed('x-amz-meta-a', 'b'), [403, 'AccessDenied'], 'Extra input fields: x-amz-meta-a'],
    ['no type', () => without('Content-Type'), [403, 'AccessDenied'], 'Policy Condition failed'],
    ['no key', () => without('key'), [400, 'InvalidArgument'], "must contain a field named 'key'"],
    ['no signature', () => without('x-amz-signature'), [400, 'InvalidArgument'], "named 'X-Amz-Signature'"],
    ['no policy', () => without('policy'), [400, 'InvalidArgument'], "named 'Policy'"],
    ['nothing of a signature', () => ({ key: 'uploads/a' }), [403, 'AccessDenied'], 'Access Denied'],
    [
      'another bucket',
      () => signedFields({ conditions: [{ bucket: 'other' }] }),
      [403, 'AccessDenied'],
      'Policy Condition failed',
    ],
    ['a field for another bucket', () => changed('bucket', 'other'), [403, 'AccessDenied'], 'Policy Condition failed'],
    [
      'a field that is not emulated',
      () => signedFields({ fields: { acl: 'public-read' } }),
      [501, 'NotImplemented'],
      'not implemented',
    ],
    [
      'a key made of the name of the file',
      () => signedFields({ key: 'uploads/${filename}' }),
      [501, 'NotImplemented'],
      'not implemented',
    ],
    [
      'a wrong MD5',
      () => signedFields({ fields: { 'Content-MD5': 'AAAAAAAAAAAAAAAAAAAAAA==' } }),
      [400, 'BadDigest'],
      'Content-MD5',
    ],
    ['a second key', () => ({ ...signedFields(), KEY: 'uploads/b' }), [403, 'AccessDenied'], 'Policy Condition failed'],
    [
      'a key of KMS that is no header',
      () => signedFields({ fields: { ...kms, 'x-amz-server-side-encryption-aws-kms-key-id': '钥' } }),
      [400, 'InvalidArgument'],
      'Invalid Argument',
    ],
    [
      'the algorithm of a checksum only',
      () => signedFields({ fields: { 'x-amz-checksum-algorithm': 'CRC32' } }),
      [501, 'NotImplemented'],
      'not implemented',
    ],
    [
      'fields that are too long',
      () => signedFields({ fields: { 'x-ignore-a': 'a'.repeat(20_480) } }),
      [400, 'MaxPostPreDataLengthExceeded'],
      'too large',
    ],
  ])('with %s is refused and leaves nothing', async (_what, fields, refusal, message) => {
    const { endpoint, folder } = await start();
    const response = await post(endpoint, fields());
    expect(await messageOf(response.clone())).toContain(message);
    expect(await codeOf(response)).toEqual(refusal);
    expect(readdirSync(join(folder, Bucket))).toEqual([]);
  });

  test('expires by the clock handed in', async () => {
    let now = Date.UTC(2040, 0, 1);
    const { endpoint } = await start({ now: () => now });
    const fields = signedFields({ signedAt: now });
    now += 299_999;
    expect((await post(endpoint, fields)).status).toBe(204);
    now += 1;
    const response = await post(endpoint, fields);
    expect(await messageOf(response.clone())).toBe('Invalid according to Policy: Policy expired.');
    expect(await codeOf(response)).toEqual([403, 'AccessDenied']);
  });

  test('that is refused leaves its connection to others', async () => {
    const { endpoint } = await start();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const send = async (fields: Record<string, string>, file: Uint8Array<ArrayBuffer>): Promise<number | undefined> => {
      const encoded = new Response(formOf(fields, file));
      const body = Buffer.from(await encoded.arrayBuffer());
      const headers = { 'content-type': encoded.headers.get('content-type') ?? '', 'content-length': body.length };
      const request = httpRequest(`${endpoint}/${Bucket}`, { method: 'POST', agent, headers }).end(body);
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      await once(response.resume(), 'end');
      return response.statusCode;
    };
    expect(await send(changed('key', 'other'), new Uint8Array(4_000_000))).toBe(403);
    expect(await send(signedFields(), new Uint8Array(5))).toBe(204);
    agent.destroy();
  });

  test('may go on after its file, but not break off there', async () => {
    const { s3, endpoint, folder } = await start();
    const part = (name: string, value: string) =>
      `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
    const head = Object.entries(signedFields())
      .map(([name, value]) => part(name, value))
      .join('');
    const body = `${head}${part('file', 'picture')}${part('submit', 'x')}--b--\r\n`;
    const url = `${endpoint}/${Bucket}`;
    const headers = { 'content-type': 'multipart/form-data; boundary="b"' };
    expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(204);
    const before = await s3.send(new HeadObjectCommand({ Bucket, Key: 'uploads/a' }));
    const cut = httpRequest(url, { method: 'POST', headers: { ...headers, 'content-length': body.length } });
    cut.on('error', () => {}).write(body.replace('picture', 'PICTURE').slice(0, -8));
    while (readdirSync(join(folder, Bucket)).length < 3) await delay(5);
    cut.destroy();
    while (readdirSync(join(folder, Bucket)).length > 2) await delay(5);
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'uploads/a' }))).ETag).toBe(before.ETag);
    const unfinished = await fetch(url, { method: 'POST', headers, body: head + part('file', 'picture').slice(0, -2) });
    expect(await codeOf(unfinished)).toEqual([400, 'MalformedPOSTRequest']);
    const noFile = await fetch(url, { method: 'POST', headers, body: `${head}--b--` });
    expect(await codeOf(noFile)).toEqual([400, 'InvalidArgument']);
    const noForm = await fetch(url, { method: 'POST', body: 'x' });
    expect(await codeOf(noForm)).toEqual([412, 'PreconditionFailed']);
    const toKey = await fetch(`${url}/k`, { method: 'POST', headers, body });
    expect(await codeOf(toKey)).toEqual([403, 'AccessDenied']);
    const elsewhere = await fetch(`${endpoint}/other`, { method: 'POST', headers, body });
    expect(await codeOf(elsewhere)).toEqual([404, 'NoSuchBucket']);
  });
});
