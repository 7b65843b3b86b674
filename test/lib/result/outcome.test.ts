import { describe, expect, it } from 'vitest';
import { classify } from '../../../lib/codes/classify.ts';
import { operations } from '../../../lib/operations/index.ts';
import type { CheckedRequest } from '../../../lib/request/validate.ts';
import { decide } from '../../../lib/result/outcome.ts';
import type { Result } from '../../../lib/result/read.ts';
import { named } from '../request/inputs.ts';
import { understood } from './answers.ts';

/** Outcome and reason, as one string. */
function decided(operation: string, code: string, result: Result = {}, request: CheckedRequest = {}): string {
  const declared = named(operation);
  const answer = decide(declared, classify(declared.family, code), result, request);
  return answer ? `${answer.outcome} ${answer.reason}` : 'nothing';
}

// Design, section 4.
const positive: Record<string, string> = {
  'face-verify': 'match',
  'face-compare': 'match',
  'face-compare-group': 'match',
  'liveness-challenge': 'issued',
  'liveness-verify': 'match',
  'video-best-photos': 'extracted',
  'consent-record': 'recorded',
  'consent-check': 'authorized',
  'id-card-ocr': 'read',
  'bank-card-ocr': 'read',
  'driver-license-ocr': 'read',
  'vehicle-license-ocr': 'read',
  'id-card-result': 'read',
  'bank-card-result': 'read',
  'driver-license-result': 'read',
  'vehicle-license-result': 'read',
};

describe('code 0', () => {
  it.each(operations)('of $name is what the contract says', ({ name }) => {
    const telling = { similarity: 90, threshold: 70, matchCount: 1 };
    expect(decided(name, '0', telling)).toBe(`${positive[name]} null`);
  });

  it.each([
    [70, 70, 'match null'],
    [70.01, 70, 'match null'],
    [100, 100, 'match null'],
    [0, 0, 'match null'],
    [69.99, 70, 'no-match below-threshold'],
    [0, 70, 'no-match below-threshold'],
  ])('of face-compare: %d against a threshold of %d is %s', (similarity, threshold, expected) => {
    expect(decided('face-compare', '0', { similarity, threshold })).toBe(expected);
  });

  it.each([null, undefined, '90'])('of face-compare without a readable score (%j) is undecided', (similarity) => {
    expect(decided('face-compare', '0', { similarity, threshold: 70 })).toMatch(/^undecided /);
  });

  it('of face-verify and liveness-verify needs no score: the upstream has decided', () => {
    for (const similarity of [null, 0, 12]) {
      expect(decided('face-verify', '0', { similarity })).toBe('match null');
      expect(decided('liveness-verify', '0', { similarity })).toBe('match null');
    }
  });

  it.each([
    [['no-match', 'no-match'], 0, 'no-match not-same-person'],
    [['match', 'no-match'], 1, 'match null'],
    [['match', 'match'], 2, 'match null'],
    // One face that passes is enough, one that cannot be read may be the person.
    [['match', null], 1, 'match null'],
    [['no-match', null], 0, 'nothing'],
  ])('of face-compare-group with faces %j, of which %i pass, is %s', (outcomes, matchCount, expected) => {
    const faces = outcomes.map((outcome) => ({ outcome, similarity: 50 }));
    expect(decided('face-compare-group', '0', { matchCount, faces })).toBe(expected);
  });
});

describe('a business "no"', () => {
  it.each([
    ['face-verify', '66660004', 'no-match not-same-person'],
    ['face-compare', '66660034', 'no-match not-same-person'],
    ['liveness-verify', '-4007', 'no-match not-same-person'],
    ['liveness-verify', '66660023', 'not-live spoof-suspected'],
    ['face-verify', '66660007', 'refused risk-refused'],
    ['face-verify', '66660010', 'identity-mismatch identity-mismatch'],
    ['face-verify', '66660024', 'identity-not-found identity-not-found'],
    ['face-verify', '66660005', 'no-reference no-reference-photo'],
    ['consent-check', '66662001', 'not-authorized not-authorized'],
    ['bank-card-result', '66660011', 'not-found not-visible'],
    ['id-card-result', '66660020', 'not-found not-visible'],
  ])('%s with %s is %s, whatever values come with it', (operation, code, expected) => {
    expect(decided(operation, code)).toBe(expected);
    expect(decided(operation, code, { similarity: 99, threshold: 70, matchCount: 2 })).toBe(expected);
  });
});

describe('a consent', () => {
  const person = { userId: 'user0001', name: '样本甲', idNo: '990101199001010019' };
  const other = 'not-authorized other-person';

  it.each<[answered: Result, asked: CheckedRequest, expected: string]>([
    [person, person, 'authorized null'],
    [{}, person, 'authorized null'],
    [{ name: null, idNo: null }, person, 'authorized null'],
    [person, { userId: 'user0001' }, 'authorized null'],
    // The same person under an earlier user number.
    [{ ...person, userId: 'user0002' }, person, 'authorized null'],
    [{ userId: 'user0002', name: '样本甲' }, person, other],
    [{ ...person, idNo: '9901***********019', userId: 'user0002' }, person, other],
    [{ ...person, name: '样本乙' }, person, other],
    [{ ...person, idNo: '99010119900101006X' }, person, other],
    [{ ...person, idNo: '99010119900101006x' }, { ...person, idNo: '99010119900101006X' }, 'authorized null'],
    [{ ...person, name: ' 样本甲 ' }, person, 'authorized null'],
    [{ name: 'Ａｎｎ Ｌｅｅ' }, { name: 'Ann Lee' }, 'authorized null'],
    [{ name: '阿布●样本' }, { name: '阿布·样本' }, 'authorized null'],
    [{ name: '阿布．样 本' }, { name: '阿布•样本' }, 'authorized null'],
    // What the upstream masks says nothing.
    [{ name: '*本甲', idNo: '1101***********015' }, person, 'authorized null'],
    [{ name: '*本甲', idNo: '99010119900101006X' }, person, other],
  ])('on record for %j, asked for %j: %s', (answered, asked, expected) => {
    expect(decided('consent-check', '0', answered, asked)).toBe(expected);
  });

  it('of somebody else is not shown', () => {
    const body = {
      code: '0',
      msg: '请求成功',
      bizSeqNo: '20031020001015401010314000800704',
      result: { name: '样本乙', idNo: '99010119900101006X', authTime: '2019-05-20 16:07:57' },
    };
    const answer = understood('consent-check', 'webank', { ...person, orderNo: 'a1' }, body);
    expect(answer).toMatchObject({ outcome: 'not-authorized', reason: 'other-person', result: {}, billed: 'no' });
    expect(JSON.stringify(answer)).not.toMatch(/样本乙|99010119900101006X/);
  });
});

describe('an answer', () => {
  const body = (code: string | number, result?: unknown) => ({ code, msg: '', bizSeqNo: 'a1', result });

  it('that is positive but holds nothing promised proves nothing', () => {
    for (const result of [undefined, null, {}, { success: false }, { similarity: null }, 'x']) {
      expect(understood('face-verify', 'webank', { orderNo: 'a1' }, body('0', result))).toBeNull();
    }
    expect(understood('consent-record', 'webank', { orderNo: 'a1' }, body('0'))).toMatchObject({ outcome: 'recorded' });
  });

  it('may have its values at the top, and its code as a number', () => {
    const flat = { ...body(0), similarity: '88.1' };
    expect(understood('face-verify', 'webank', { orderNo: 'a1' }, flat)?.result).toMatchObject({ similarity: 88.1 });
  });

  it('that is negative shows what came with it, and no gaps', () => {
    const refused = understood('face-verify', 'webank', { orderNo: 'a1' }, body('66660004', { similarity: '12.5' }));
    expect(refused).toMatchObject({ outcome: 'no-match', billed: 'yes' });
    expect(refused?.result).toEqual({ similarity: 12.5, reference: 'authority' });
    const bare = understood('face-verify', 'webank', { orderNo: 'a1' }, body('66660010'));
    expect(bare?.result).toEqual({ reference: 'authority' });
  });

  it('about a group in which no face can be read for certain proves nothing', () => {
    const group = (values: object) => understood('face-compare-group', 'webank', { orderNo: 'a1' }, body(0, values));
    const face = (singleFaceCode: unknown) => ({ singleFaceCode, similarity: '50' });
    expect(group({ faceNum: 2, faceResultList: [face('2'), face('2')] })).toMatchObject({ outcome: 'no-match' });
    expect(group({ faceNum: 2, faceResultList: [face('2'), face('1')] })).toMatchObject({ outcome: 'match' });
    expect(group({ faceNum: 2 })).toBeNull();
    expect(group({ faceNum: 2, faceResultList: 'x' })).toBeNull();
    expect(group({ faceNum: 1, faceResultList: [face('9')] })).toBeNull();
  });
});
