import { bankCardFields, recognizedAt } from '../fields/documents.ts';
import { files, optional } from '../fields/request.ts';
import { picture, warningCodes } from '../fields/result.ts';
import { operation } from '../operation.ts';

/** getBankCardOcrResult (specification 6.15). */
export const bankCardResult = operation({
  name: 'bank-card-result',
  summary: 'Read the result of a bank card order again',
  route: 'GET /v1/ocr/bank-card/{orderNo}',
  upstream: 'GET /api/server/getBankCardOcrResult',
  family: 'bank-card-query',
  order: { kind: 'reads', of: 'bank-card-ocr' },
  request: { files: optional(files) },
  result: {
    ...bankCardFields,
    warnings: warningCodes('warnCode', 'multiWarnCode'),
    recognizedAt,
    images: {
      kind: 'group',
      meaning: 'The pictures',
      when: { files: true },
      fields: {
        cardNo: picture('bankcardNoPhoto', 'The line of the number', { optional: true }),
        cardCrop: picture('bankcardCropPhoto', 'The card, cut out', { optional: true }),
        original: picture('originBankcardPhoto', 'The photo as sent', { optional: true }),
      },
    },
  },
  outcome: 'read',
  wire: {
    alias: { orderNo: 'order_no', files: 'get_file' },
    evidence: { webank: 'documents', tencentcloud: 'documents' },
  },
});
