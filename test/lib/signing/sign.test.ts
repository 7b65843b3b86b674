import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { protocolVersion, sign, signCall } from '../../../lib/signing/sign.ts';

interface Vector {
  kind: string;
  values: (string | null)[] | null;
  expected: string;
  reproduces: boolean;
  computed: string | null;
}

const file = new URL('../../fixtures/upstream/sign-vectors.json', import.meta.url);
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vector[];
const withValues = vectors.flatMap((vector) => (vector.values ? [{ ...vector, values: vector.values }] : []));

// Which value is the ticket makes no difference: all are sorted together. Nulls are dropped by whoever lists the values.
const signatureOf = (values: readonly (string | null)[]): string => {
  const [ticket = '', ...rest] = values.filter((value) => value !== null);
  return sign(rest, ticket);
};

const canonical = {
  appId: 'appId001',
  orderNo: 'aabc1457895464',
  nonce: 'kHoSxvLZGxSoFsjxlbzEoUzh5PAnTU7T',
  ticket: 'FxlAe3HFtEy73Um0pJNzIUriwtfnS3KRcPXiesd5ulS4XRAIcT0FbfaP52dwZf5S',
};
const canonicalSign = '993D057C652D97FD90D5D298F2E5DC4B8D893CBC';

describe('the published vectors', () => {
  it('are all there', () => {
    expect(vectors).toHaveLength(26);
    expect(withValues.filter(({ reproduces }) => reproduces)).toHaveLength(16);
    expect(withValues.filter(({ reproduces }) => !reproduces)).toHaveLength(6);
  });

  it.each(withValues.filter(({ reproduces }) => reproduces))('reproduce: $kind', ({ values, expected }) => {
    expect(signatureOf(values)).toBe(expected);
  });

  it.each(withValues.filter(({ reproduces }) => !reproduces))('do not, misprinted: $kind', (vector) => {
    expect(signatureOf(vector.values)).not.toBe(vector.expected);
    expect(signatureOf(vector.values)).toBe(vector.computed);
  });
});

describe('sign', () => {
  it('gives 40 upper-case hex digits for any values in any order, and leaves them alone', () => {
    const values = fc.array(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), { maxLength: 8 });
    fc.assert(
      fc.property(values, fc.string(), fc.nat(7), (given, ticket, turn) => {
        const signature = sign(Object.freeze([...given]), ticket);
        expect(signature).toMatch(/^[0-9A-F]{40}$/);
        const [last = '', ...others] = [...given.slice(turn), ticket, ...given.slice(0, turn)].reverse();
        expect(sign(others, last)).toBe(signature);
      }),
    );
  });

  it('does not sort as people do, nor as numbers', () => {
    // The order 0b 1.0.0 Zz9 a0 aA1 is published with its digest; a collator would put Zz9 last.
    const values = ['Zz9', 'aA1', '0b', 'a0', '1.0.0'];
    expect([...values].sort((a, b) => a.localeCompare(b, 'en'))).not.toEqual(['0b', '1.0.0', 'Zz9', 'a0', 'aA1']);
    expect(signatureOf(values)).toBe('0B21D10E4960810C08C8B7DEAD3B81F1C6FCDEEF');
    expect(signatureOf(['1e3', '999', '1.0.0', '20', 'TIDA0001'])).toBe('D9A2FC9238AECFB3B4918BC3F9E44F51714CDD9D');
  });

  it('differs when any value differs', () => {
    for (const [key, value] of Object.entries(canonical)) {
      const other = { ...canonical, [key]: `${value}x` };
      expect(signCall(other).sign, key).not.toBe(canonicalSign);
    }
  });
});

describe('signCall', () => {
  it('signs app id, order number, nonce and version', () => {
    expect(protocolVersion).toBe('1.0.0');
    expect(signCall(canonical)).toEqual({ nonce: canonical.nonce, version: '1.0.0', sign: canonicalSign });
  });
});
