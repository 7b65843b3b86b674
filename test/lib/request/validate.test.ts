import { describe, expect, it } from 'vitest';
import { operations } from '../../../lib/operations/index.ts';
import { checkedInput, everywhere, fullInput, named, refused, without } from './inputs.ts';

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
      '/photo one-of',
    ]);
  });
});
