import { v2 } from '../envelope.ts';
import { limit } from '../fields/limits.ts';
import { idNo, name, optional, photo, sourcePhoto, sourcePhotoType, userId } from '../fields/request.ts';
import { count, type Leaf, type List, similarity } from '../fields/result.ts';
import { operation } from '../operation.ts';

const outcome: Leaf<'match' | 'no-match'> = {
  kind: 'pass',
  wire: ['singleFaceCode'],
  meaning: 'Whether this face is the person',
  raw: '1',
  sample: 'match',
  sensitivity: 'C1',
};

/** multiface/compare (specification 6.6). Name and number may be 32 long here, and a code 0 may pass no face. */
export const faceCompareGroup = operation({
  name: 'face-compare-group',
  summary: 'Find a person among several faces in a photo',
  route: 'POST /v1/face/compare-group',
  upstream: 'POST /api/v2/multiface/compare',
  family: 'face',
  order: { kind: 'creates' },
  request: { name: { ...name, max: 32 }, idNo, userId: optional(userId), photo, sourcePhoto, sourcePhotoType },
  result: {
    faceCount: count('faceNum', 'How many faces the photo shows', 1, 1),
    matchCount: {
      kind: 'count-of-matches',
      from: 'faces',
      meaning: 'How many of them are the person',
      sample: 1,
      sensitivity: 'C1',
    },
    faces: {
      kind: 'list',
      wire: ['faceResultList'],
      meaning: 'Each face',
      fields: { outcome, similarity },
    } satisfies List,
  },
  outcome: 'match',
  decidedBy: 'faces',
  limits: { photo: limit.picture3M, sourcePhoto: limit.picture1M },
  wire: { evidence: { webank: 'documents' } },
  envelope: v2,
});
