import { limit } from '../fields/limits.ts';
import { idNo, name, optional, photo, photoType, userId } from '../fields/request.ts';
import { reference, similarity } from '../fields/result.ts';
import { operation } from '../operation.ts';

/** easyface (specification 6.1). */
export const faceVerify = operation({
  name: 'face-verify',
  summary: "Compare a photo with the authority's photo of the person",
  route: 'POST /v1/face/verify',
  upstream: 'POST /api/paas/easyface',
  family: 'face',
  order: { kind: 'creates' },
  request: { name, idNo, userId: optional(userId), photo, photoType: optional(photoType) },
  result: { similarity, reference: reference() },
  outcome: 'match',
  limits: { photo: { webank: limit.photo2M, tencentcloud: limit.photo20M, kyc1: limit.photo20M } },
  wire: {
    host: 'ida',
    // The page of 2021 keeps the older spelling on the newer host (specification 2.2).
    appId: { tencentcloud: ['webankAppId'] },
    // Optional in the manual of 2019, required in that of 2021 (specification 6.1).
    requires: { tencentcloud: ['userId'], kyc1: ['userId'] },
    evidence: { webank: 'documents', tencentcloud: 'documents', kyc1: 'documents' },
  },
});
