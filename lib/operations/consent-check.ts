import { idNo, name, optional, userId } from '../fields/request.ts';
import { text, time } from '../fields/result.ts';
import { operation } from '../operation.ts';

const both = ['appId', 'webankAppId'];

/** checkauth (specification 6.8). Wants the app id under both names; older answers say `idcard` instead of `idNo`. */
export const consentCheck = operation({
  name: 'consent-check',
  summary: 'Ask whether a consent of the person is on record',
  route: 'POST /v1/consents/check',
  upstream: 'POST /api/v2/paas/checkauth',
  family: 'consent-check',
  order: { kind: 'traces' },
  request: { userId: optional(userId), name: optional(name), idNo: optional(idNo) },
  result: {
    authorizedAt: time('authTime', 'When the person consented', '2019-05-20 16:07:57', '2019-05-20T16:07:57+08:00'),
    userId: text('userId', 'The user number the consent is recorded under', 'user0001', {
      optional: true,
      sensitivity: 'C1',
    }),
    name: text('name', 'Name the consent is recorded under', '样本甲'),
    idNo: text(['idNo', 'idcard'], 'ID number the consent is recorded under', '990101199001010019'),
  },
  outcome: 'authorized',
  decidedBy: 'person',
  needs: { oneOf: [['userId'], ['name', 'idNo']] },
  wire: { appId: { webank: both, tencentcloud: both, kyc1: both }, evidence: { webank: 'documents' } },
});
