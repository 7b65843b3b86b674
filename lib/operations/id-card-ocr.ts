import { emblemFields, portraitFields } from '../fields/documents.ts';
import { limit } from '../fields/limits.ts';
import { cardSide, optional, photo, userId, withNativePlace } from '../fields/request.ts';
import { score, text, warningBits } from '../fields/result.ts';
import { operation } from '../operation.ts';

const quality = {
  warnings: warningBits('warning', 'multiWarning'),
  clarity: score('clarity', 'How clear the picture is, 0 to 100', '64', 64),
};
const nativePlace = text('nativePlace', 'Place that the ID number stands for', '北京市东城区', { optional: true });

/** idcardocrapp (specification 6.9). `cardType` is always sent, although the newest page has dropped it. */
export const idCardOcr = operation({
  name: 'id-card-ocr',
  summary: 'Read one side of an ID card',
  route: 'POST /v1/ocr/id-card',
  upstream: 'POST /api/paas/idcardocrapp',
  family: 'id-card',
  // The page of the query is written for orders of the SDK and of H5 pages.
  order: { kind: 'creates', query: 'id-card-result', notFoundProves: 'when-confirmed' },
  request: { side: cardSide, photo, userId: optional(userId), withNativePlace: optional(withNativePlace) },
  result: {
    portrait: {
      kind: 'group',
      meaning: 'The portrait side',
      when: { sent: ['side', 'portrait'] },
      fields: { ...portraitFields, nativePlace, ...quality },
    },
    emblem: {
      kind: 'group',
      meaning: 'The emblem side',
      when: { sent: ['side', 'emblem'] },
      fields: { ...emblemFields, ...quality },
    },
  },
  outcome: 'read',
  limits: { photo: { webank: limit.picture3M, tencentcloud: limit.picture20M, kyc1: limit.picture20M } },
  wire: {
    host: 'ida',
    alias: { photo: 'idcardStr' },
    evidence: { webank: 'documents', tencentcloud: 'documents', kyc1: 'client' },
  },
});
