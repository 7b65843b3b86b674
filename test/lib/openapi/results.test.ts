import { describe, expect, it } from 'vitest';
import type { ResultFields } from '../../../lib/fields/result.ts';
import { exampleRequests } from '../../../lib/openapi/examples.ts';
import { outcomesOf } from '../../../lib/openapi/outcomes.ts';
import { componentName } from '../../../lib/openapi/schema.ts';
import { operations } from '../../../lib/operations/index.ts';
import type { CheckedRequest } from '../../../lib/request/validate.ts';
import { readResult } from '../../../lib/result/read.ts';
import { faults } from './ajv.ts';

type Values = Record<string, unknown>;

/** An answer in which every value of a kind stands where the declaration looks for it. */
function answer(fields: ResultFields, written: (raw: unknown) => unknown): Values {
  const values: Values = {};
  for (const field of Object.values(fields)) {
    if (field.kind === 'group') {
      Object.assign(values, answer(field.fields, written));
      if (field.when && 'answered' in field.when) values[field.when.answered[0]] = field.when.answered[1];
    } else if (field.kind === 'list') values[field.wire[0]!] = [answer(field.fields, written)];
    else if ('wire' in field) for (const wire of field.wire) values[wire] = written(field.raw);
  }
  return values;
}

const habits: Readonly<Record<string, (raw: unknown) => unknown>> = {
  documented: (raw) => raw,
  empty: () => '',
  'of other types': () => ({ strange: true }),
  unreadable: () => '?!',
};

describe('the schemas of results', () => {
  for (const [habit, written] of Object.entries(habits)) {
    it.each(operations)(`hold what becomes of ${habit} values of $name`, (operation) => {
      const result = readResult(operation.result, answer(operation.result, written), {
        request: exampleRequests(operation).complete as CheckedRequest,
        threshold: 70,
        challengeMaxAge: 300_000,
        now: Date.UTC(2026, 0, 2),
        transactionTime: null,
      });
      expect(faults(componentName(operation.name, 'Result'), result)).toBe('');
    });
  }

  it('promise the fields of a result that is always positive, and none that a refusal lacks', () => {
    expect(faults('BankCardOcrResult', {})).toContain("'cardNo'");
    expect(faults('FaceVerifyResult', {})).toBe('');
    expect(faults('FaceVerifyResult', { similarity: '90.27' })).toContain('number,null');
  });
});

describe('the outcomes', () => {
  const of = (name: string) => Object.fromEntries(outcomesOf(operations.find((operation) => operation.name === name)!));

  it('are those of the codes and of what decides after them', () => {
    const face = {
      match: [],
      'no-match': ['not-same-person'],
      'no-reference': ['no-reference-photo'],
      'identity-mismatch': ['identity-mismatch'],
      'identity-not-found': ['identity-not-found'],
      'not-live': ['liveness-failed', 'spoof-suspected'],
      refused: ['risk-refused'],
    };
    expect(of('face-verify')).toEqual(face);
    expect(of('liveness-verify')).toEqual(face);
    expect(of('face-compare-group')).toEqual(face);
    expect(of('face-compare')).toEqual({
      ...face,
      'no-match': ['not-same-person', 'below-threshold'],
      undecided: ['no-score'],
    });
    expect(of('consent-check')).toEqual({ authorized: [], 'not-authorized': ['not-authorized', 'other-person'] });
    expect(of('id-card-result')).toEqual({ read: [], 'not-found': ['not-visible', 'expired'] });
  });

  it.each([
    ['liveness-challenge', 'issued'],
    ['video-best-photos', 'extracted'],
    ['consent-record', 'recorded'],
    ['id-card-ocr', 'read'],
  ])('of %s are %s alone', (name, outcome) => {
    expect(Object.keys(of(name))).toEqual([outcome]);
  });
});
