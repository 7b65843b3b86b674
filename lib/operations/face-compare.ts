import { limit } from '../fields/limits.ts';
import { idNo, name, optional, photo, sourcePhoto, sourcePhotoType, userId } from '../fields/request.ts';
import { type Derived, reference, similarity } from '../fields/result.ts';
import { operation } from '../operation.ts';

const threshold: Derived<number> = {
  kind: 'threshold',
  meaning: "The stage's `similarity.match` that decided, 0 to 100",
  sample: 70,
  sensitivity: 'C1',
};

/** easycompare (specification 6.2). The upstream promises only a score, so the stage's threshold decides. */
export const faceCompare = operation({
  name: 'face-compare',
  summary: 'Compare two photos of a person',
  route: 'POST /v1/face/compare',
  upstream: 'POST /api/paas/easycompare',
  family: 'face',
  order: { kind: 'creates' },
  request: { name, idNo, userId: optional(userId), photo, sourcePhoto, sourcePhotoType },
  result: { similarity, threshold, reference: reference('sourcePhoto') },
  outcome: 'match',
  decidedBy: 'similarity',
  limits: { photo: limit.photo2M, sourcePhoto: limit.photo2M },
  wire: { host: 'ida', evidence: { webank: 'documents', tencentcloud: 'client' } },
});
