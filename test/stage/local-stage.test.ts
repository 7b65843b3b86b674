import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Launched, launch } from '../../infra/local/launch.ts';
import { simulatorCredentials } from '../../infra/local/options.ts';
import { assembledOnce } from '../support/assembled.ts';
import { marked, media, person } from '../support/world.ts';

const data = mkdtempSync(join(tmpdir(), 'signet-stage-'));
const start = () =>
  launch(
    { port: 0, data, profile: 'tencentcloud', simulated: true, verbose: false, ...simulatorCredentials },
    () => {},
    undefined,
    assembledOnce,
  );

let launched: Launched;
beforeAll(async () => {
  launched = await start();
});
afterAll(async () => {
  await launched?.stop();
  rmSync(data, { recursive: true, force: true });
});

const json = { 'content-type': 'application/json' };
async function request(
  method: string,
  path: string,
  body?: string | Uint8Array<ArrayBuffer> | object,
  headers: object = json,
) {
  const raw = typeof body === 'string' || body instanceof Uint8Array;
  const response = await fetch(launched.url + path, {
    method,
    headers: { ...headers },
    body: body === undefined ? undefined : raw ? body : JSON.stringify(body),
  });
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  return { status: response.status, headers: response.headers, body: (await response.json()) as any };
}
const books = async () =>
  (await fetch(`${launched.simulatorUrl}/simulator/books`)).json() as never as {
    answers: Record<string, Record<string, number>>;
    charged: Record<string, Record<string, number>>;
  };
const face = (orderNo: string) => ({ ...person, photo: media.photo, orderNo });

describe('the local stage', () => {
  it('answers its own routes as API Gateway does: problem documents for every failure', async () => {
    const faces = '/v1/face/verify';
    const large = new Uint8Array(10 * 1024 * 1024 + 1).fill(32);
    const answers = await Promise.all([
      request('GET', '/v1/nothing'),
      request('DELETE', faces),
      request('POST', faces, '{', json),
      request('POST', faces, '{}', { 'content-type': 'text/plain' }),
      request('POST', faces, '{}', { ...json, accept: 'text/html' }),
      request('POST', faces, large),
      request('POST', faces, { name: 'x'.repeat(6_400_000) }),
      request('POST', faces, Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])),
      request('GET', '/v1/orders/nothing'),
      request('GET', '/v1/ocr/id-card/nothing'),
      request('POST', '/v1/liveness/verify', { ...person, video: media.video }),
    ]);
    expect(
      answers.map(({ status, body }) => [status, body.type.slice('urn:signet:problem:'.length), body.billed]),
    ).toEqual([
      [403, 'forbidden', 'no'],
      [403, 'forbidden', 'no'],
      [400, 'malformed-json', 'no'],
      [415, 'unsupported-media-type', 'no'],
      [406, 'not-acceptable', 'no'],
      [413, 'payload-too-large', 'no'],
      [413, 'payload-too-large', 'no'],
      [400, 'malformed-json', 'no'],
      [404, 'not-found', 'no'],
      [404, 'not-found', 'no'],
      [400, 'order-required', 'no'],
    ]);
    for (const { headers, body } of answers) {
      expect(headers.get('content-type')).toBe('application/problem+json');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(body).toMatchObject({
        title: expect.any(String),
        detail: expect.any(String),
        instance: expect.stringMatching(/^urn:signet:request:[0-9a-f-]{36}$/),
        retry: { sameOrder: expect.any(Boolean) },
      });
    }
  });

  it('keeps callers apart by who signs the request', async () => {
    const orderNo = 'stage1';
    const alice = { ...json, 'x-signet-caller': 'alice' };
    expect((await request('POST', '/v1/face/verify', face(orderNo), alice)).body.outcome).toBe('match');
    expect((await request('GET', `/v1/orders/${orderNo}`, undefined, { 'x-signet-caller': 'alice' })).status).toBe(200);
    expect((await request('GET', `/v1/orders/${orderNo}`)).status).toBe(404);
    expect((await request('POST', '/v1/face/verify', face(orderNo))).status).toBe(422);
  });

  it('sends two hundred parallel equal requests to the upstream once', async () => {
    const before = (await books()).charged['face-verify']?.['0'] ?? 0;
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => request('POST', '/v1/face/verify', face('stage2'))),
    );
    const after = await books();
    expect(after.charged['face-verify']!['0']! - before).toBe(1);
    const seen = new Set(answers.map(({ status, body }) => (status === 200 ? body.outcome : body.type)));
    expect(seen.difference(new Set(['match', 'urn:signet:problem:order-in-progress']))).toEqual(new Set());
    expect(answers.filter(({ status, headers }) => status === 200 && !headers.has('idempotent-replayed')).length).toBe(
      1,
    );
  });

  it('finds after a restart what was there before, and buys nothing again', async () => {
    const card = { photo: media.photo, side: 'portrait', orderNo: 'stage3' };
    const first = await request('POST', '/v1/ocr/id-card', card);
    const lost = await request('POST', '/v1/face/verify', { ...face('stage4'), photo: marked('fault=reset') });
    expect([first.status, lost.status]).toEqual([200, 504]);
    const before = await books();
    await launched.stop();
    launched = await start();
    expect((await request('GET', '/v1/orders/stage3')).body).toMatchObject({
      state: 'succeeded',
      outcome: 'read',
      billed: 'yes',
    });
    expect((await request('GET', '/v1/orders/stage4')).body).toMatchObject({ state: 'unknown', billed: 'unknown' });
    const again = await request('POST', '/v1/ocr/id-card', card);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.body).toEqual(first.body);
    const repeated = await request('POST', '/v1/face/verify', { ...face('stage4'), photo: marked('fault=reset') });
    expect(repeated.body.type).toBe('urn:signet:problem:order-outcome-unknown');
    const { charged, answers } = await books();
    expect(charged).toEqual(before.charged);
    expect(answers['face-verify']).toEqual(before.answers['face-verify']);
  });

  it('writes no personal data, secret or ticket into the output of the functions or the table', async () => {
    const { logFile } = launched.stage;
    const log = readFileSync(logFile, 'utf8');
    expect(log).toContain('"event":"call"');
    const database = join(data, 'simulator-tencentcloud', 'dynamodb.db');
    // What was written last is in the log of the database only.
    const table = ['', '-wal'].map((part) => readFileSync(database + part, 'latin1')).join('');
    expect(table).toContain('stage3');
    const secrets = JSON.parse(readFileSync(join(data, 'simulator-tencentcloud', 'secrets.json'), 'utf8'));
    const ticket = /"ticket\\?":\\?"([A-Za-z0-9]{64})/.exec(JSON.stringify(secrets))![1]!;
    const canaries = [
      person.name,
      person.idNo,
      simulatorCredentials.appSecret,
      ticket,
      media.photo!.base64.slice(200, 260),
    ];
    for (const canary of canaries) {
      expect(log.includes(canary)).toBe(false);
      expect(table.includes(Buffer.from(canary).toString('latin1'))).toBe(false);
    }
  });
});
