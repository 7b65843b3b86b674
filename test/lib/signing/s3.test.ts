import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ObjectStore, objectStore, type StoredObject } from '#signing';
import { type S3, startS3 } from '../../../infra/local/s3/s3.ts';

const bucket = 'signet-test-media';
const credentials = { accessKeyId: 'ASIATEST', secretAccessKey: 'synthetic', sessionToken: 'synthetic-session' };
const folder = mkdtempSync(join(tmpdir(), 'signet-s3-store-'));
let clock = Date.now();
const now = () => clock;
let s3: S3;
let strange: Server;
/** What the strange server answers. */
let answer: (response: ServerResponse) => void;
let store: ObjectStore;
let strangeStore: ObjectStore;

function storeAt(endpoint: string): ObjectStore {
  vi.stubEnv('AWS_ENDPOINT_URL_S3', endpoint);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', credentials.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials.secretAccessKey);
  vi.stubEnv('AWS_SESSION_TOKEN', credentials.sessionToken);
  return objectStore({ bucket, key: 'arn:aws:kms:us-east-1:000000000000:key/test', now, patience: 200 });
}

beforeAll(async () => {
  s3 = await startS3({
    folder,
    buckets: [{ name: bucket, arn: `arn:aws:s3:::${bucket}` }],
    credentials,
    region: 'us-east-1',
    now,
  });
  strange = createServer((request, response) => {
    request.resume();
    answer(response);
  });
  await new Promise<void>((resolve) => strange.listen(0, '127.0.0.1', resolve));
  store = storeAt(s3.endpoint);
  // The client is made by the first call, from the environment of that moment.
  await store.remove('nothing');
  strangeStore = storeAt(`http://127.0.0.1:${(strange.address() as AddressInfo).port}`);
  answer = (response) => response.writeHead(204).end();
  await strangeStore.remove('nothing');
  vi.unstubAllEnvs();
});
afterAll(async () => {
  strange.closeAllConnections();
  strange.close();
  await s3.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function bytesOf(object: StoredObject | string): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of (object as StoredObject).body) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

describe('the store of objects', () => {
  it('puts, opens, replaces and removes', async () => {
    await store.put('results/a/0', Buffer.from('one'), 'image/jpeg');
    const first = (await store.open('results/a/0')) as StoredObject;
    expect([first.size, first.contentType, await bytesOf(first)]).toEqual([3, 'image/jpeg', 'one']);
    const same = (await store.open('results/a/0', first.etag)) as StoredObject;
    expect(await bytesOf(same)).toBe('one');
    await store.put('results/a/0', Buffer.from('two'), 'image/jpeg');
    expect(await store.open('results/a/0', first.etag)).toBe('changed');
    await store.remove('results/a/0');
    await store.remove('results/a/0');
    expect(await store.open('results/a/0')).toBe('missing');
  });

  it('links to an object for as long as it says', async () => {
    await store.put('results/b/0', Buffer.from('picture'), 'image/jpeg');
    const link = await store.link('results/b/0', 300);
    expect(await (await fetch(link)).text()).toBe('picture');
    clock += 301_000;
    expect((await fetch(link)).status).toBe(403);
  });

  it('grants one upload of one type and size', async () => {
    const { url, fields } = await store.form('uploads/x', 'image/jpeg', 4, 300);
    const upload = async (file: string) => {
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.append(name, value);
      form.append('file', new Blob([file], { type: 'image/jpeg' }));
      return (await fetch(url, { method: 'POST', body: form })).status;
    };
    expect(await upload('12345')).toBe(400);
    expect(await store.open('uploads/x')).toBe('missing');
    expect(await upload('1234')).toBe(204);
    expect(await bytesOf(await store.open('uploads/x'))).toBe('1234');
  });
});

describe('an S3 that behaves strangely', () => {
  const xml = (status: number, code: string) => (response: ServerResponse) =>
    response.writeHead(status, { 'content-type': 'application/xml' }).end(`<Error><Code>${code}</Code></Error>`);

  it('is taken at its word when it denies an object that may not be there', async () => {
    // Without the permission to list, S3 says so of every key that does not exist.
    answer = xml(403, 'AccessDenied');
    expect(await strangeStore.open('uploads/gone')).toBe('missing');
  });

  it.each([
    [403, 'SignatureDoesNotMatch'],
    [400, 'InvalidRequest'],
    [501, 'NotImplemented'],
  ])('fails with %i %s, which says nothing about the object', async (status, code) => {
    answer = xml(status, code);
    await expect(strangeStore.open('uploads/x')).rejects.toMatchObject({ name: code });
  });

  it('fails when nothing follows the headers', async () => {
    answer = (response) => response.writeHead(200, { 'content-length': '10', etag: '"x"' }).flushHeaders();
    await expect(strangeStore.open('uploads/x')).rejects.toMatchObject({ name: 'AbortError' });
  });
});
