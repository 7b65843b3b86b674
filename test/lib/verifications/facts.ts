import type { Result } from '../../../lib/result/read.ts';
import type { StepName } from '../../../lib/verifications/checks.ts';
import { decide } from '../../../lib/verifications/decide.ts';
import type { About, ApprovalPolicy, Rule, StepFacts, Subject } from '../../../lib/verifications/policy.ts';
import { rulesOfStep } from '../../../lib/verifications/rules.ts';

/** Whom the verifications of these tests are about. */
export const subject: Subject = { name: '样本甲', idNo: '990101199001010019', userId: 'user0001' };

/** The policy that design names as default, and warnings of each effect. */
export const policy: ApprovalPolicy = {
  similarity: { match: 70, approve: 80 },
  requires: ['consent', 'idCard', ['face', 'liveness']],
  warnings: { review: ['reshot', 'border-incomplete'], decline: ['photocopy', 'expired'] },
};

/** What facts are judged against, unless a test says otherwise. */
export const about: About = { subject, subjectGiven: true, policy, today: '2026-01-05' };

/** A step that came to a result. */
export const ended = (step: StepName, outcome: string, result: Result | null = {}, reason: string | null = null) =>
  ({ step, status: 'succeeded', outcome, reason, result }) satisfies StepFacts;

/** A step that came to none. */
export const stopped = (step: StepName, status: StepFacts['status'], reason: string | null = null) =>
  ({ step, status, outcome: null, reason, result: null }) satisfies StepFacts;

/** Results without anything to object to. */
export const good = {
  portrait: { portrait: { name: '样本甲', idNo: '990101199001010019', warnings: [], clarity: 80 } },
  emblem: {
    emblem: { validFrom: '2019-01-28', validUntil: '2039-01-28', longTerm: false, warnings: [], clarity: 80 },
  },
  bankCard: { cardNo: '6222000000000000000', validThru: '2029-12', warnings: [], clarity: 79 },
  driverLicense: { name: '样本甲', licenseNo: '990101199001010019', validUntil: '2028-05-28' },
  vehicle: { plateNo: '京A00001', owner: '样本甲' },
  supplementary: { owner: null, fileNumber: '110000000001' },
  face: { similarity: 90.27, reference: 'authority' },
  liveness: { similarity: 90.27, reference: 'authority', livenessScore: 99 },
};

/** A verification with every check, and nothing to object to. */
export const flawless: readonly StepFacts[] = [
  ended('consent-record', 'recorded', { recordedAt: '2026-01-05T10:00:00+08:00' }),
  ended('id-card-portrait', 'read', good.portrait),
  ended('id-card-emblem', 'read', good.emblem),
  ended('bank-card', 'read', good.bankCard),
  ended('driver-license', 'read', good.driverLicense),
  ended('vehicle-license-main', 'read', good.vehicle),
  ended('vehicle-license-supplementary', 'read', good.supplementary),
  ended('face', 'match', good.face),
  ended('liveness', 'match', good.liveness),
];

/** A rule in one line: rule, value, threshold where there is one, effect. */
export const line = ({ rule, value, threshold, effect }: Rule): string =>
  [rule, value, ...(threshold === undefined ? [] : [threshold]), effect].join(' ');

/** The rules of one step in lines. */
export const said = (facts: StepFacts, more: Partial<About> = {}): string[] =>
  rulesOfStep(facts, { ...about, ...more }).map(line);

/** The verdict about some facts. */
export const verdict = (facts: readonly StepFacts[], more: Partial<About> = {}): string =>
  decide(facts, { ...about, ...more }).verdict;
