import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bitNames, parsers } from '../../../lib/result/kinds.ts';
import type { CheckName, StepName } from '../../../lib/verifications/checks.ts';
import { decide, policyVersion } from '../../../lib/verifications/decide.ts';
import {
  type About,
  type ApprovalPolicy,
  knownWarnings,
  ruleMeanings,
  type StepFacts,
} from '../../../lib/verifications/policy.ts';
import { about, ended, flawless, good, line, policy, stopped, verdict } from './facts.ts';

/** The flawless verification with other facts for some steps. */
const but = (...others: StepFacts[]): StepFacts[] =>
  flawless.map((facts) => others.find(({ step }) => step === facts.step) ?? facts);
const without = (...steps: string[]): StepFacts[] => flawless.filter(({ step }) => !steps.includes(step));
const reasons = (facts: readonly StepFacts[], more: Partial<About> = {}): string[] =>
  decide(facts, { ...about, ...more })
    .rules.filter(({ effect }) => effect !== 'approve')
    .map(line);

describe('a verification', () => {
  it('with nothing to object to is approved, by these rules', () => {
    expect(decide(flawless, about)).toEqual({
      verdict: 'approved',
      rules: [
        { rule: 'recorded', step: 'consent-record', value: null, effect: 'approve' },
        { rule: 'similarity', step: 'face', value: 90.27, threshold: 80, effect: 'approve' },
        { rule: 'similarity', step: 'liveness', value: 90.27, threshold: 80, effect: 'approve' },
        { rule: 'liveness-score', step: 'liveness', value: 99, effect: 'approve' },
      ],
      policyVersion: policyVersion(policy),
    });
  });

  it.each<[what: string, facts: StepFacts[], expected: string, why: string[]]>([
    [
      'without consent',
      [
        ended('consent-check', 'not-authorized', {}, 'not-authorized'),
        stopped('id-card-portrait', 'skipped'),
        stopped('id-card-emblem', 'skipped'),
        stopped('face', 'skipped'),
      ],
      'declined',
      ['not-authorized not-authorized decline'],
    ],
    [
      'with an expired card',
      but(ended('id-card-emblem', 'read', { emblem: { ...good.emblem.emblem, validUntil: '2020-01-01' } })),
      'declined',
      ['document-expired expired decline'],
    ],
    [
      'with a face alone in doubt',
      but(ended('face', 'match', { ...good.face, similarity: 75 })),
      'review',
      ['similarity 75 80 review'],
    ],
    [
      'with a fallback photo that matches',
      [
        ...but(ended('face', 'no-reference', {}, 'no-reference-photo')),
        ended('face-fallback', 'match', { similarity: 95, threshold: 70, reference: 'supplied' }),
      ],
      'review',
      ['no-reference no-reference-photo review', 'supplied-reference supplied review'],
    ],
    [
      'with a fallback photo that does not',
      [
        ...but(ended('face', 'no-reference', {}, 'no-reference-photo')),
        ended('face-fallback', 'no-match', { similarity: 12, threshold: 70 }, 'below-threshold'),
      ],
      'declined',
      ['no-reference no-reference-photo review', 'no-match 12 70 decline'],
    ],
    [
      'with an order of unknown outcome',
      but(stopped('liveness', 'unknown', 'upstream-timeout')),
      'review',
      ['order-unresolved unknown review'],
    ],
    ['without the emblem side', without('id-card-emblem'), 'review', ['side-missing id-card-emblem review']],
    ['without the portrait side', without('id-card-portrait'), 'review', ['side-missing id-card-portrait review']],
    ['without the supplementary page', without('vehicle-license-supplementary'), 'approved', []],
    [
      'with a step that failed',
      but(stopped('bank-card', 'incomplete', 'media-unavailable')),
      'review',
      ['step-incomplete media-unavailable review'],
    ],
    [
      'whose doubts are graver than its doubts',
      but(stopped('liveness', 'unknown'), ended('face', 'not-live', {}, 'spoof-suspected')),
      'declined',
      ['not-live spoof-suspected decline', 'order-unresolved unknown review'],
    ],
  ])('%s: %s', (_what, facts, expected, why) => {
    expect(verdict(facts)).toBe(expected);
    expect(reasons(facts)).toEqual(why);
  });

  it('of which everything was skipped, or nothing planned, is not approved', () => {
    const lenient = { policy: { ...policy, requires: [] } };
    expect(reasons([], lenient)).toEqual(['nothing-checked  review']);
    expect(verdict([], lenient)).toBe('review');
    expect(verdict([stopped('face', 'skipped'), stopped('liveness', 'skipped')], lenient)).toBe('review');
    expect(reasons([])).toEqual([
      'check-missing consent review',
      'check-missing idCard review',
      'check-missing face|liveness review',
      'nothing-checked  review',
    ]);
  });
});

describe('a required check', () => {
  const consent = ['consent-record'];
  const idCard = ['id-card-portrait', 'id-card-emblem'];

  it.each<[missing: string[], why: string[]]>([
    [consent, ['check-missing consent review']],
    [idCard, ['check-missing idCard review']],
    [['face'], []],
    [['liveness'], []],
    [['face', 'liveness'], ['check-missing face|liveness review']],
    [['bank-card', 'driver-license', 'vehicle-license-main'], []],
  ])('without %j: %j', (missing, why) => {
    expect(reasons(without(...missing))).toEqual(why);
    expect(verdict(without(...missing))).toBe(why.length > 0 ? 'review' : 'approved');
  });

  it('is there with any of its steps, whatever became of it', () => {
    const facts = but(stopped('face', 'rejected', 'blurred'), stopped('liveness', 'skipped'));
    expect(reasons(facts)).toEqual(['step-incomplete blurred review', 'step-incomplete skipped review']);
  });

  it('that was left out is not taken for done, unless a step declined', () => {
    const left = [...consent, ...idCard, 'face', 'liveness'].map((step) => stopped(step as StepName, 'skipped'));
    const facts = [ended('consent-record', 'recorded'), ...left.slice(1)];
    expect(verdict(facts, { policy: { ...policy, requires: [] } })).toBe('review');
    expect(reasons(facts)).toEqual(Array(4).fill('step-incomplete skipped review'));
    const declined = [ended('consent-check', 'not-authorized', {}, 'not-authorized'), ...left.slice(1)];
    expect(reasons(declined)).toEqual(['not-authorized not-authorized decline']);
  });

  it('needs no photo to fall back to, where the authority has one', () => {
    expect(verdict([...flawless, stopped('face-fallback', 'skipped')])).toBe('approved');
    const without = but(ended('face', 'no-reference', {}, 'no-reference-photo'));
    expect(reasons([...without, stopped('face-fallback', 'skipped')])).toEqual([
      'no-reference no-reference-photo review',
      'step-incomplete skipped review',
    ]);
  });

  it('is one more where the policy says so', () => {
    const more: ApprovalPolicy = { ...policy, requires: [...policy.requires, 'bankCard', ['driverLicense']] };
    expect(verdict(flawless, { policy: more })).toBe('approved');
    expect(reasons(without('bank-card', 'driver-license'), { policy: more })).toEqual([
      'check-missing bankCard review',
      'check-missing driverLicense review',
    ]);
  });
});

describe('the version of a policy', () => {
  it('changes with each of its values, and only then', () => {
    const others: ApprovalPolicy[] = [
      { ...policy, similarity: { match: 71, approve: 80 } },
      { ...policy, similarity: { match: 70, approve: 81 } },
      { ...policy, livenessScore: 90 },
      { ...policy, livenessScore: 91 },
      { ...policy, requires: ['consent', 'idCard', 'face', 'liveness'] },
      { ...policy, warnings: { ...policy.warnings, review: [] } },
      { ...policy, warnings: { ...policy.warnings, decline: [] } },
      { ...policy, warnings: { review: policy.warnings.decline, decline: policy.warnings.review } },
    ];
    expect(new Set([policy, ...others].map(policyVersion)).size).toBe(others.length + 1);
    const { similarity, requires, warnings } = policy;
    const again = {
      requires,
      warnings: { decline: warnings.decline, review: [...warnings.review].reverse() },
      similarity,
    };
    expect(policyVersion(again)).toBe(policyVersion(policy));
    expect(policyVersion(policy)).toMatch(/^2-[0-9a-f]{12}$/);
  });
});

describe('the known warnings', () => {
  it('are those that results can hold under a name', () => {
    const codes = parsers['warning-codes']('[-9110,-9111,-9112,-9113,-9114,66661009]') as string[];
    const named = [...bitNames, ...codes].filter((name) => !/^(bit|code)-/.test(name));
    expect([...knownWarnings].sort()).toEqual([...new Set(named)].sort());
  });
});

const steps = [...flawless.map(({ step }) => step), 'consent-check' as const, 'face-fallback' as const];
const slugs = [...knownWarnings, 'bit-3', 'bit-8', 'code--9999'];
const marks = [
  '样本甲',
  '样本乙',
  '阿布·样本',
  '990101199001010019',
  '99010119900101006X',
  'user0001',
  'SPECIMEN',
  '6222000000000000000',
  '2031-07-19',
  '2019-11-23',
  '2032-03',
];
const mark = fc.constantFrom(...marks, null);
const warnings = fc.oneof(fc.array(fc.constantFrom(...slugs, ...marks)), fc.constant(null));
const values = fc.record(
  {
    name: mark,
    idNo: mark,
    licenseNo: mark,
    owner: mark,
    cardNo: mark,
    address: mark,
    validUntil: mark,
    validThru: mark,
    longTerm: fc.constantFrom(true, false, null),
    warnings,
    similarity: fc.oneof(fc.integer({ min: 0, max: 100 }), mark),
    threshold: fc.oneof(fc.constant(70), mark),
    reference: fc.oneof(fc.constantFrom('authority', 'supplied'), mark),
    unparsed: fc.dictionary(fc.constantFrom(...marks), mark),
  },
  { requiredKeys: [] },
);
const result = fc.oneof(values, fc.record({ portrait: values, emblem: values }), fc.constant(null));
const outcomes = [
  'match',
  'no-match',
  'not-live',
  'identity-mismatch',
  'identity-not-found',
  'refused',
  'undecided',
  'no-reference',
  'recorded',
  'authorized',
  'not-authorized',
  'read',
  null,
];
const declining = ['no-match', 'not-live', 'identity-mismatch', 'identity-not-found', 'refused'] as const;
const factsOf = fc.record({
  step: fc.constantFrom(...steps),
  status: fc.constantFrom<StepFacts['status']>(
    'succeeded',
    'succeeded',
    'succeeded',
    'rejected',
    'unknown',
    'skipped',
    'incomplete',
  ),
  outcome: fc.constantFrom(...outcomes),
  reason: fc.oneof(fc.constantFrom('below-threshold', 'blurred', 'document-expired', 'subject-limit', null), mark),
  result,
});
const allFacts = fc.uniqueArray(factsOf, { selector: ({ step }) => step, maxLength: 11 });
/** Mostly flawless, so that approvals happen. */
const nearlyFlawless = fc
  .tuple(
    fc.subarray([...flawless]),
    fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.array(factsOf, { maxLength: 1 })),
  )
  .map(([kept, changed]) => [...kept.filter(({ step }) => !changed.some((one) => one.step === step)), ...changed]);
const someFacts: fc.Arbitrary<StepFacts[]> = fc.oneof(allFacts, nearlyFlawless);
const someAbout: fc.Arbitrary<About> = fc.record({
  subject: fc.oneof(
    fc.constant(about.subject),
    fc.record({ name: fc.constantFrom(...marks), idNo: fc.constantFrom(...marks) }),
    fc.constant(null),
  ),
  subjectGiven: fc.boolean(),
  policy: fc.constantFrom(policy, { ...policy, requires: [] }),
  today: fc.constant('2026-01-05'),
});

describe('whatever became of the steps', () => {
  it('the order in which they are told does not matter', () => {
    fc.assert(
      fc.property(
        someFacts.chain((facts) =>
          fc.tuple(fc.constant(facts), fc.shuffledSubarray(facts, { minLength: facts.length })),
        ),
        someAbout,
        ([facts, shuffled], given) => {
          expect(decide(shuffled, given)).toEqual(decide(facts, given));
        },
      ),
    );
  });

  it('one more that declines makes it declined', () => {
    fc.assert(
      fc.property(someFacts, someAbout, fc.constantFrom(...declining), result, (facts, given, outcome, read) => {
        const others = facts.filter(({ step }) => step !== 'face');
        expect(decide([...others, ended('face', outcome, read)], given).verdict).toBe('declined');
      }),
    );
  });

  it('one more never takes a refusal back, nor doubts about the others', () => {
    fc.assert(
      fc.property(someFacts, factsOf, someAbout, (facts, another, given) => {
        fc.pre(!facts.some(({ step }) => step === another.step));
        const lenient = { ...given, policy: { ...given.policy, requires: [] } };
        const rank = { approved: 0, review: 1, declined: 2 };
        const before = decide(facts, lenient);
        fc.pre(before.rules.every(({ rule }) => rule !== 'nothing-checked' && rule !== 'side-missing'));
        expect(rank[decide([...facts, another], lenient).verdict]).toBeGreaterThanOrEqual(rank[before.verdict]);
      }),
    );
  });

  it('a fallback that was never called for is no check of a face', () => {
    const faceless = flawless.filter(({ step }) => step !== 'face' && step !== 'liveness');
    const { verdict: made, rules } = decide([...faceless, stopped('face-fallback', 'skipped')], about);
    expect([made, rules.filter(({ effect }) => effect === 'review').map(line)]).toEqual([
      'review',
      ['check-missing face|liveness review'],
    ]);
  });

  it('what is approved has no step without a good end, every required check, and an approved face', () => {
    let approvals = 0;
    fc.assert(
      fc.property(someFacts, someAbout, (facts: StepFacts[], given: About) => {
        fc.pre(given.policy.requires.length > 0);
        if (decide(facts, given).verdict !== 'approved') return;
        approvals += 1;
        const has = (...names: string[]) =>
          facts.some(({ step, status }) => names.includes(step) && status !== 'skipped');
        expect(has('consent-record', 'consent-check') && has('id-card-portrait') && has('id-card-emblem')).toBe(true);
        expect(has('face', 'liveness', 'face-fallback')).toBe(true);
        for (const { step, status, outcome, result: read } of facts) {
          if (status === 'skipped') continue;
          expect(status).toBe('succeeded');
          expect(['match', 'read', 'recorded', 'authorized']).toContain(outcome);
          if (outcome === 'match')
            expect([step, read?.reference, Number(read?.similarity) >= 80]).toEqual([step, 'authority', true]);
        }
      }),
      { numRuns: 500, examples: [[[...flawless], about]] },
    );
    expect(approvals).toBeGreaterThan(0);
  });

  it('nothing of the person or the documents is in the decision', () => {
    fc.assert(
      fc.property(someFacts, someAbout, (facts, given) => {
        const told = JSON.stringify(decide(facts, given));
        for (const personal of marks) expect(told).not.toContain(personal);
      }),
    );
  });

  it('each rule has the effect that is written about it', () => {
    fc.assert(
      fc.property(someFacts, someAbout, (facts, given) => {
        for (const { rule, effect } of decide(facts, given).rules) {
          expect([effect, 'by policy']).toContain(ruleMeanings[rule].effect);
        }
      }),
    );
  });

  it('the verdict is the gravest effect of its rules, and each rule is about a step that is there', () => {
    const checks: CheckName[] = ['consent', 'idCard', 'face', 'liveness'];
    fc.assert(
      fc.property(someFacts, someAbout, (facts, given) => {
        const { verdict: decided, rules } = decide(facts, given);
        const effects = rules.map(({ effect }) => effect);
        const gravest = effects.includes('decline') ? 'declined' : effects.includes('review') ? 'review' : 'approved';
        expect(decided).toBe(gravest);
        for (const { rule, step, value } of rules) {
          if (step !== undefined) expect(facts.map((one) => one.step)).toContain(step);
          else if (rule === 'check-missing') expect(checks).toEqual(expect.arrayContaining(String(value).split('|')));
          else expect(rule).toBe('nothing-checked');
        }
      }),
    );
  });
});
