import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LeafKind } from '../../../lib/fields/result.ts';
import { isoTime, parsers } from '../../../lib/result/kinds.ts';

type Kind = keyof typeof parsers;

/** `undefined` stands for "does not parse". */
const table: [kind: Kind, raw: string, value: unknown][] = [
  ['text', 'C1', 'C1'],
  ['text', ' 张三 ', ' 张三 '],

  // Similarity, liveness score, clarity: 0 to 100, as text in all samples.
  ['score', '90.27', 90.27],
  ['score', '0', 0],
  ['score', '100', 100],
  ['score', '100.00', 100],
  ['score', '90.27000427246094', 90.27000427246094],
  ['score', '100.01', undefined],
  ['score', '-1', undefined],
  ['score', '1e2', undefined],
  ['score', '0x10', undefined],
  ['score', '90,27', undefined],
  ['score', 'A', undefined],
  ['score', '90.', undefined],
  ['score', ' 90', undefined],
  ['score', 'NaN', undefined],
  ['score', 'Infinity', undefined],

  ['count', '2', 2],
  ['count', '0', 0],
  ['count', '2.5', undefined],
  ['count', '-2', undefined],

  ['date', '19881001', '1988-10-01'],
  ['date', '1986-08-04', '1986-08-04'],
  ['date', '20240229', '2024-02-29'],
  ['date', '20230229', undefined],
  ['date', '19000229', undefined],
  ['date', '20000229', '2000-02-29'],
  ['date', '20210431', undefined],
  ['date', '2021-13-01', undefined],
  ['date', '2021-00-01', undefined],
  ['date', '2021-01-00', undefined],
  ['date', '20210132', undefined],
  ['date', '1988/10/01', undefined],
  ['date', '1988年10月1日', undefined],
  ['date', '881001', undefined],
  ['date', '长期', undefined],
  ['date', '******', undefined],

  ['month', '12/2024', '2024-12'],
  ['month', '01/2030', '2030-01'],
  ['month', '00/2024', undefined],
  ['month', '13/2024', undefined],
  ['month', '2024-12', undefined],
  ['month', '12/24', undefined],

  ['time', '2021-06-21 17:40:06', '2021-06-21T17:40:06+08:00'],
  ['time', '20210621174006', '2021-06-21T17:40:06+08:00'],
  ['time', '2021-06-21 23:59:59', '2021-06-21T23:59:59+08:00'],
  ['time', '2021-06-21 24:00:00', undefined],
  ['time', '2021-06-21 17:60:06', undefined],
  ['time', '2021-06-21 17:40:60', undefined],
  ['time', '2021-02-30 17:40:06', undefined],
  ['time', '2021-06-21', undefined],

  ['sex', '男', 'male'],
  ['sex', '女', 'female'],
  ['sex', 'M', undefined],
  ['sex', '未知', undefined],
  ['sex', 'constructor', undefined],

  ['range-start', '20190128-20390128', '2019-01-28'],
  ['range-end', '20190128-20390128', '2039-01-28'],
  ['range-open', '20190128-20390128', false],
  ['range-start', '20190128-长期', '2019-01-28'],
  ['range-end', '20190128-长期', null],
  ['range-open', '20190128-长期', true],
  ['range-start', '20190228-20230229', undefined],
  ['range-end', '20190228-20230229', undefined],
  ['range-open', '20190228-20230229', undefined],
  ['range-start', '20190230-长期', undefined],
  ['range-end', '20190128-', undefined],
  ['range-end', '20190128-20390128-20400101', undefined],
  ['range-open', '长期', undefined],

  // Upstream specification, section 7.3, with its published examples.
  ['warning-bits', '00000000', []],
  ['warning-bits', '10010100', ['border-incomplete', 'reshot', 'covered']],
  ['warning-bits', '11000000', ['border-incomplete', 'photocopy']],
  ['warning-bits', '00001000', ['temporary-card']],
  ['warning-bits', '00100011', ['bit-3', 'bit-7', 'bit-8']],
  [
    'warning-bits',
    '11111111',
    ['border-incomplete', 'photocopy', 'bit-3', 'reshot', 'temporary-card', 'covered', 'bit-7', 'bit-8'],
  ],
  ['warning-bits', '0000000', undefined],
  ['warning-bits', '000000000', undefined],
  ['warning-bits', '0000000x', undefined],
  ['warning-bits', '2', undefined],

  // Section 7.4.
  ['warning-codes', '0', []],
  ['warning-codes', '-9110', ['invalid-date']],
  ['warning-codes', '-9111', ['border-incomplete']],
  ['warning-codes', '-9112', ['glare']],
  ['warning-codes', '-9113', ['photocopy']],
  ['warning-codes', '-9114', ['reshot']],
  ['warning-codes', '66661009', ['expired']],
  ['warning-codes', '[-9110,-9111,-9114]', ['invalid-date', 'border-incomplete', 'reshot']],
  ['warning-codes', '[]', []],
  ['warning-codes', '-9999', ['code--9999']],
  ['warning-codes', '[-9110,-9999]', ['invalid-date', 'code--9999']],
  ['warning-codes', '9999', ['code-9999']],
  ['warning-codes', 'warning', undefined],
  ['warning-codes', '[-9110', undefined],
  ['warning-codes', '[a]', undefined],
  ['warning-codes', '--9110', undefined],

  ['pass', '1', 'match'],
  ['pass', '2', 'no-match'],
  ['pass', '0', undefined],
  ['pass', '3', undefined],
];

describe('each kind of value', () => {
  it.each(table)('%s %j is %j', (kind, raw, value) => {
    expect(parsers[kind](raw)).toEqual(value);
  });

  it('has its rows', () => {
    const kinds: readonly LeafKind[] = Object.keys(parsers) as Kind[];
    expect(new Set(table.map(([kind]) => kind))).toEqual(new Set(kinds));
  });

  it('reads anything without an error, fast, and nothing that leaves its range', () => {
    const hard = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.stringMatching(/^[\d:\-/., [\]长期男女]{0,60}$/),
      fc.constantFrom(
        '__proto__',
        'toString',
        `[${'-'.repeat(100_000)}`,
        '9'.repeat(100_000),
        `${'1'.repeat(99_999)}.1`,
      ),
    );
    fc.assert(
      fc.property(fc.constantFrom(...(Object.keys(parsers) as Kind[])), hard, (kind, raw) => {
        const startedAt = performance.now();
        const value = parsers[kind](raw);
        expect(performance.now() - startedAt).toBeLessThan(200);
        if (value === undefined) return;
        if (kind === 'score') expect((value as number) >= 0 && (value as number) <= 100).toBe(true);
        if (kind === 'date' || kind === 'range-start') expect(value).toMatch(/^\d{4}-\d{2}-\d{2}$/);
        if (kind === 'time') expect(value).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\+08:00$/);
        if (kind.startsWith('warning')) expect(value).toSatisfy(Array.isArray);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('dates', () => {
  it('are every day there is, in both forms', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1900-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }),
        (date) => {
          const iso = date.toISOString().slice(0, 10);
          expect(parsers.date(iso)).toBe(iso);
          expect(parsers.date(iso.replaceAll('-', ''))).toBe(iso);
          const time = date.toISOString().slice(11, 19);
          expect(isoTime(`${iso} ${time}`)).toBe(`${iso}T${time}+08:00`);
          expect(isoTime(`${iso}${time}`.replace(/[-:]/g, ''))).toBe(`${iso}T${time}+08:00`);
        },
      ),
    );
  });
});
