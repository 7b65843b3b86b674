import { describe, expect, it } from 'vitest';
import type { Leaf, ResultFields } from '../../../lib/fields/result.ts';
import { operations } from '../../../lib/operations/index.ts';
import { keepable, type Result, readResult, shapedAs } from '../../../lib/result/read.ts';
import { named } from '../request/inputs.ts';
import { readContext } from './answers.ts';

/** What an order record may hold of a result: scores, digits, warnings and times (design, section 5; PII-3). */
const kept: Record<string, string> = {
  'face-verify': 'similarity reference',
  'face-compare': 'similarity threshold reference',
  'face-compare-group': 'faceCount matchCount faces.outcome faces.similarity',
  'liveness-challenge': 'digits expiresAt',
  'liveness-verify': 'similarity livenessScore reference',
  'video-best-photos': '',
  'consent-record': 'recordedAt',
  'id-card-ocr': 'portrait.warnings portrait.clarity emblem.warnings emblem.clarity',
  'bank-card-ocr': 'warnings clarity',
  'driver-license-ocr': '',
  'vehicle-license-ocr': '',
};

/** Everything that an operation can answer, in both sides and with files. */
function fullResult(fields: ResultFields): Result {
  const entries = Object.entries(fields).map(([name, field]): [string, unknown] => {
    if (field.kind === 'group') return [name, fullResult(field.fields)];
    if (field.kind === 'list') return [name, [fullResult(field.fields)]];
    return [name, field.sample];
  });
  return Object.fromEntries(entries);
}

/** The dotted names of all values. */
const pathsOf = (value: unknown, path = ''): string[] => {
  if (Array.isArray(value) && typeof value[0] === 'object') return value.flatMap((element) => pathsOf(element, path));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path];
  return Object.entries(value).flatMap(([name, inner]) => pathsOf(inner, path === '' ? name : `${path}.${name}`));
};

describe('what a record may keep', () => {
  it('is listed for every operation that leaves one', () => {
    expect(Object.keys(kept)).toEqual(operations.filter(({ creates }) => creates).map(({ name }) => name));
  });

  it.each(Object.entries(kept))('of %s: %s', (name, list) => {
    const full = { ...fullResult(named(name).result), unparsed: { similarity: '样本甲' } };
    const paths = list === '' ? [] : list.split(' ');
    expect(new Set(pathsOf(keepable(named(name).result, full)))).toEqual(new Set(paths));
  });

  it('is nothing where there is nothing', () => {
    const fields = named('id-card-ocr').result;
    expect(keepable(fields, {})).toEqual({});
    expect(keepable(fields, { portrait: { name: '样本甲', warnings: null, clarity: null } })).toEqual({});
    expect(keepable(named('face-compare').result, { similarity: null, threshold: 70 })).toEqual({ threshold: 70 });
  });

  it('never depends on the names in the answer', () => {
    const result = { similarity: 90, name: '样本甲', photos: [{ base64: '/9j/4AAQ' }] };
    expect(keepable(named('face-verify').result, result)).toEqual({ similarity: 90 });
  });
});

describe('a result that is read again', () => {
  const readBack = (query: string, values: Record<string, unknown>, request = {}) =>
    readResult(named(query).result, values, readContext({ request }));
  const card = {
    frontCode: '0',
    backCode: '0',
    name: '样本甲',
    sex: '女',
    nation: '汉',
    birth: '19900101',
    address: '北京市东城区样本街1号',
    idcard: '990101199001010019',
    authority: '样本市公安局',
    validDate: '20190128-长期',
    frontWarnCode: '00000000',
    frontMultiWarning: '01000000',
    frontClarity: '64',
    backWarnCode: '00000000',
    backClarity: '72',
    operateTime: '2021-06-21 17:40:06',
    frontPhoto: '/9j/4AAQ',
  };

  it.each([
    [
      'portrait',
      {
        portrait: {
          name: '样本甲',
          sex: 'female',
          ethnicity: '汉',
          birthDate: '1990-01-01',
          address: '北京市东城区样本街1号',
          idNo: '990101199001010019',
          warnings: ['photocopy'],
          clarity: 64,
        },
      },
    ],
    [
      'emblem',
      {
        emblem: {
          issuingAuthority: '样本市公安局',
          validFrom: '2019-01-28',
          validUntil: null,
          longTerm: true,
          warnings: [],
          clarity: 72,
        },
      },
    ],
  ])('of an ID card is shaped as its order: the %s side alone', (side, expected) => {
    const shaped = shapedAs(named('id-card-ocr').result, readBack('id-card-result', card, { files: true }), { side });
    expect(shaped).toEqual(expected);
  });

  it('of a bank card holds the picture only where it was asked for', () => {
    const values = {
      bankCardNo: '6222000000000000000',
      bankCardValidDate: '12/2024',
      warnCode: '-9112',
      clarity: '79',
      operateTime: '2021-06-21 17:40:06',
      bankcardNoPhoto: '/9j/4AAQ',
      originBankcardPhoto: '/9j/4AAQ',
    };
    const small = { cardNo: '6222000000000000000', validThru: '2024-12', warnings: ['glare'], clarity: 79 };
    const { result } = named('bank-card-ocr');
    const all = readBack('bank-card-result', values, { files: true });
    expect(shapedAs(result, all, {})).toEqual(small);
    expect(shapedAs(result, all, { files: true })).toEqual({ ...small, images: { cardNo: { base64: '/9j/4AAQ' } } });
  });

  it.each(['driver-license', 'vehicle-license'])('of a %s has every value of the first', (document) => {
    const fields = named(`${document}-ocr`).result;
    const leaves = Object.values(fields) as Leaf[];
    const values = Object.fromEntries(leaves.map(({ wire, raw }) => [wire[0]!, raw]));
    const expected = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, (field as Leaf).sample]));
    expect(shapedAs(fields, readBack(`${document}-result`, values), {})).toEqual(expected);
  });
});
