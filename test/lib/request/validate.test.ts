import { describe, expect, it } from 'vitest';
import { operations } from '../../../lib/operations/index.ts';
import { validate } from '../../../lib/request/validate.ts';
import { checkedInput, everywhere, fullInput, media, named, profileNames } from './inputs.ts';

/** The errors of an input that must be refused, as `problem` and pointer with rule. */
function refused(operation: string, input: unknown, profile = profileNames[1]!): string[] {
  const checked = validate(named(operation), profile, input);
  if (!('problem' in checked)) return expect.fail('accepted');
  return [checked.problem, ...checked.errors.map(({ pointer, rule }) => `${pointer} ${rule}`)];
}

const input = (operation: string, overrides: Record<string, unknown> = {}) => ({
  ...fullInput(named(operation), 'tencentcloud'),
  ...overrides,
});
const without = (given: Record<string, unknown>, ...names: string[]) =>
  Object.fromEntries(Object.entries(given).filter(([name]) => !names.includes(name)));

// Design, section 4: the fields of each request; `?` marks what may be left out.
const fields: Record<string, string> = {
  'face-verify': 'orderNo? name idNo userId? photo photoType?',
  'face-compare': 'orderNo? name idNo userId? photo sourcePhoto sourcePhotoType',
  'face-compare-group': 'orderNo? name idNo userId? photo sourcePhoto sourcePhotoType',
  'liveness-challenge': 'orderNo? name idNo',
  'liveness-verify': 'orderNo name idNo userId? video sourcePhoto? sourcePhotoType?',
  'video-best-photos': 'orderNo? video',
  'consent-record': 'orderNo? userId? name? idNo? agreement?',
  'consent-check': 'userId? name? idNo?',
  'id-card-ocr': 'orderNo? side photo userId? withNativePlace?',
  'bank-card-ocr': 'orderNo? photo userId? files?',
  'driver-license-ocr': 'orderNo? photo businessScene?',
  'vehicle-license-ocr': 'orderNo? photo businessScene? side?',
  'id-card-result': 'orderNo files?',
  'bank-card-result': 'orderNo files?',
  'driver-license-result': 'orderNo files?',
  'vehicle-license-result': 'orderNo files?',
};

describe('every operation', () => {
  it('takes the documented fields', () => {
    const declared = operations.map(({ name, request }) => {
      const list = Object.entries(request).map(([field, about]) => field + ('optional' in about ? '?' : ''));
      return [name, list.sort()];
    });
    const documented = Object.entries(fields).map(([name, list]) => [name, list.split(' ').sort()]);
    expect(Object.fromEntries(declared)).toEqual(Object.fromEntries(documented));
  });

  it.each(everywhere)('$name accepts a full and a bare request ($profile)', ({ operation, profile }) => {
    const full = fullInput(operation, profile);
    expect(Object.keys(checkedInput(operation, profile, full)).sort()).toEqual(Object.keys(full).sort());
    // These three need one of two sets of fields, or a field together with another.
    const keep = operation.needs?.oneOf?.[0] ?? [];
    const optional = Object.entries(operation.request).filter(
      ([name, field]) => 'optional' in field && !keep.includes(name),
    );
    const bare = without(full, ...optional.map(([name]) => name));
    expect(Object.keys(checkedInput(operation, profile, bare)).sort()).toEqual(Object.keys(bare).sort());
  });

  it.each(everywhere)('$name misses each required field and refuses an unknown one ($profile)', (row) => {
    const full = fullInput(row.operation, row.profile);
    for (const [name, field] of Object.entries(row.operation.request)) {
      if ('optional' in field) continue;
      expect(refused(row.name, without(full, name), row.profile), name).toEqual([
        'invalid-request',
        `/${name} required`,
      ]);
    }
    expect(refused(row.name, { ...full, surplus: 1 }, row.profile)).toEqual(['invalid-request', '/surplus unknown']);
  });

  it.each(operations)('$name refuses values of another type', (operation) => {
    const full = fullInput(operation, 'tencentcloud');
    for (const [name, { kind }] of Object.entries(operation.request)) {
      for (const wrong of [null, 1, [], ['a'], kind === 'flag' ? 'true' : true, kind === 'media' ? 'AAAA' : {}]) {
        const found = refused(operation.name, { ...full, [name]: wrong });
        expect(found, `${name} ${JSON.stringify(wrong)}`).toEqual(['invalid-request', `/${name} type`]);
      }
    }
  });

  it.each(operations)('$name takes the longest texts, and not one character more', (operation) => {
    const longest: Record<string, number> = {
      orderNo: 32,
      userId: 32,
      name: operation.name === 'face-compare-group' ? 32 : 20,
    };
    for (const [name, max] of Object.entries(longest)) {
      if (!Object.hasOwn(operation.request, name)) continue;
      const letter = name === 'name' ? '欧' : 'a';
      const given = { ...fullInput(operation, 'tencentcloud'), [name]: letter.repeat(max) };
      expect(checkedInput(operation, 'tencentcloud', given)[name]).toBe(letter.repeat(max));
      const long = { ...given, [name]: letter.repeat(max + 1) };
      expect(refused(operation.name, long)).toEqual(['invalid-request', `/${name} too-long`]);
      expect(refused(operation.name, { ...given, [name]: '' })).toEqual(['invalid-request', `/${name} empty`]);
    }
  });

  it.each([null, undefined, 1, 'text', true, [], [{}]])('%j is no request', (value) => {
    for (const { name } of operations) expect(refused(name, value)).toEqual(['invalid-request', ' type']);
  });

  it('inherits nothing', () => {
    for (const { name, request } of operations) {
      const inherited = Object.create(fullInput(named(name), 'tencentcloud'));
      const required = Object.entries(request).filter(([, field]) => !('optional' in field));
      const rules = required.map(([field]) => `/${field} required`);
      const oneOf = named(name).needs?.oneOf ? [' one-of'] : [];
      if (rules.length + oneOf.length > 0)
        expect(refused(name, inherited)).toEqual(['invalid-request', ...rules, ...oneOf]);
    }
  });

  it('refuses keys that reach for a prototype', () => {
    for (const key of ['__proto__', 'constructor', 'prototype']) {
      const text = `{"userId":"user0001","${key}":{"name":"样本甲"}}`;
      expect(refused('consent-check', JSON.parse(text))).toEqual([
        'invalid-request',
        `/${key === '__proto__' ? '-' : key} unknown`,
      ]);
    }
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('tells all that is wrong at once', () => {
    expect(refused('face-verify', { name: 5, idNo: '1', surplus: 1, photo: {} })).toEqual([
      'invalid-request',
      '/surplus unknown',
      '/name type',
      '/idNo length',
      '/photo/base64 required',
    ]);
  });
});

describe('names', () => {
  it.each(['张三', '欧阳娜娜', '阿卜杜拉·买买提', 'Ng Ka Lok', '𠮷田太郎'])('%s is one', (name) => {
    expect(checkedInput(named('liveness-challenge'), 'kyc1', input('liveness-challenge', { name }))).toMatchObject({
      name,
    });
  });

  it.each([
    ['张', 'too-short'],
    ['𠮷', 'too-short'],
    [' 张三', 'pattern'],
    ['张三\n', 'pattern'],
    ['张\u0000三', 'pattern'],
    ['张三\ud800', 'pattern'],
  ])('%j is %s', (name, rule) => {
    expect(refused('liveness-challenge', input('liveness-challenge', { name }))).toEqual([
      'invalid-request',
      `/name ${rule}`,
    ]);
  });

  it('are counted in characters and composed (NFC)', () => {
    const composed = checkedInput(
      named('liveness-challenge'),
      'kyc1',
      input('liveness-challenge', { name: 'Zoe\u0308' }),
    );
    expect(composed.name).toBe('Zo\u00eb');
    const wide = '𠮷'.repeat(20);
    expect(checkedInput(named('liveness-challenge'), 'kyc1', input('liveness-challenge', { name: wide })).name).toBe(
      wide,
    );
  });
});

describe('order and user numbers', () => {
  it.each(['a b', 'a-b', 'a_b', 'ä', '１', 'a\n', '../a', 'a%2f', '样本'])('%j is neither', (value) => {
    expect(refused('face-verify', input('face-verify', { orderNo: value }))).toEqual([
      'invalid-request',
      '/orderNo pattern',
    ]);
    expect(refused('face-verify', input('face-verify', { userId: value }))).toEqual([
      'invalid-request',
      '/userId pattern',
    ]);
  });
});

describe('ID numbers', () => {
  // Synthetic: the number of the samples, and one whose check digit is X.
  it.each([
    ['110101199001010015', '110101199001010015'],
    ['11010119900101004x', '11010119900101004X'],
    ['11010119900101004X', '11010119900101004X'],
  ])('%s is one', (idNo, kept) => {
    expect(checkedInput(named('liveness-challenge'), 'webank', { name: '样本甲', idNo }).idNo).toBe(kept);
  });

  it.each([
    ['110101199001010016', 'check-digit'],
    ['110101199001010051', 'check-digit'],
    ['11010119900101001X', 'check-digit'],
    ['1101011990010100１5', 'check-digit'],
    ['110101900101001', 'length'],
    ['1101011990010100155', 'length'],
    ['', 'length'],
  ])('%s is none: %s', (idNo, rule) => {
    expect(refused('liveness-challenge', { name: '样本甲', idNo })).toEqual(['invalid-request', `/idNo ${rule}`]);
  });
});

describe('words', () => {
  const words: [operation: string, field: string, allowed: string][] = [
    ['face-verify', 'photoType', 'id-card-portrait'],
    ['face-compare', 'sourcePhotoType', 'mesh hd'],
    ['id-card-ocr', 'side', 'portrait emblem'],
    ['vehicle-license-ocr', 'side', 'main supplementary'],
    [
      'driver-license-ocr',
      'businessScene',
      'loan credit-card account-opening change-password reset-password transfer loss-report-or-release login profile-update',
    ],
  ];

  it.each(words)('%s: %s is one of a few', (operation, field, allowed) => {
    for (const word of allowed.split(' ')) {
      expect(checkedInput(named(operation), 'tencentcloud', input(operation, { [field]: word }))[field]).toBe(word);
    }
    for (const word of ['other', '1', '01', '', 'constructor', '__proto__', allowed.toUpperCase().split(' ')[0]]) {
      expect(refused(operation, input(operation, { [field]: word }))).toEqual(['invalid-request', `/${field} choice`]);
    }
  });
});

describe('relations', () => {
  it.each(['consent-record', 'consent-check'])('%s wants userId, or name and idNo', (operation) => {
    const { name, idNo } = fullInput(named(operation), 'webank');
    for (const enough of [{ userId: 'user0001' }, { name, idNo }, { userId: 'user0001', name, idNo }]) {
      expect(Object.keys(checkedInput(named(operation), 'webank', enough))).toHaveLength(Object.keys(enough).length);
    }
    for (const little of [{}, { name }, { idNo }]) {
      expect(refused(operation, little)).toEqual(['invalid-request', ' one-of']);
    }
  });

  it('a source photo in liveness-verify has a type', () => {
    expect(refused('liveness-verify', without(input('liveness-verify'), 'sourcePhotoType'))).toEqual([
      'invalid-request',
      '/sourcePhotoType required',
    ]);
    const neither = without(input('liveness-verify'), 'sourcePhoto', 'sourcePhotoType');
    expect(checkedInput(named('liveness-verify'), 'kyc1', neither)).not.toHaveProperty('sourcePhoto');
  });

  it('the page of a vehicle licence cannot be told where the profile has no such field', () => {
    const told = input('vehicle-license-ocr', { side: 'main' });
    expect(refused('vehicle-license-ocr', told, 'webank')).toEqual(['invalid-request', '/side not-in-profile']);
    expect(checkedInput(named('vehicle-license-ocr'), 'kyc1', told).side).toBe('main');
  });

  it('an order number is refused where it is only a trace', () => {
    const given = { userId: 'user0001', orderNo: 'a1' };
    expect(refused('consent-check', given)).toEqual(['invalid-request', '/orderNo unknown']);
  });
});

describe('media', () => {
  it.each([
    [{}, '/photo/base64 required'],
    [{ base64: 5 }, '/photo/base64 type'],
    [{ base64: null }, '/photo/base64 type'],
    [{ base64: 'AAAA', url: 'x' }, '/photo/url unknown'],
    [{ base64: 'AAAA', 'a b': 'x' }, '/photo/- unknown'],
  ])('%j has the wrong shape: %s', (photo, error) => {
    expect(refused('face-verify', input('face-verify', { photo }))).toEqual(['invalid-request', error]);
  });

  it.each([
    ['', 'empty'],
    [' \r\n', 'empty'],
    ['AAAA', 'media-type'],
    ['/9j/4AA', 'base64'],
    ['/9j/4AA!', 'base64'],
    ['/9j_4AAQ', 'base64'],
    [media.agreement!.base64, 'media-type'],
    ['/9j/'.padEnd(20 * 1024 * 1024 + 4, 'A'), 'too-large'],
  ])('%# is not taken', (base64, rule) => {
    expect(refused('face-verify', input('face-verify', { photo: { base64 } }))).toEqual([
      'media-invalid',
      `/photo/base64 ${rule}`,
    ]);
  });

  it('is looked at only when the rest is right, each for itself', () => {
    const bad = { photo: { base64: '?' }, sourcePhoto: { base64: '?' } };
    expect(refused('face-compare', input('face-compare', bad))).toEqual([
      'media-invalid',
      '/photo/base64 base64',
      '/sourcePhoto/base64 base64',
    ]);
    expect(refused('face-compare', input('face-compare', { ...bad, name: '' }))).toEqual([
      'invalid-request',
      '/name empty',
    ]);
  });

  it('loses its prefix and its line breaks', () => {
    const { base64 } = media.photo!;
    const wrapped = `data:image/jpeg;base64,${base64.replace(/.{76}/g, '$&\r\n')}`;
    const checked = checkedInput(named('face-verify'), 'kyc1', input('face-verify', { photo: { base64: wrapped } }));
    expect(checked.photo).toEqual({ base64, size: 22_645, type: 'image/jpeg' });
  });
});
