import { describe, expect, it } from 'vitest';
import { checkDigit, isIdNumber } from '../../lib/identity.ts';
import { isoChina, upstreamTime } from '../../lib/time.ts';

describe('an ID number', () => {
  // The example that the standard itself prints (GB 11643-1999), and the synthetic number of the samples.
  it.each(['11010519491231002X', '440524188001010014', '990101199001010019'])(
    '%s has a right check digit',
    (number) => {
      expect(checkDigit(number.slice(0, 17))).toBe(number[17]);
      expect(isIdNumber(number)).toBe(true);
    },
  );

  it('is told by one wrong digit or two swapped ones', () => {
    const number = '11010519491231002X';
    for (let at = 0; at < 17; at += 1) {
      for (const digit of '0123456789') {
        const wrong = number.slice(0, at) + digit + number.slice(at + 1);
        expect(isIdNumber(wrong)).toBe(wrong === number);
      }
      const swapped = number.slice(0, at) + number[at + 1] + number[at] + number.slice(at + 2);
      if (at < 16 && swapped !== number) expect(isIdNumber(swapped), swapped).toBe(false);
    }
  });

  it.each([
    '',
    '11010519491231002',
    '11010519491231002x',
    '１１010519491231002X',
    '11010519491231002X ',
    '1101051949123100\n2',
  ])('%j is none', (text) => {
    expect(isIdNumber(text)).toBe(false);
  });
});

describe('times', () => {
  it.each([
    ['2021-06-21T06:22:27.999Z', '2021-06-21T14:22:27+08:00', '20210621142227'],
    ['2021-12-31T16:00:00Z', '2022-01-01T00:00:00+08:00', '20220101000000'],
    ['1970-01-01T00:00:00Z', '1970-01-01T08:00:00+08:00', '19700101080000'],
  ])('%s is %s in China', (utc, iso, upstream) => {
    expect(isoChina(Date.parse(utc))).toBe(iso);
    expect(upstreamTime(Date.parse(utc))).toBe(upstream);
  });
});
