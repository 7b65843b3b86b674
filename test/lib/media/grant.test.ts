import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mediaHandler } from '../../../lib/http/handler.ts';
import { largestFiles } from '../../../lib/media/largest.ts';
import type { ProfileName } from '../../../lib/operation.ts';
import { operations } from '../../../lib/operations/index.ts';
import { createWorld, type World } from '../../support/world.ts';

// Specification, sections 6 and 8: 20 MB or "3M" of base64, of which three quarters are bytes; a PDF of at most 1 MB. BMP
// is taken since 2021, which the documents of webank are older than.
const mega = 1024 * 1024;
const largest: Readonly<Record<ProfileName, Readonly<Record<string, number>>>> = {
  webank: {
    'image/jpeg': 2.25 * mega,
    'image/png': 2.25 * mega,
    'video/mp4': 2.25 * mega,
    'application/pdf': mega,
  },
  tencentcloud: {
    'image/jpeg': 15 * mega,
    'image/png': 15 * mega,
    'image/bmp': 15 * mega,
    'video/mp4': 2.25 * mega,
    'application/pdf': mega,
  },
  kyc1: {
    'image/jpeg': 15 * mega,
    'image/png': 15 * mega,
    'image/bmp': 15 * mega,
    'video/mp4': 2.25 * mega,
    'application/pdf': mega,
  },
};
const sizes = Object.entries(largest).flatMap(([profile, types]) =>
  Object.entries(types).map(([contentType, size]) => ({ profile: profile as ProfileName, contentType, size })),
);

const worlds = new Map<ProfileName, World>();
beforeAll(async () => {
  for (const profile of Object.keys(largest) as ProfileName[]) worlds.set(profile, await createWorld({ profile }));
});
afterAll(() => Promise.all([...worlds.values()].map((world) => world.stop())));
const world = (profile: ProfileName = 'tencentcloud'): World => worlds.get(profile)!;

describe('the largest files', () => {
  it.each(Object.keys(largest) as ProfileName[])('on %s are those of the documents', (profile) => {
    expect(largestFiles(operations, profile)).toEqual(largest[profile]);
  });

  it('are those of the field that takes most', () => {
    const one = operations.filter(({ name }) => name === 'consent-record');
    expect(largestFiles(one, 'webank')).toEqual({ 'application/pdf': mega });
  });
});

describe('a grant', () => {
  it.each(sizes)('on $profile for $contentType may be of $size bytes', async ({ profile, contentType, size }) => {
    const { status, body } = await world(profile).grant({ contentType, size });
    expect(status).toBe(200);
    const { mediaId } = body;
    expect(mediaId).toMatch(/^[A-Za-z0-9]{32}$/);
    expect(body).toEqual({
      mediaId,
      upload: { url: 'memory:', fields: { key: `uploads/${mediaId}` } },
      expiresAt: '2026-01-05T10:05:00+08:00',
    });
    expect(await world(profile).context.staging.records.read(mediaId)).toMatchObject({
      mediaId,
      caller: 'arn:aws:sts::000000000000:assumed-role/alice',
      contentType,
      size,
      createdAt: world(profile).clock,
    });
  });

  it.each(sizes)('on $profile for $contentType of one byte more is refused', async ({ profile, contentType, size }) => {
    expect(await world(profile).grant({ contentType, size: size + 1 })).toMatchObject({
      status: 422,
      body: {
        type: 'urn:signet:problem:media-invalid',
        billed: 'no',
        errors: [{ pointer: '/size', rule: 'too-large' }],
      },
    });
  });

  it('asks the bucket for exactly this file, for five minutes', async () => {
    const { context } = world();
    const asked: unknown[] = [];
    const objects = {
      ...context.staging.objects,
      form: async (...given: unknown[]) => {
        asked.push(given);
        return { url: 'https://bucket', fields: { key: String(given[0]), Policy: 'canary' } };
      },
    };
    const handler = mediaHandler(operations, () => ({ ...context, staging: { ...context.staging, objects } }));
    const event = { caller: 'flow', input: { contentType: 'video/mp4', size: 1_234_567 } };
    const answer = await handler(event, { awsRequestId: 'g', getRemainingTimeInMillis: () => 28_000 } as never);
    const { mediaId } = answer as { mediaId: string };
    expect(asked).toEqual([[`uploads/${mediaId}`, 'video/mp4', 1_234_567, 300]]);
    expect(answer).toMatchObject({ upload: { url: 'https://bucket', fields: { Policy: 'canary' } } });
    expect(await context.staging.records.read(mediaId)).toMatchObject({ caller: 'flow' });
    expect(world().lines.join('')).not.toMatch(/canary|bucket/);
  });

  it('is another one each time', async () => {
    const wanted = { contentType: 'image/png', size: 100 };
    const ids = await Promise.all(Array.from({ length: 50 }, async () => (await world().grant(wanted)).body.mediaId));
    expect(new Set(ids).size).toBe(50);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9]{32}$/);
  });

  it.each<[object | string, ...string[]]>([
    ['[]', ' type'],
    ['7', ' type'],
    [{}, '/contentType required', '/size required'],
    [{ contentType: 'image/jpeg' }, '/size required'],
    [{ size: 5 }, '/contentType required'],
    [{ contentType: 5, size: '5' }, '/contentType type', '/size type'],
    [{ contentType: null, size: null }, '/contentType type', '/size type'],
    [{ contentType: 'image/gif', size: 5 }, '/contentType choice'],
    [{ contentType: 'IMAGE/JPEG', size: 5 }, '/contentType choice'],
    [{ contentType: 'image/jpeg;x=1', size: 5 }, '/contentType choice'],
    [{ contentType: 'toString', size: 5 }, '/contentType choice'],
    [{ contentType: 'image/jpeg', size: 0 }, '/size empty'],
    [{ contentType: 'image/jpeg', size: -1 }, '/size empty'],
    [{ contentType: 'image/jpeg', size: 1.5 }, '/size type'],
    [{ contentType: 'image/jpeg', size: 2 ** 53 }, '/size type'],
    ['{"contentType":"image/jpeg","size":1e999}', '/size type'],
    [{ contentType: 'image/jpeg', size: 5, key: 'uploads/x' }, '/key unknown'],
    [{ contentType: 'image/jpeg', size: 5, 'ke y': 1, bucket: 2 }, '/- unknown', '/bucket unknown'],
  ])('of %j is refused: %s', async (input, ...errors) => {
    const { status, body } = await world().grant(input);
    expect([status, body.type, body.billed]).toEqual([400, 'urn:signet:problem:invalid-request', 'no']);
    const told = body.errors.map(({ pointer, rule }: { pointer: string; rule: string }) => `${pointer} ${rule}`);
    expect(told).toEqual(errors);
  });

  it('for a bitmap is refused where the profile takes none', async () => {
    expect((await world('webank').grant({ contentType: 'image/bmp', size: 5 })).body).toMatchObject({
      type: 'urn:signet:problem:invalid-request',
      errors: [{ pointer: '/contentType', rule: 'choice' }],
    });
  });
});
