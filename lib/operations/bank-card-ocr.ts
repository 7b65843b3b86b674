import { bankCardFields } from '../fields/documents.ts';
import { limit } from '../fields/limits.ts';
import { files, optional, photo, userId } from '../fields/request.ts';
import { picture, warningCodes } from '../fields/result.ts';
import { operation } from '../operation.ts';

/** bankcardocrapp (specification 6.10). `bankcardNo` here is `bankCardNo` in the query. */
export const bankCardOcr = operation({
  name: 'bank-card-ocr',
  summary: 'Read a bank card',
  route: 'POST /v1/ocr/bank-card',
  upstream: 'POST /api/paas/bankcardocrapp',
  family: 'bank-card',
  // Whether a query sees the orders of another host is not documented.
  order: { kind: 'creates', query: 'bank-card-result', notFoundProves: 'same-host' },
  request: {
    photo,
    userId: optional(userId),
    files: optional({ ...files, meaning: 'Also answer the picture of the number' }),
  },
  result: {
    ...bankCardFields,
    warnings: warningCodes('warningCode', 'multiWarningCode', 'warning', 'multiWarnCode'),
    images: {
      kind: 'group',
      meaning: 'The pictures',
      when: { files: true },
      fields: { cardNo: picture('bankcardNoPhoto', 'The line of the number', { optional: true }) },
    },
  },
  outcome: 'read',
  limits: { photo: limit.picture3M },
  wire: {
    host: 'ida',
    // The upstream always sends the picture; `files` only decides whether it is handed on.
    alias: { photo: 'bankcardStr', files: null },
    appId: { tencentcloud: ['webankAppId'] },
    evidence: { webank: 'documents', tencentcloud: 'documents', kyc1: 'documents' },
  },
});
