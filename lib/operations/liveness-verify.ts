import { limit } from '../fields/limits.ts';
import { idNo, name, optional, sourcePhoto, sourcePhotoType, userId, video } from '../fields/request.ts';
import { reference, score, similarity } from '../fields/result.ts';
import { operation } from '../operation.ts';

/** facecompare (specification 6.4). Same order number, app id and ID number as its challenge. */
export const livenessVerify = operation({
  name: 'liveness-verify',
  summary: 'Check that the video shows the living person who reads the digits',
  route: 'POST /v1/liveness/verify',
  upstream: 'POST /api/paas/facecompare',
  family: 'face',
  order: { kind: 'continues', from: 'liveness-challenge' },
  request: {
    name,
    idNo,
    userId: optional(userId),
    video,
    sourcePhoto: optional(sourcePhoto),
    sourcePhotoType: optional(sourcePhotoType),
  },
  result: {
    similarity,
    livenessScore: score('liveRate', 'How surely the person is alive, 0 to 100', '99', 99),
    reference: reference('sourcePhoto'),
  },
  outcome: 'match',
  needs: { with: { sourcePhoto: 'sourcePhotoType', sourcePhotoType: 'sourcePhoto' } },
  limits: { video: limit.video3M, sourcePhoto: limit.photo2M },
  // A boolean since 2019; `"fault"` in one edition of the manual is a slip (specification 6.4).
  wire: { constants: { antiAttack: true }, evidence: { webank: 'documents' } },
});
