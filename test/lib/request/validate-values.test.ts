import { describe, expect, it } from 'vitest';
import { checkedInput, fullInput, media, named, refused, without } from './inputs.ts';

const input = (operation: string, overrides: Record<string, unknown> = {}) => ({
  ...fullInput(named(operation), 'tencentcloud'),
  ...overrides,
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

describe('texts of megabytes', () => {
  it.each(['a', '张', 'e\u0301', '\u0344'])('of %j cost next to nothing', (unit) => {
    const name = unit.repeat(2_000_000);
    const startedAt = performance.now();
    expect(refused('liveness-challenge', input('liveness-challenge', { name }))).toEqual([
      'invalid-request',
      '/name too-long',
    ]);
    expect(performance.now() - startedAt).toBeLessThan(50);
  });

  it('do not hide behind names that are long until they are composed', () => {
    // Four parts make one character (U+1F82), twenty of which are a name.
    const name = '\u03b1\u0313\u0300\u0345'.repeat(20);
    const checked = checkedInput(named('liveness-challenge'), 'kyc1', input('liveness-challenge', { name }));
    expect(checked.name).toBe('\u1f82'.repeat(20));
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
    ['990101199001010019', '990101199001010019'],
    ['99010119900101006x', '99010119900101006X'],
    ['99010119900101006X', '99010119900101006X'],
  ])('%s is one', (idNo, kept) => {
    expect(checkedInput(named('liveness-challenge'), 'webank', { name: '样本甲', idNo }).idNo).toBe(kept);
  });

  it.each([
    ['990101199001010018', 'check-digit'],
    ['990101199001010052', 'check-digit'],
    ['99010119900101001X', 'check-digit'],
    ['1101011990010100１5', 'check-digit'],
    ['110101900101001', 'length'],
    ['9901011990010100195', 'length'],
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
    [{}, '/photo one-of'],
    [{ base64: 'AAAA', mediaId: 'a'.repeat(32) }, '/photo one-of'],
    [{ mediaId: 'a'.repeat(32), base64: 5 }, '/photo one-of'],
    [{ base64: 5 }, '/photo/base64 type'],
    [{ base64: null }, '/photo/base64 type'],
    [{ base64: 'AAAA', url: 'x' }, '/photo/url unknown'],
    [{ base64: 'AAAA', 'a b': 'x' }, '/photo/- unknown'],
    [{ mediaId: 'a'.repeat(32), 'a b': 'x' }, '/photo/- unknown'],
    [{ MediaId: 'a'.repeat(32) }, '/photo/MediaId unknown'],
    [{ mediaId: 5 }, '/photo/mediaId type'],
    [{ mediaId: null }, '/photo/mediaId type'],
    [{ mediaId: ['a'.repeat(32)] }, '/photo/mediaId type'],
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
