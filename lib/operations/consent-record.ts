import { flat } from '../envelope.ts';
import { limit } from '../fields/limits.ts';
import { agreement, idNo, name, optional, userId } from '../fields/request.ts';
import { operation } from '../operation.ts';

/** uploadauth (specification 6.7). The ID number is `idcard` here and `idNo` in checkauth; the answer has no `result`. */
export const consentRecord = operation({
  name: 'consent-record',
  summary: "Record the person's consent",
  route: 'POST /v1/consents',
  upstream: 'POST /api/v2/paas/uploadauth',
  family: 'consent',
  order: { kind: 'creates', query: 'consent-check', notFoundProves: 'always' },
  request: { userId: optional(userId), name: optional(name), idNo: optional(idNo), agreement: optional(agreement) },
  result: {
    recordedAt: {
      kind: 'answered-at',
      from: 'authorizedAt',
      meaning: 'When the upstream recorded it',
      sample: '2020-03-10T11:11:48+08:00',
      sensitivity: 'C1',
    },
  },
  outcome: 'recorded',
  needs: { oneOf: [['userId'], ['name', 'idNo']] },
  limits: { agreement: limit.pdf1M },
  wire: { alias: { idNo: 'idcard' }, evidence: { webank: 'documents' } },
  envelope: flat,
});
