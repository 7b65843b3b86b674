import { emblemFields, portraitFields, recognizedAt } from '../fields/documents.ts';
import { files, optional } from '../fields/request.ts';
import { picture, score, warningBits } from '../fields/result.ts';
import { operation } from '../operation.ts';

const quality = (side: 'front' | 'back') => ({
  warnings: warningBits(`${side}WarnCode`, `${side}MultiWarning`),
  clarity: score(`${side}Clarity`, 'How clear the picture is, 0 to 100', '78', 78),
});

/** getOcrResult (specification 6.17). Its page is written for SDK and H5 orders, so "not found" is a normal answer. */
export const idCardResult = operation({
  name: 'id-card-result',
  summary: 'Read the result of an ID card order again',
  route: 'GET /v1/ocr/id-card/{orderNo}',
  upstream: 'GET /api/server/getOcrResult',
  family: 'id-card-query',
  order: { kind: 'reads', of: 'id-card-ocr' },
  request: { files: optional(files) },
  result: {
    portrait: {
      kind: 'group',
      meaning: 'The portrait side',
      when: { answered: ['frontCode', '0'] },
      fields: { ...portraitFields, ...quality('front') },
    },
    emblem: {
      kind: 'group',
      meaning: 'The emblem side',
      when: { answered: ['backCode', '0'] },
      fields: { ...emblemFields, ...quality('back') },
    },
    recognizedAt,
    images: {
      kind: 'group',
      meaning: 'The pictures',
      when: { files: true },
      fields: {
        portrait: picture('frontPhoto', 'Portrait side', { optional: true }),
        emblem: picture('backPhoto', 'Emblem side', { optional: true }),
        portraitCrop: picture('frontCrop', 'Portrait side, cut out', { optional: true }),
        emblemCrop: picture('backCrop', 'Emblem side, cut out', { optional: true }),
        head: picture('headPhoto', 'Head of the portrait side', { optional: true }),
      },
    },
  },
  outcome: 'read',
  wire: {
    alias: { orderNo: 'order_no', files: 'get_file' },
    evidence: { webank: 'documents', tencentcloud: 'client' },
  },
});
