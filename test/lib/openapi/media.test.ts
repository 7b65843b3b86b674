import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problems } from '../../../lib/http/problems.ts';
import { exampleAnswer } from '../../../lib/openapi/examples.ts';
import { exampleGrant, exampleMediaRequest } from '../../../lib/openapi/media.ts';
import { problemsOf } from '../../../lib/openapi/problem-use.ts';
import { operations } from '../../../lib/operations/index.ts';
import { createWorld, type World } from '../../support/world.ts';
import { named } from '../request/inputs.ts';
import { document, faults } from './ajv.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.stop());

describe('staging a file in the document', () => {
  it('has examples that fit their schemas, and the answer to the example fits too', async () => {
    expect(faults('CreateMediaRequest', exampleMediaRequest)).toBe('');
    expect(faults('MediaGrant', exampleGrant)).toBe('');
    const { body } = await world.grant(exampleMediaRequest);
    expect(faults('MediaGrant', { ...body, upload: { ...body.upload, url: 'https://bucket' } })).toBe('');
    expect(faults('StagedMedia', { mediaId: body.mediaId })).toBe('');
  });

  it.each<[object, boolean]>([
    [{ contentType: 'video/mp4', size: 1 }, true],
    [{ contentType: 'image/gif', size: 1 }, false],
    [{ contentType: 'image/png', size: 0 }, false],
    [{ contentType: 'image/png', size: 1.5 }, false],
    [{ contentType: 'image/png' }, false],
    [{ contentType: 'image/png', size: 1, name: 'face.png' }, false],
    [{ contentType: 'image/png', size: 15_728_640 }, true],
    [{ contentType: 'image/png', size: 15_728_641 }, false],
  ])('judges %j as the gateway does', async (request, right) => {
    expect(faults('CreateMediaRequest', request) === '').toBe(right);
    expect((await world.grant(request)).status === 200).toBe(right);
  });

  it('tells the limits of every profile in words', () => {
    expect(JSON.stringify(document.components.schemas!.CreateMediaRequest)).toContain(
      'At most: JPEG 2,359,296 on webank, 15,728,640 on tencentcloud and kyc1; ' +
        'PNG 2,359,296 on webank, 15,728,640 on tencentcloud and kyc1; ' +
        'BMP 15,728,640 on tencentcloud and kyc1; MP4 2,359,296; PDF 1,048,576.',
    );
  });
});

describe('the problems of media', () => {
  const answering = (slug: string) =>
    operations.filter((operation) => problemsOf(operation, problems).includes(slug)).map(({ name }) => name);

  it('stand where there is media', () => {
    const taking = operations.filter(({ request }) => Object.values(request).some(({ kind }) => kind === 'media'));
    expect(answering('media-used')).toEqual(taking.map(({ name }) => name));
    expect(answering('media-unavailable')).toEqual([
      ...taking.map(({ name }) => name),
      'id-card-result',
      'bank-card-result',
      'driver-license-result',
      'vehicle-license-result',
    ]);
    expect(answering('result-not-replayable')).toEqual(['video-best-photos']);
  });
});

describe('pictures in the document', () => {
  it('are text or links', () => {
    expect(faults('Picture', { base64: '/9j/4AAQ' })).toBe('');
    expect(faults('Picture', { url: 'https://bucket/key', expiresAt: '2026-01-05T10:05:00+08:00' })).toBe('');
    expect(faults('Picture', { url: 'https://bucket/key' })).not.toBe('');
    expect(faults('Picture', {})).not.toBe('');
  });

  it('are links in the example of best photos', () => {
    expect(exampleAnswer(named('video-best-photos'))).toMatchObject({
      result: { photos: [{ url: expect.stringMatching(/^https:/), expiresAt: expect.any(String) }] },
    });
  });
});
