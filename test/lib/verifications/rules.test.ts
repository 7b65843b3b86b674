import { describe, expect, it } from 'vitest';
import type { Result } from '../../../lib/result/read.ts';
import { type StepName, steps } from '../../../lib/verifications/checks.ts';
import { type About, ruleMeanings, type StepFacts } from '../../../lib/verifications/policy.ts';
import { rulesOfStep } from '../../../lib/verifications/rules.ts';
import { about, ended, flawless, good, policy, said, stopped } from './facts.ts';

// Every effect below is from design, section 8.

describe('a consent', () => {
  it.each<[step: StepName, outcome: string, reason: string | null, expected: string[]]>([
    ['consent-record', 'recorded', null, ['recorded  approve']],
    ['consent-check', 'authorized', null, ['authorized  approve']],
    ['consent-check', 'not-authorized', 'not-authorized', ['not-authorized not-authorized decline']],
    ['consent-check', 'not-authorized', 'other-person', ['not-authorized other-person decline']],
  ])('%s %s (%s): %j', (step, outcome, reason, expected) => {
    expect(said(ended(step, outcome, {}, reason))).toEqual(expected);
  });

  it('on record for somebody else than the subject is reviewed', () => {
    const check = (result: Result | null, more: Partial<About> = {}) =>
      said(ended('consent-check', 'authorized', result), more);
    const differs = ['authorized  approve', 'consent-differs differs review'];
    expect(check({ name: '样本乙', idNo: '990101199001010019' })).toEqual(differs);
    expect(check({ name: '样本甲', idNo: '99010119900101006X' })).toEqual(differs);
    expect(check({ name: ' 样 本甲', idNo: '990101199001010019' })).toEqual(['authorized  approve']);
    // What is masked or not said says nothing, and neither does a subject that is not known yet.
    for (const result of [{ name: '*本甲', idNo: '9901***********019' }, { name: null, idNo: null }, {}]) {
      expect(check(result)).toEqual(['authorized  approve']);
    }
    // An answer that is gone could have named anybody.
    expect(check(null)).toEqual(['authorized  approve', 'step-incomplete unreadable review']);
    expect(check({ name: '样本乙' }, { subject: null })).toEqual(['authorized  approve']);
  });
});

describe.each<StepName>(['face', 'face-fallback', 'liveness'])('%s', (step) => {
  const isAlive = step === 'liveness' ? ['liveness-score 99 approve'] : [];
  const matching = (result: Result) => said(ended(step, 'match', { livenessScore: 99, ...result }));

  it.each([
    [100, 'approve'],
    [80, 'approve'],
    [79.99, 'review'],
    [70, 'review'],
    [0, 'review'],
  ])('that matches with %d of 80: %s', (similarity, effect) => {
    const rules = matching({ similarity, reference: 'authority' });
    expect(rules).toEqual([`similarity ${similarity} 80 ${effect}`, ...isAlive]);
  });

  it.each([null, undefined, '90.27', Number.NaN, Number.POSITIVE_INFINITY, 101, -1])(
    'that matches without a readable score (%s) is reviewed',
    (similarity) => {
      expect(matching({ similarity, reference: 'authority' })).toEqual(['similarity  80 review', ...isAlive]);
    },
  );

  it('that matches a photo other than the authority’s is reviewed at best', () => {
    const match = (reference: unknown) => matching({ similarity: 99, reference });
    expect(match('supplied')).toEqual(['similarity 99 80 approve', 'supplied-reference supplied review', ...isAlive]);
    for (const unsaid of [undefined, null, '样本甲']) {
      expect(match(unsaid)).toEqual(['similarity 99 80 approve', 'supplied-reference unknown review', ...isAlive]);
    }
  });

  it('that matches, but whose result is gone, is reviewed', () => {
    const unseen = step === 'liveness' ? ['liveness-score  review'] : [];
    expect(said(ended(step, 'match', null))).toEqual([
      'similarity  80 review',
      'supplied-reference unknown review',
      ...unseen,
    ]);
  });

  it.each([
    ['no-match', 'not-same-person', 'decline'],
    ['not-live', 'spoof-suspected', 'decline'],
    ['not-live', 'liveness-failed', 'decline'],
    ['identity-mismatch', 'identity-mismatch', 'decline'],
    ['identity-not-found', 'identity-not-found', 'decline'],
    ['refused', 'risk-refused', 'decline'],
    ['undecided', 'no-score', 'review'],
    ['no-reference', 'no-reference-photo', 'review'],
  ])('%s (%s): %s, whatever the score', (outcome, reason, effect) => {
    const expected = [`${outcome} ${reason} ${effect}`];
    expect(said(ended(step, outcome, {}, reason))).toEqual(expected);
    expect(said(ended(step, outcome, { similarity: 99, reference: 'authority' }, reason))).toEqual(expected);
  });

  it('below the threshold says the score and the threshold that decided', () => {
    const result = { similarity: 65.5, threshold: 66, reference: 'supplied' };
    expect(said(ended(step, 'no-match', result, 'below-threshold'))).toEqual(['no-match 65.5 66 decline']);
    expect(said(ended(step, 'no-match', { similarity: 65.5 }, 'below-threshold'))).toEqual([
      'no-match 65.5 70 decline',
    ]);
    expect(said(ended(step, 'no-match', null, 'below-threshold'))).toEqual(['no-match below-threshold decline']);
  });
});

/** The same document with other values. */
const card = (side: 'portrait' | 'emblem', values: Result) =>
  ended(`id-card-${side}`, 'read', { [side]: { ...(good[side][side as never] as Result), ...values } });
const bank = (values: Result) => ended('bank-card', 'read', { ...good.bankCard, ...values });
const driver = (values: Result) => ended('driver-license', 'read', { ...good.driverLicense, ...values });
const vehicle = (values: Result) => ended('vehicle-license-main', 'read', { ...good.vehicle, ...values });

describe('the liveness score', () => {
  const scored = (livenessScore: unknown, threshold?: number): string | undefined =>
    said(ended('liveness', 'match', { similarity: 99, reference: 'authority', livenessScore }), {
      policy: { ...about.policy, livenessScore: threshold },
    })[1];

  it('is enough when it can be read, where the stage has no threshold', () => {
    for (const score of [0, 1, 99, 100]) expect(scored(score)).toBe(`liveness-score ${score} approve`);
    for (const score of [null, undefined, '99', Number.NaN, 101, -1])
      expect(scored(score)).toBe('liveness-score  review');
  });

  it('is reviewed below the threshold of a stage that has one', () => {
    expect(scored(90, 90)).toBe('liveness-score 90 90 approve');
    expect(scored(89.99, 90)).toBe('liveness-score 89.99 90 review');
    expect(scored(null, 90)).toBe('liveness-score  90 review');
  });
});

const expired = ['document-expired expired decline'];
const early = ['not-valid-yet later review'];
const unreadable = ['validity-unreadable unreadable review'];

describe('the validity of a document', () => {
  it.each<[values: Result, expected: string[]]>([
    [{ validFrom: '2026-01-05' }, []],
    [{ validFrom: '2026-01-06' }, early],
    [{ validFrom: '2026-01-06', validUntil: null, longTerm: true }, early],
    [{ validUntil: '2026-01-06' }, []],
    [{ validUntil: '2026-01-05' }, []],
    [{ validUntil: '2026-01-04' }, expired],
    [{ validUntil: '2016-12-31' }, expired],
    [{ validUntil: null }, unreadable],
    [{ validUntil: undefined }, unreadable],
    [{ validUntil: '长期' }, unreadable],
    [{ validUntil: 20390128 }, unreadable],
    [{ validUntil: null, longTerm: null }, unreadable],
    [{ validUntil: null, longTerm: 'true' }, unreadable],
    [{ validUntil: null, longTerm: true }, []],
    [{ validUntil: '2016-12-31', longTerm: true }, []],
  ])('of an ID card with %j on 2026-01-05: %j', (values, expected) => {
    expect(said(card('emblem', values))).toEqual(expected);
  });

  it.each<[values: Result, expected: string[]]>([
    [{ validUntil: '2026-01-05' }, []],
    [{ validUntil: '2026-01-04' }, expired],
    [{ validUntil: null }, unreadable],
    // A driving licence has no field that says so, but words where its date would be.
    [{ validUntil: null, longTerm: true }, unreadable],
    [{ validUntil: null, unparsed: { validUntil: '长期' } }, []],
    [{ validUntil: null, unparsed: { validUntil: '2O26-01-05' } }, unreadable],
    [{ validFrom: '2026-01-05' }, []],
    [{ validFrom: '2026-01-06' }, early],
    [{ validFrom: null }, []],
    [{ validFrom: '2026-01-06', validUntil: '2026-01-04' }, [...early, ...expired]],
  ])('of a driving licence with %j: %j', (values, expected) => {
    expect(said(driver(values))).toEqual(expected);
  });

  it.each<[values: Result, expected: string[]]>([
    [{ validThru: '2026-01' }, []],
    [{ validThru: '2026-02' }, []],
    [{ validThru: '2025-12' }, expired],
    // Many bank cards show none.
    [{ validThru: null }, []],
    [{ validThru: null, unparsed: { validThru: '00/2029' } }, unreadable],
    [{ validThru: '12/2029' }, unreadable],
  ])('of a bank card with %j: %j', (values, expected) => {
    expect(said(bank(values))).toEqual(expected);
  });

  it('of a bank card ends with its month', () => {
    expect(said(bank({ validThru: '2026-02' }), { today: '2026-02-28' })).toEqual([]);
    expect(said(bank({ validThru: '2026-02' }), { today: '2026-03-01' })).toEqual(expired);
  });

  it('is nothing that a portrait side or a vehicle licence has', () => {
    expect(said(card('portrait', { validUntil: '2016-12-31' }))).toEqual([]);
    expect(said(vehicle({ validUntil: '2016-12-31' }))).toEqual([]);
  });

  it.each(steps)('that the upstream itself denies declines: $name', ({ name }) => {
    expect(said(stopped(name, 'rejected', 'document-expired'))).toEqual(expired);
  });
});

describe('the person on a document', () => {
  it.each<[what: string, facts: StepFacts, expected: string[]]>([
    ['the same', card('portrait', {}), []],
    ['another name', card('portrait', { name: '样本乙' }), ['name-differs differs review']],
    ['no name', card('portrait', { name: null }), ['name-unreadable unreadable review']],
    ['an empty name', card('portrait', { name: ' ' }), ['name-unreadable unreadable review']],
    ['another number', card('portrait', { idNo: '99010119900101006X' }), ['number-differs differs review']],
    ['no number', card('portrait', { idNo: null }), ['number-unreadable unreadable review']],
    ['another dot', card('portrait', { name: '样 本甲' }), []],
    [
      'nothing of the person',
      card('portrait', { name: null, idNo: undefined, address: '某地' }),
      ['name-unreadable unreadable review', 'number-unreadable unreadable review'],
    ],
    ['the same driver', driver({}), []],
    ['another driver', driver({ name: '样本乙' }), ['name-differs differs review']],
    ['no driver', driver({ name: null }), ['name-unreadable unreadable review']],
    ['another licence number', driver({ licenseNo: '99010119900101006X' }), ['number-differs differs review']],
    ['no licence number', driver({ licenseNo: null }), ['number-unreadable unreadable review']],
    ['the same owner', vehicle({}), []],
    ['another owner', vehicle({ owner: '样本汽车租赁有限公司' }), ['owner-differs differs review']],
    ['no owner', vehicle({ owner: null }), ['owner-unreadable unreadable review']],
    ['a supplementary page', ended('vehicle-license-supplementary', 'read', good.supplementary), []],
    ['an emblem side', card('emblem', {}), []],
    ['a bank card', bank({ name: '样本乙' }), []],
    ['a bank card without a number', bank({ cardNo: null }), ['number-unreadable unreadable review']],
  ])('%s: %j', (_what, facts, expected) => {
    expect(said(facts)).toEqual(expected);
  });

  it('is written in several ways', () => {
    const subject = { name: '阿布·样本', idNo: '99010119900101006X' };
    for (const name of ['阿布•样本', '阿布．样本', '阿布 ‧ 样本', '阿布.样本']) {
      expect(said(driver({ name, licenseNo: ' 99010119900101006x' }), { subject })).toEqual([]);
    }
  });

  it('is not compared with the card that it was taken from, which must be legible all the same', () => {
    const own = { subjectGiven: false };
    expect(said(card('portrait', {}), own)).toEqual([]);
    expect(said(card('portrait', { name: '样本乙', idNo: '99010119900101006X' }), own)).toEqual([]);
    expect(said(card('portrait', { name: null, idNo: null, sex: 'male' }), { ...own, subject: null })).toEqual([
      'name-unreadable unreadable review',
      'number-unreadable unreadable review',
    ]);
    expect(said(driver({ name: '样本乙' }), own)).toEqual(['name-differs differs review']);
    expect(said(vehicle({ owner: '样本乙' }), own)).toEqual(['owner-differs differs review']);
  });

  it('that is not known cannot be compared with anything', () => {
    const unknown = ['subject-unknown  review'];
    for (const subject of [null, { userId: 'user0001' }]) {
      expect(said(driver({}), { subject })).toEqual(unknown);
      expect(said(vehicle({}), { subject })).toEqual(unknown);
      expect(said(card('portrait', {}), { subject })).toEqual(unknown);
      expect(said(bank({}), { subject })).toEqual([]);
    }
  });
});

describe('a warning about a picture', () => {
  it.each([
    ['photocopy', 'decline'],
    ['expired', 'decline'],
    ['reshot', 'review'],
    ['glare', 'approve'],
    ['temporary-card', 'approve'],
    ['bit-3', 'review'],
    ['code--9999', 'review'],
    ['code-66661010', 'review'],
  ])('%s: %s by policy', (warning, effect) => {
    for (const facts of [
      card('portrait', { warnings: [warning] }),
      card('emblem', { warnings: [warning] }),
      bank({ warnings: [warning] }),
    ]) {
      expect(said(facts)).toEqual([`document-warning ${warning} ${effect}`]);
    }
  });

  it('of no known meaning can be made to decline', () => {
    const strict = { ...policy, warnings: { review: ['bit-3'], decline: ['bit-3'] } };
    expect(said(bank({ warnings: ['bit-3'] }), { policy: strict })).toEqual(['document-warning bit-3 decline']);
  });

  it('is one rule each', () => {
    expect(said(card('portrait', { warnings: ['reshot', 'photocopy', 'bit-7'] }))).toEqual([
      'document-warning reshot review',
      'document-warning photocopy decline',
      'document-warning bit-7 review',
    ]);
  });

  it('that cannot be read is reviewed, and not repeated', () => {
    for (const warnings of [null, 'photocopy', [7], ['样本甲'], ['990101199001010019'], ['code-1234567890123']]) {
      expect(said(bank({ warnings }))).toEqual(['document-warning unreadable review']);
    }
  });

  it('still counts where a record has kept nothing else', () => {
    const kept = ended('id-card-portrait', 'read', { portrait: { warnings: ['photocopy'], clarity: 78 } });
    expect(said(kept)).toEqual(['document-warning photocopy decline', 'step-incomplete succeeded review']);
  });
});

describe.each(steps)('$name without an outcome', ({ name, judged }) => {
  it.each<[status: StepFacts['status'], reason: string | null, expected: string[]]>([
    ['skipped', null, []],
    ['sent', null, ['order-unresolved sent review']],
    ['unknown', 'upstream-timeout', ['order-unresolved unknown review']],
    ['unresolved', null, ['order-unresolved unresolved review']],
    ['rejected', 'blurred', ['step-incomplete blurred review']],
    ['rejected', 'subject-limit', ['person-limit subject-limit review']],
    ['not-processed', 'subject-limit-reached', ['person-limit subject-limit-reached review']],
    ['rejected', null, ['step-incomplete rejected review']],
    ['not-processed', 'throttled', ['step-incomplete throttled review']],
    ['not-charged', null, ['step-incomplete not-charged review']],
    ['incomplete', 'media-unavailable', ['step-incomplete media-unavailable review']],
    ['incomplete', null, ['step-incomplete incomplete review']],
    // Only an answer of the upstream can say so.
    ['not-processed', 'document-expired', ['step-incomplete document-expired review']],
    ['incomplete', '990101199001010019', ['step-incomplete incomplete review']],
    ['incomplete', '样本甲', ['step-incomplete incomplete review']],
    ['succeeded', null, ['step-incomplete succeeded review']],
  ])('%s (%s): %j', (status, reason, expected) => {
    expect(said(stopped(name, status, reason))).toEqual(expected);
  });

  it('that it can have is incomplete', () => {
    const other = { consent: 'match', face: 'read', document: 'match' }[judged.as];
    for (const outcome of [other, 'not-found', 'issued', 'toString', '']) {
      expect(said(ended(name, outcome, good.face))).toEqual(['step-incomplete succeeded review']);
    }
  });

  it('does not take an outcome from an order that did not succeed', () => {
    const outcome = { consent: 'authorized', face: 'match', document: 'read' }[judged.as];
    for (const status of ['sent', 'unknown', 'rejected', 'not-charged', 'incomplete'] as const) {
      const [rule] = rulesOfStep({ ...ended(name, outcome, good.face), status }, about);
      expect(rule?.effect).toBe('review');
    }
  });
});

describe('a document that was read', () => {
  const documents = steps.filter(({ judged }) => judged.as === 'document');

  it.each(documents)('of which nothing is there is incomplete: $name', ({ name }) => {
    for (const result of [null, {}, { portrait: null, emblem: [] }, { portrait: {}, emblem: {} }]) {
      expect(said(ended(name, 'read', result))).toEqual(['step-incomplete succeeded review']);
    }
  });
});

describe('every rule', () => {
  it('names its step', () => {
    for (const facts of flawless) {
      for (const rule of rulesOfStep(facts, about)) expect(rule.step).toBe(facts.step);
    }
  });

  it('has one meaning and one effect, or the policy’s', () => {
    for (const { effect, meaning } of Object.values(ruleMeanings)) {
      expect(['approve', 'review', 'decline', 'by policy']).toContain(effect);
      expect(meaning).toMatch(/^[A-Z].*[^.]$/);
    }
  });

  it('of a step that does not exist is that of an incomplete one', () => {
    expect(said(ended('selfie' as StepName, 'match', good.face))).toEqual(['step-incomplete succeeded review']);
  });
});
