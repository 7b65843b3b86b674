import { v2 } from '../envelope.ts';
import { limit } from '../fields/limits.ts';
import { video } from '../fields/request.ts';
import type { Leaf } from '../fields/result.ts';
import { operation } from '../operation.ts';

const photos: Leaf<{ base64: string }[]> = {
  kind: 'pictures',
  wire: ['optimalPhoto'],
  meaning: 'The best photos of the face in the video',
  raw: ['/9j/4AAQ'],
  sample: [{ base64: '/9j/4AAQ' }],
  sensitivity: 'C3',
};

/** optimalphoto (specification 6.5). The video is `videoFile` here and `videoStr` in facecompare. */
export const videoBestPhotos = operation({
  name: 'video-best-photos',
  summary: 'Take the best photos of a face out of a video',
  route: 'POST /v1/video/best-photos',
  upstream: 'POST /api/v2/paas/optimalphoto',
  family: 'video',
  order: { kind: 'creates' },
  request: { video },
  result: { photos },
  outcome: 'extracted',
  limits: { video: limit.video3M },
  wire: { alias: { video: 'videoFile' }, evidence: { webank: 'documents' } },
  envelope: v2,
});
