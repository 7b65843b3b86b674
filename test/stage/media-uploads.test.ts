import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, createClient, type Form, sample, sendForm } from '../../infra/local/demo-client.ts';
import { signedForm } from '../../lib/signing/post-policy.ts';
import { expectOnTheWire, jpegOf, startOnStandIn, subject } from '../support/stage-client.ts';

const answers = {
  '/api/paas/easycompare': (orderNo: string) => ({
    code: '0',
    bizSeqNo: 'b1',
    result: { orderNo, similarity: '85.01' },
  }),
};
let stand: Awaited<ReturnType<typeof startOnStandIn>>;
let client: Client;
beforeAll(async () => {
  stand = await startOnStandIn('webank', answers);
  client = createClient(stand.url);
});
afterAll(() => stand?.stop());

const jpeg = sample('face.jpg');

it('two photos of the largest size reach face-compare on webank as 2,796,204 characters each', async () => {
  const [photo, sourcePhoto] = [jpegOf(2_097_152), jpegOf(2_097_152).fill(7, 1_000_000)];
  const [one, two] = await Promise.all([photo, sourcePhoto].map((bytes) => client.upload(bytes, 'image/jpeg')));
  const { name, idNo } = subject;
  const input = { name, idNo, photo: one, sourcePhoto: two, sourcePhotoType: 'hd' };
  const { status, body } = await client.call('POST', '/v1/face/compare', input);
  expect([status, body.outcome, body.result.similarity]).toEqual([200, 'match', 85.01]);
  const calls = stand.standIn.calls();
  expectOnTheWire(calls, { photoStr: photo, sourcePhotoStr: sourcePhoto });
  expect([calls.length, String(calls[0]!.body!.photoStr).length]).toEqual([1, 2_796_204]);
  expect(stand.stored()).toEqual([]);
});

describe('the bucket refuses an upload', () => {
  const granted = async (size = jpeg.length): Promise<Form> =>
    (await client.call('POST', '/v1/media', { contentType: 'image/jpeg', size })).body.upload;
  const changed = async (fields: Record<string, string>): Promise<Form> => {
    const form = await granted();
    return { ...form, fields: { ...form.fields, ...fields } };
  };
  /** A form like those that are granted, six minutes ago. */
  async function expired(): Promise<Form> {
    const { url, fields } = await granted();
    const { stage } = stand;
    const signedAt = Date.now() - 360_000;
    const named = Object.entries(fields).filter(([field]) => !/^(policy|x-amz-(?!server))/i.test(field));
    const grant = { bucket: stage.buckets[0]!, region: stage.region, size: jpeg.length, signedAt };
    const expiresAt = signedAt + 300_000;
    return { url, fields: signedForm({ ...grant, fields: Object.fromEntries(named), expiresAt }, stage.credentials) };
  }
  const without = async (field: string): Promise<Form> => {
    const { url, fields } = await granted();
    return { url, fields: Object.fromEntries(Object.entries(fields).filter(([key]) => key !== field)) };
  };
  // Status and code as S3 answers them (Amazon S3 API Reference, "Error responses").
  const refusals: [what: string, form: () => Promise<Form>, status: number, code: string][] = [
    ['under another key', () => changed({ key: `uploads/${'a'.repeat(32)}` }), 403, 'AccessDenied'],
    ['outside its folder', () => changed({ key: 'results/a/0' }), 403, 'AccessDenied'],
    ['of another type', () => changed({ 'Content-Type': 'image/png' }), 403, 'AccessDenied'],
    ['without encryption', () => without('x-amz-server-side-encryption'), 403, 'AccessDenied'],
    ['that is a byte longer', () => granted(jpeg.length - 1), 400, 'EntityTooLarge'],
    ['that is a byte shorter', () => granted(jpeg.length + 1), 400, 'EntityTooSmall'],
    ['after five minutes', expired, 403, 'AccessDenied'],
    ['with another signature', () => changed({ 'X-Amz-Signature': '0'.repeat(64) }), 403, 'SignatureDoesNotMatch'],
    ['with another policy', () => changed({ Policy: btoa('{}') }), 403, 'SignatureDoesNotMatch'],
  ];
  it.each(refusals)('%s', async (what, form, status, code) => {
    const response = await sendForm(await form(), jpeg);
    const text = await response.text();
    expect([response.status, /<Code>(\w+)<\/Code>/.exec(text)?.[1]]).toEqual([status, code]);
    if (what === 'after five minutes') expect(text).toContain('Policy expired');
    expect(stand.stored()).toEqual([]);
  });

  it('unless it is as granted', async () => {
    expect((await sendForm(await granted(), jpeg)).status).toBe(204);
    expect(stand.stored()).toHaveLength(1);
  });
});
