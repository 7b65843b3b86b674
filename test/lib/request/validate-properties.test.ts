import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { operations } from '../../../lib/operations/index.ts';
import { type Checked, validate } from '../../../lib/request/validate.ts';
import { everywhere, fullInput, media, named } from './inputs.ts';

const anyOperation = fc.constantFrom(...everywhere);

/** Whether 18 characters carry a right check digit (GB 11643), computed apart from the code under test. */
function rightCheckDigit(value: string): boolean {
  if (!/^\d{17}[\dX]$/.test(value)) return false;
  const digits = Array.from(value, (digit) => (digit === 'X' ? 10 : Number(digit)));
  // ISO 7064, MOD 11-2: the weights are 2^(17-i) mod 11, and the sum leaves 1.
  return digits.reduce((sum, digit, index) => sum + digit * (2 ** (17 - index) % 11), 0) % 11 === 1;
}

/** What must hold of every outcome. */
function sound(checked: Checked): void {
  if ('problem' in checked) {
    expect(checked.errors.length).toBeGreaterThan(0);
    for (const { pointer, rule } of checked.errors) {
      expect(pointer).toMatch(/^(\/[A-Za-z0-9-]+){0,3}$/);
      expect(rule).toMatch(/^(base64|[a-z]+(-[a-z]+)*)$/);
    }
    return;
  }
  for (const [name, value] of Object.entries(checked.request)) {
    if (name === 'orderNo' || name === 'userId') expect(value).toMatch(/^[A-Za-z0-9]{1,32}$/);
    if (name === 'idNo') expect(rightCheckDigit(value as string)).toBe(true);
    if (typeof value === 'object' && 'mediaId' in value) expect(value.mediaId).toMatch(/^[A-Za-z0-9]{32}$/);
    else if (typeof value === 'object') expect(value.base64).toMatch(/^[A-Za-z0-9+/]{4,}={0,2}$/);
  }
}

describe('whatever is sent', () => {
  it('arbitrary JSON is refused with pointers and rules', () => {
    fc.assert(
      fc.property(anyOperation, fc.jsonValue({ maxDepth: 3 }), ({ operation, profile }, input) => {
        const checked = validate(operation, profile, input);
        sound(checked);
        // Two operations require nothing by name alone; no random key completes a set of theirs.
        expect('problem' in checked).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  it('known names with arbitrary values are refused, or hold what they promise', () => {
    const names = [...new Set(operations.flatMap(({ request }) => Object.keys(request)))];
    const near = fc.constantFrom<unknown>(
      ...Object.values(media),
      '样本甲',
      '990101199001010019',
      '99010119900101006x',
      'user0001',
      'hd',
      'portrait',
      true,
      { base64: 'AAAA' },
      { base64: 5 },
      { mediaId: 'a1B2'.repeat(8) },
      { mediaId: '../'.repeat(8) },
      { mediaId: 5 },
      { base64: 'AAAA', mediaId: 'a1B2'.repeat(8) },
    );
    const value = fc.oneof(
      { weight: 2, arbitrary: near },
      fc.jsonValue({ maxDepth: 2 }),
      fc.string({ unit: 'binary' }),
    );
    const inputs = fc.dictionary(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...names) }, fc.string()), value, {
      maxKeys: 9,
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(anyOperation, inputs, ({ operation, profile }, input) => sound(validate(operation, profile, input))),
      { numRuns: 5_000 },
    );
  });

  /** Strict base64 that begins as a JPEG, a PNG or a BMP does; random text may. */
  const isPicture = (value: unknown): boolean => {
    if (typeof value !== 'string' || value.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(value)) return false;
    return /^(ffd8ff|89504e47|424d)/.test(Buffer.from(value, 'base64').toString('hex', 0, 4));
  };

  it('media are one of a file and a well-formed id of one, and nothing else', () => {
    const id = fc.stringMatching(/^[A-Za-z0-9]{32}$/);
    const close = fc.oneof(
      fc.stringMatching(/^[A-Za-z0-9]{30,34}$/),
      fc
        .tuple(id, fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }), fc.nat(31))
        .map(([text, odd, at]) => text.slice(0, at) + odd + text.slice(at + 1)),
      fc.constantFrom(
        'https://example.com/a.jpg',
        'arn:aws:s3:::bucket/uploads/a',
        '../../results/a',
        '..%2f..%2fsealed',
      ),
    );
    const value = fc.oneof(id, close, fc.constant(media.photo!.base64), fc.jsonValue({ maxDepth: 1 }));
    const key = fc.oneof({ weight: 6, arbitrary: fc.constantFrom('mediaId', 'base64') }, fc.string());
    const photos = fc.dictionary(key, value, { maxKeys: 3, noNullPrototype: true });
    fc.assert(
      fc.property(photos, (photo) => {
        const checked = validate(named('face-verify'), 'kyc1', { ...fullInput(named('face-verify'), 'kyc1'), photo });
        sound(checked);
        const only = Object.keys(photo).length === 1;
        const staged = only && typeof photo.mediaId === 'string' && /^[A-Za-z0-9]{32}$/.test(photo.mediaId);
        const inline = only && isPicture(photo.base64);
        expect('request' in checked).toBe(staged || inline);
        if ('request' in checked && staged) expect(checked.request.photo).toEqual({ mediaId: photo.mediaId });
        if ('errors' in checked) expect(JSON.stringify(checked.errors)).not.toMatch(/https|arn:|%2f|\.\./);
      }),
      { numRuns: 3_000 },
    );
  });

  it('a right request with one field spoilt is judged by that field alone', () => {
    const spoilt = fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(anyOperation, fc.nat(), spoilt, ({ operation, profile }, pick, value) => {
        const full = fullInput(operation, profile);
        const names = Object.keys(full);
        const name = names[pick % names.length]!;
        const checked = validate(operation, profile, { ...full, [name]: value });
        sound(checked);
        if (!('problem' in checked)) return;
        for (const { pointer } of checked.errors) expect(pointer.split('/')[1]).toBe(name);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('no submitted value comes back', () => {
  const canary = '样本丙-9931';

  it.each(operations)('in the errors of $name', (operation) => {
    const full = fullInput(operation, 'tencentcloud');
    const attempts: Record<string, unknown>[] = [{ ...full, [canary]: canary, '990101199001010019': canary }];
    for (const name of Object.keys(full)) {
      const wrongs: unknown[] = [canary, canary.repeat(40), [canary], { [canary]: canary }];
      wrongs.push({ base64: canary }, { mediaId: canary }, { mediaId: canary, base64: canary });
      attempts.push(...wrongs.map((wrong) => ({ ...full, [name]: wrong })));
    }
    for (const attempt of attempts) {
      const checked = validate(operation, 'tencentcloud', attempt);
      // A name may be anything; everything else must have been refused.
      if (!('problem' in checked)) expect(attempt.name).toBe(canary);
      else expect(JSON.stringify(checked)).not.toMatch(/9931|样本|990101199001010019/);
    }
  });

  it('not even as a key', () => {
    const checked = validate(named('consent-check'), 'webank', { userId: 'a', [canary]: 1, ['x'.repeat(33)]: 1 });
    expect(checked).toEqual({
      problem: 'invalid-request',
      errors: [
        { pointer: '/-', rule: 'unknown' },
        { pointer: '/-', rule: 'unknown' },
      ],
    });
  });
});

describe('check digits', () => {
  it('agree with ISO 7064, MOD 11-2, for random numbers', () => {
    const text = fc.tuple(fc.stringMatching(/^\d{17}$/), fc.constantFrom(...'0123456789Xx'.split('')));
    fc.assert(
      fc.property(text, ([digits, last]) => {
        const checked = validate(named('liveness-challenge'), 'webank', { name: '样本甲', idNo: digits + last });
        expect('request' in checked).toBe(rightCheckDigit((digits + last).toUpperCase()));
      }),
      { numRuns: 3_000 },
    );
  });
});
