import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CodeClass, classify, type Family } from '../../../lib/codes/classify.ts';
import { families } from '../../../lib/codes/families.ts';
import { homeOf, upstreamCodes } from './upstream-codes.ts';

const everyFamily = Object.keys(families) as Family[];
const words = (text: string) => text.trim().split(/\s+/);

// Design, section 4: exactly these.
const notLive = words(`
  66660006 66660014 66660023 66660025 66660036 400604 66665001 66665002 -1403 -1404 -1490 -1492 -1497 -5016 -5017
  -5019 -5020 -5021 -5024 -5025 -5026 -7001 -14099 -14100 -15002 -15003 -15506 -15507 -15508 -15509 -15510`);

const transient = words(`
  999993 999997 999998 999999 999996 66660021 66660008 66660009 -1104 -1105 -4005 -5000 -5208 66661099`);

// Upstream specification, section 7.1, "capture again"; its ranges are taken from the published list.
const captureAgain = upstreamCodes
  .map(({ code, group }) => ({ code, group }))
  .filter(
    ({ code, group }) =>
      (words('66664001 66665001 66665002 400603 400604').includes(code) ||
        /^666600(06|14|16|23|25|26|27|28|33|35|36|37|38|41|42|43|45|47)$/.test(code) ||
        /^(-5\d{3}|-15\d{3}|-901[1-4])$/.test(code) ||
        (group === 'license_ocr' && /^-900[256]$/.test(code)) ||
        (group === 'idcard_ocr' && /^666610(0[1-8]|1[0-2])$/.test(code))) &&
      !transient.includes(code),
  );

const classes: [row: string, expected: CodeClass, family: Family, codes: string][] = [
  ['success', 'positive', 'face', '0'],
  ['business "no"', 'negative', 'face', '66660004 66660034 -4007 66660010 66660005 66660024 66660007'],
  ['business "no" of consent', 'negative', 'consent-check', '66662001'],
  ['credentials', 'auth', 'face', '400101 400102'],
  ['bad call, ours', 'config', 'face', '400103 400104 400502 66660000 66660013'],
  ['bad call, the data', 'input', 'face', '400601 66660015'],
  ['bad call of licence OCR', 'config', 'license', '-1300 -1301 -1304 -9001'],
  ['bad call of bank-card OCR', 'config', 'bank-card', '-1304'],
  ['bad call of ID-card OCR', 'config', 'id-card', '-9001'],
  ['contract', 'config', 'face', '66660001 66660002 66660003 66660030 400105'],
  ['throttle', 'rate', 'face', '400501 400504 400506 66660012 999995'],
  ['person limit', 'rate', 'face', '66660017'],
  ['digits gone', 'input', 'face', '66660022'],
  ['not found', 'negative', 'bank-card-query', '66660011 66660020 66663001 66663002 66663003'],
  ['not found where something is bought', 'other', 'id-card', '66660011 66660020'],
];

describe('classes', () => {
  it.each(classes)('%s: %s in %s', (_row, expected, family, codes) => {
    for (const code of words(codes)) expect(classify(family, code).class, code).toBe(expected);
  });

  it('transient: the outcome and the charge are unknown', () => {
    for (const code of transient) {
      const expected = { class: 'transient', billed: 'unknown', action: 'none' };
      expect(classify(code === '66661099' ? 'id-card' : 'face', code), code).toMatchObject(expected);
    }
  });

  it.each(captureAgain)('capture again: $code of $group', (row) => {
    const expected = notLive.includes(row.code) ? { class: 'negative', outcome: 'not-live' } : { class: 'input' };
    expect(classify(homeOf(row), row.code)).toMatchObject(expected);
  });

  it('not live: exactly the listed codes', () => {
    const found = upstreamCodes.filter(({ code }) => classify('face', code).outcome === 'not-live');
    expect(new Set(found.map(({ code }) => code))).toEqual(new Set(notLive));
  });

  it.each([
    ['66660004', 'no-match', 'not-same-person', 'yes'],
    ['66660034', 'no-match', 'not-same-person', 'unknown'],
    ['-4007', 'no-match', 'not-same-person', 'no'],
    ['66660023', 'not-live', 'spoof-suspected', 'no'],
    ['66660006', 'not-live', 'liveness-failed', 'no'],
    ['66660007', 'refused', 'risk-refused', 'no'],
    ['66660010', 'identity-mismatch', 'identity-mismatch', 'yes'],
    ['66660024', 'identity-not-found', 'identity-not-found', 'no'],
    ['66660005', 'no-reference', 'no-reference-photo', 'no'],
  ])('%s of a face is %s', (code, outcome, reason, billed) => {
    expect(classify('face', code)).toMatchObject({ class: 'negative', outcome, reason, billed });
  });

  it.each([
    ['66660042', 'face', 'blurred', 'retake'],
    ['66660041', 'face', 'face-covered', 'retake'],
    ['66660037', 'face', 'several-faces', 'retake'],
    ['66661006', 'id-card', 'wrong-side', 'retake'],
    ['66661003', 'id-card', 'document-expired', 'none'],
    ['66660039', 'face', 'source-photo-unusable', 'correct-input'],
    ['66660015', 'face', 'identity-malformed', 'correct-input'],
    ['-5008', 'face', 'digits-misread', 'new-challenge'],
    ['66660022', 'face', 'challenge-expired', 'new-challenge'],
    ['66660017', 'face', 'subject-limit', 'try-tomorrow'],
  ] as const)('%s in %s is %s: %s', (code, family, reason, action) => {
    expect(classify(family, code)).toMatchObject({ reason, action, billed: 'no' });
  });
});

describe('one number, two meanings', () => {
  it.each([
    ['-1301', 'license', 'malformed-call', 'face', 'malformed-call'],
    ['-1304', 'bank-card', 'malformed-call', 'face', 'video-unusable'],
    ['-1304', 'license', 'malformed-call', 'face', 'video-unusable'],
    ['-1102', 'license', 'photo-unreadable', 'face', 'photo-unreadable'],
    ['-9001', 'license', 'malformed-call', 'id-card', 'malformed-call'],
    ['-9001', 'license', 'malformed-call', 'face', 'unlisted'],
    ['-1301', 'license', 'malformed-call', 'id-card', 'unlisted'],
  ] as const)('%s: %s %s, %s %s', (code, one, oneReason, other, otherReason) => {
    expect([classify(one, code).reason, classify(other, code).reason]).toEqual([oneReason, otherReason]);
  });
});

describe('billing', () => {
  it.each(['face', 'id-card', 'bank-card', 'license'] as const)('%s: success is charged', (family) => {
    expect(classify(family, '0')).toMatchObject({ class: 'positive', reason: null, billed: 'yes', listed: true });
  });

  it.each(['challenge', 'video', 'consent'] as const)(
    '%s: only a refusal at the front door is surely free',
    (family) => {
      for (const code of words('400101 400103 400504 66660001')) expect(classify(family, code).billed, code).toBe('no');
      for (const code of words('0 400601 66660017 66660028 999999 12345')) {
        expect(classify(family, code).billed, code).toBe('unknown');
      }
    },
  );

  it('reading is free, whatever the answer', () => {
    for (const family of ['consent-check', 'id-card-query', 'bank-card-query', 'license-query'] as const) {
      for (const { code } of upstreamCodes) expect(classify(family, code).billed).toBe('no');
      expect(classify(family, 'unheard-of')).toMatchObject({ class: 'other', billed: 'no', listed: false });
    }
  });

  it('class other never claims to know the charge', () => {
    const bought = everyFamily.filter((family) => families[family].billing !== 'free');
    const others = bought.flatMap((family) => upstreamCodes.map(({ code }) => classify(family, code)));
    for (const answer of others.filter((each) => each.class === 'other')) expect(answer.billed).toBe('unknown');
  });
});

describe('400101', () => {
  it.each(['不合法请求：app_id', '不合法请求:nonceStr', '[400101] 不合法请求 ： webankAppId '])(
    'names a parameter: %s',
    (message) => {
      const expected = { class: 'config', reason: 'malformed-call', billed: 'no' };
      for (const family of ['face', 'consent'] as const)
        expect(classify(family, '400101', message)).toMatchObject(expected);
    },
  );

  it.each([
    undefined,
    '',
    '不合法请求',
    '不合法请求：',
    '不合法请求：签名校验不通过',
    '签名校验不通过 app_id',
    '不合法请求：bad sign value',
  ])('names none: %s', (message) => {
    expect(classify('face', '400101', message)).toMatchObject({ class: 'auth', reason: 'ticket-refused' });
  });

  it('alone is read so', () => {
    expect(classify('face', '400102', '不合法请求：app_id').class).toBe('auth');
    expect(classify('face', '0', '不合法请求：app_id').class).toBe('positive');
  });

  it('is read in linear time', () => {
    const start = performance.now();
    classify('face', '400101', `${'不合法请求：a'.repeat(50_000)}${' '.repeat(200_000)}!`);
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe('what no family expects', () => {
  it.each(['', '00', '0 ', '__proto__', 'constructor', 'toString', '-9110'])('%j is unlisted', (code) => {
    for (const family of everyFamily) {
      expect(classify(family, code)).toMatchObject({
        class: 'other',
        reason: 'unlisted',
        action: 'none',
        listed: false,
      });
    }
  });

  it('a negative answer is negative only in a family that has its outcome', () => {
    expect(classify('challenge', '66660010')).toMatchObject({ class: 'input', action: 'correct-input' });
    expect(classify('challenge', '66660004')).toMatchObject({ class: 'other', billed: 'unknown' });
    expect(classify('video', '400604')).toMatchObject({ class: 'input', action: 'retake' });
    for (const family of everyFamily) {
      for (const { code } of upstreamCodes) {
        const { class: codeClass, outcome } = classify(family, code);
        const outcomes: readonly string[] = families[family].outcomes;
        expect(outcome === undefined || outcomes.includes(outcome)).toBe(true);
        expect(outcome !== undefined).toBe(codeClass === 'negative');
      }
    }
  });

  it('any string has a class and throws nothing', () => {
    const known = fc.constantFrom(...upstreamCodes.map(({ code }) => code));
    fc.assert(
      fc.property(
        fc.constantFrom(...everyFamily),
        fc.oneof(fc.string(), known),
        fc.string(),
        (family, code, message) => {
          const answer = classify(family, code, message);
          expect(answer.en && answer.zh).toBeTruthy();
          expect(answer.reason === null).toBe(answer.class === 'positive');
          expect(answer.class === 'positive').toBe(code === '0');
          if (!answer.listed) expect(answer).toMatchObject({ class: 'other', reason: 'unlisted' });
        },
      ),
      { numRuns: 1000 },
    );
  });
});
