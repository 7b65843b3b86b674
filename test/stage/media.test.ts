import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamoDBClient, UpdateItemCommand } from '#signing';
import { type Answered, type Client, createClient, sample, sendForm } from '../../infra/local/demo-client.ts';
import { expectOnTheWire, jpegOf, startOnStandIn, subject } from '../support/stage-client.ts';

const documented = (name: string) => JSON.parse(readFileSync(`test/fixtures/upstream/samples/${name}.json`, 'utf8'));
const photos = ['/9j/4AAQ', '/9j/4AAR'];
const answers = {
  '/api/paas/idcardocrapp': (orderNo: string) => {
    const answer = documented('idcardocrapp-portrait-2021');
    return { ...answer, result: { ...answer.result, orderNo } };
  },
  // "Throttled" (error codes of 2021): the file goes back to its owner.
  '/api/paas/easyface': (orderNo: string) =>
    orderNo.startsWith('throttled')
      ? { code: '66660012', msg: 'x', bizSeqNo: 'b1', result: { orderNo } }
      : { code: '0', msg: 'x', bizSeqNo: 'b1', result: { orderNo, similarity: '90.27' } },
  '/api/v2/paas/optimalphoto': (orderNo: string) => ({
    code: '0',
    bizSeqNo: 'b1',
    result: { orderNo, optimalPhoto: photos, optimalPhotoNum: 2 },
  }),
};

let stand: Awaited<ReturnType<typeof startOnStandIn>>;
let client: Client;
let table: DynamoDBClient;
beforeAll(async () => {
  stand = await startOnStandIn('tencentcloud', answers);
  client = createClient(stand.url, { 'x-signet-caller': 'alice' });
  const { tablesEndpoint: endpoint, region, credentials } = stand.stage;
  table = new DynamoDBClient({ endpoint, region, credentials });
});
afterAll(async () => {
  table?.destroy();
  await stand?.stop();
});

const { name, idNo } = subject;
const jpeg = sample('face.jpg');
const uploads = (): string[] => stand.stored().filter((key) => key.startsWith('uploads/'));
const calls = () => stand.standIn.calls();
const slugOf = ({ body }: Answered): string => body.type.slice('urn:signet:problem:'.length);
let count = 0;
const fresh = (prefix = 'media'): string => {
  count += 1;
  return `${prefix}${count}`;
};

describe('a photo of the largest size, staged', () => {
  it('reaches id-card-ocr on tencentcloud as 20,971,520 characters', async () => {
    const photo = jpegOf(15_728_640);
    const staged = await client.upload(photo, 'image/jpeg');
    expect(uploads()).toEqual([`uploads/${staged.mediaId}`]);
    const { status, body } = await client.call('POST', '/v1/ocr/id-card', { side: 'portrait', photo: staged });
    expect([status, body.outcome, body.billed]).toEqual([200, 'read', 'yes']);
    expectOnTheWire(calls(), { idcardStr: photo });
    expect(String(calls().at(-1)!.body!.idcardStr)).toHaveLength(20_971_520);
    expect(uploads()).toEqual([]);
  });

  it('is refused with one byte more, by the grant and by the bucket', async () => {
    const refused = await client.call('POST', '/v1/media', { contentType: 'image/jpeg', size: 15_728_641 });
    expect([refused.status, slugOf(refused), refused.body.errors]).toEqual([
      422,
      'media-invalid',
      [{ pointer: '/size', rule: 'too-large' }],
    ]);
    const granted = await client.call('POST', '/v1/media', { contentType: 'image/jpeg', size: 15_728_640 });
    const response = await sendForm(granted.body.upload, jpegOf(15_728_641));
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('EntityTooLarge')]);
    expect(uploads()).toEqual([]);
    // The largest video is "3M" of base64 (specification 6.4).
    const video = await client.call('POST', '/v1/media', { contentType: 'video/mp4', size: 2_359_297 });
    expect([video.status, slugOf(video)]).toEqual([422, 'media-invalid']);
  });
});

describe('an operation refuses a staged file, and nothing is recorded or sent', () => {
  type Media = { readonly mediaId: string };
  const face = (photo: Media, orderNo: string) =>
    client.call('POST', '/v1/face/verify', { name, idNo, photo, orderNo });

  /** A file as if it had been staged a day ago. */
  async function dayOld(): Promise<Media> {
    const media = await client.upload(jpeg, 'image/jpeg');
    await table.send(
      new UpdateItemCommand({
        TableName: stand.stage.tables[0]!,
        Key: { orderNo: { S: `media#${media.mediaId}` } },
        UpdateExpression: 'SET createdAt = createdAt - :day',
        ConditionExpression: 'attribute_exists(orderNo)',
        ExpressionAttributeValues: { ':day': { N: '86400000' } },
      }),
    );
    return media;
  }
  async function used(): Promise<Media> {
    const media = await client.upload(jpeg, 'image/jpeg');
    expect((await face(media, fresh())).body.outcome).toBe('match');
    return media;
  }
  /** Looked at for an order that the upstream throttled; then the caller replaces it, as its form still allows. */
  async function swapped(): Promise<Media> {
    const { body } = await client.call('POST', '/v1/media', { contentType: 'image/jpeg', size: jpeg.length });
    const { mediaId, upload } = body;
    await sendForm(upload, jpeg);
    expect(slugOf(await face({ mediaId }, fresh('throttled')))).toBe('upstream-rate-limited');
    expect(uploads()).toContain(`uploads/${mediaId}`);
    const other = Buffer.from(jpeg);
    other[other.length - 1]! ^= 1;
    expect((await sendForm(upload, other)).status).toBe(204);
    return { mediaId };
  }
  async function disguised(): Promise<Media> {
    return client.upload(sample('face-source.png'), 'image/jpeg');
  }
  const mallory = () => createClient(stand.url, { 'x-signet-caller': 'mallory' });

  const refusals: [what: string, make: () => Promise<Media>, status: number, problem: string, rule: string][] = [
    ['of another caller', () => mallory().upload(jpeg, 'image/jpeg'), 422, 'media-invalid', 'unknown-media'],
    ['that nobody staged', async () => ({ mediaId: 'a'.repeat(32) }), 422, 'media-invalid', 'unknown-media'],
    ['that is a day old', dayOld, 422, 'media-invalid', 'expired'],
    ['that has served another order', used, 409, 'media-used', 'used'],
    ['that was replaced after it had been checked', swapped, 422, 'media-invalid', 'changed'],
    [
      'of a type that it does not take',
      () => client.upload(sample('agreement.pdf'), 'application/pdf'),
      422,
      'media-invalid',
      'media-type',
    ],
    ['that is not what its type says', disguised, 422, 'media-invalid', 'media-type'],
    ['whose id is a path', async () => ({ mediaId: '../results/a%2f0' }), 400, 'invalid-request', 'pattern'],
  ];
  it.each(refusals)('%s', async (_, make, status, problem, rule) => {
    const photo = await make();
    const before = calls().length;
    const orderNo = fresh();
    const refused = await face(photo, orderNo);
    expect([refused.status, slugOf(refused), refused.body.billed]).toEqual([status, problem, 'no']);
    expect(refused.body.errors).toEqual([{ pointer: '/photo/mediaId', rule }]);
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    expect(calls()).toHaveLength(before);
    expect((await client.call('GET', `/v1/orders/${orderNo}`)).status).toBe(404);
  });

  it('that is a byte larger than its field takes, though another field would take it', async () => {
    const before = calls().length;
    const large = await client.upload(jpegOf(2_097_153), 'image/jpeg');
    const small = await client.upload(jpeg, 'image/jpeg');
    const input = { name, idNo, photo: small, sourcePhoto: large, sourcePhotoType: 'hd' };
    const refused = await client.call('POST', '/v1/face/compare', input);
    expect([refused.status, slugOf(refused), refused.body.errors]).toEqual([
      422,
      'media-invalid',
      [{ pointer: '/sourcePhoto/mediaId', rule: 'too-large' }],
    ]);
    expect(calls()).toHaveLength(before);
  });
});

describe('best photos', () => {
  it('are links that read them, and a replay makes new ones', async () => {
    const video = await client.upload(sample('digits-video.mp4'), 'video/mp4');
    const input = { orderNo: fresh(), video };
    const take = () => client.call('POST', '/v1/video/best-photos', input);
    type Links = { url: string; expiresAt: string }[];
    const linksOf = ({ body }: Answered) => body.result.photos as Links;
    async function expectPictures(links: Links) {
      const seen = await Promise.all(links.map(async ({ url }) => (await fetch(url)).arrayBuffer()));
      expect(seen.map((bytes) => Buffer.from(bytes).toString('base64'))).toEqual(photos);
    }
    const first = await take();
    expect([first.status, first.body.outcome]).toEqual([200, 'extracted']);
    await expectPictures(linksOf(first));
    expect(uploads()).not.toContain(`uploads/${video.mediaId}`);
    const before = calls().length;
    // A signature is of its second.
    let replay = await take();
    while (linksOf(replay)[0]!.url === linksOf(first)[0]!.url) replay = await take();
    expect([replay.status, replay.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
    await expectPictures(linksOf(replay));
    expect(calls()).toHaveLength(before);
    const { url } = linksOf(replay)[0]!;
    const tampered = await Promise.all(
      [url.replace(/photos\/0/, 'photos/1'), url.replace(/\?.*/, '')].map((one) => fetch(one)),
    );
    expect(tampered.map(({ status }) => status)).toEqual([403, 403]);
  });
});

describe('a file that is too large to stand in the request', () => {
  it.each([
    ["Lambda's limit", 6 * 1024 * 1024],
    ["API Gateway's limit", 10 * 1024 * 1024],
  ])('is a problem over %s that names the way out', async (_, characters) => {
    const before = calls().length;
    const photo = { base64: `/9j/${'A'.repeat(characters - 4)}` };
    const refused = await client.call('POST', '/v1/ocr/id-card', { side: 'portrait', photo });
    expect([refused.status, slugOf(refused), refused.body.billed]).toEqual([413, 'payload-too-large', 'no']);
    expect(refused.body.detail).toContain('POST /v1/media');
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    expect(calls()).toHaveLength(before);
  });
});
