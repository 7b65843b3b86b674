import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compare, foldName, foldNumber } from '../../lib/names.ts';

describe('a name', () => {
  it.each([
    ['样本甲', '样本甲', 'as it is'],
    [' 样本甲\u3000', '样本甲', 'trimmed, ideographic space too'],
    ['样 本\u00A0甲', '样本甲', 'without inner blanks'],
    ['样\u200B本\uFEFF甲', '样本甲', 'without zero-width characters'],
    ['样本甲\u{E0100}', '样本甲', 'without variation selectors'],
    ['Ａｎｎ　Ｌｅｅ', 'ANNLEE', 'full width'],
    ['Ann Lee', 'ANNLEE', 'in upper case'],
    ['\uF90A', '\u91D1', 'a compatibility ideograph'],
    ['阿\u00B7样', '阿\u00B7样', 'U+00B7'],
    ['阿 \u00B7 样', '阿\u00B7样', 'with blanks around the dot'],
    ['É', 'É', 'composed'],
    ['E\u0301', 'É', 'decomposed'],
  ])('%j is folded to %j: %s', (name, folded) => {
    expect(foldName(name)).toBe(folded);
  });

  it.each(Array.from('.·•․‧∙⋅⸱⸳ꞏ・･。｡．﹒◦●⦁ㆍ˙\u0387'))('has %j for a middle dot', (dot) => {
    expect(foldName(`阿布${dot}样本`)).toBe('阿布·样本');
  });

  it.each([null, undefined, '', '  ', '\u200B', '***', '·', '--', 7, {}, ['样本甲']])(
    'that is %j cannot be read',
    (name) => {
      expect(foldName(name)).toBeNull();
    },
  );

  it('keeps different names apart', () => {
    const names = ['样本甲', '样本乙', '样本', '样本甲甲', '阿布·样本', '阿布样本', '*本甲'];
    expect(new Set(names.map(foldName)).size).toBe(names.length);
  });

  it('is folded once and for all, and whatever is put between its characters', () => {
    const noise = fc.stringMatching(/^[ \u3000\u200B\t]{0,3}$/);
    fc.assert(
      fc.property(fc.stringMatching(/^[一-龥·•．]{1,12}$/), noise, (name, between) => {
        const folded = foldName(name);
        expect(foldName(Array.from(name).join(between))).toBe(folded);
        expect(foldName(folded)).toBe(folded);
      }),
    );
  });
});

describe('a number', () => {
  it.each([
    ['99010119900101006x', '99010119900101006X'],
    [' 990101199001010019 ', '990101199001010019'],
    ['９９０１０１１９９００１０１００６Ｘ', '99010119900101006X'],
    ['', null],
    ['  ', null],
    [null, null],
    [990101, null],
  ])('%j is folded to %j', (number, folded) => {
    expect(foldNumber(number)).toBe(folded);
  });
});

describe('a comparison', () => {
  it.each([
    ['样本甲', ' 样本甲', 'same'],
    ['样本甲', '样本乙', 'differs'],
    [null, '样本乙', 'unreadable'],
    [null, undefined, 'unreadable'],
    ['样本甲', undefined, 'unknown'],
    ['样本甲', '', 'unknown'],
  ])('of %j with %j: %s', (read, expected, comparison) => {
    expect(compare(foldName, read, expected)).toBe(comparison);
  });
});
