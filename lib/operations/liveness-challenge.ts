import { idNo, name } from '../fields/request.ts';
import { text } from '../fields/result.ts';
import { operation } from '../operation.ts';

/** getlips (specification 6.3). The digits are random and belong to the order, so they may stay in its record. */
export const livenessChallenge = operation({
  name: 'liveness-challenge',
  summary: 'Get the digits that the person reads in the liveness video',
  route: 'POST /v1/liveness/challenge',
  upstream: 'POST /api/paas/getlips',
  family: 'challenge',
  order: { kind: 'creates', continuedBy: 'liveness-verify' },
  request: { name, idNo },
  result: {
    digits: text('lips', 'The digits to read aloud', '9532', { sensitivity: 'C1' }),
    expiresAt: {
      kind: 'challenge-expiry',
      meaning: "End of the challenge, from the stage's `challengeMaxAge`",
      sample: '2021-06-21T14:27:27+08:00',
      sensitivity: 'C1',
    },
  },
  outcome: 'issued',
  wire: { evidence: { webank: 'documents' } },
});
