import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { operations } from '../../../lib/operations/index.ts';
import { fingerprints, standInUserId } from '../../../lib/orders/fingerprint.ts';
import { makeOrderNo } from '../../../lib/orders/order-no.ts';
import type { CheckedRequest } from '../../../lib/request/validate.ts';
import { checkedInput, fullInput, media } from '../request/inputs.ts';

const key = 'synthetic-key-of-64-characters-0123456789012345678901234567890123';
const idNo = '990101199001010019';
const photo = { base64: media.photo!.base64, size: 22_645, type: 'image/jpeg' };
const request: CheckedRequest = { orderNo: 'a1', name: '样本甲', idNo, photo, photoType: 'id-card-portrait' };

const of = (more: CheckedRequest = {}, by = 'alice', operation = 'face-verify', secret = key) =>
  fingerprints(secret, by, operation, { ...request, ...more }).fingerprint;

describe('a fingerprint', () => {
  it('has a known answer', () => {
    const sha256 = createHash('sha256').update(photo.base64).digest('hex');
    const canonical = JSON.stringify([
      'alice',
      'face-verify',
      [
        ['idNo', idNo],
        ['name', '样本甲'],
        ['photo', sha256],
        ['photoType', 'id-card-portrait'],
      ],
    ]);
    expect(of()).toBe(createHmac('sha256', key).update(canonical, 'utf8').digest('hex'));
  });

  it('is the same whatever the order of the fields and the number of the order', () => {
    const turned = Object.fromEntries(Object.entries(request).reverse());
    expect(fingerprints(key, 'alice', 'face-verify', turned).fingerprint).toBe(of());
    expect(of({ orderNo: 'b2' })).toBe(of());
    const { orderNo: _, ...unnumbered } = request;
    expect(fingerprints(key, 'alice', 'face-verify', unnumbered).fingerprint).toBe(of());
  });

  it('is another one for another caller, operation, key or value', () => {
    const others = [
      of({}, 'bob'),
      of({}, 'alice', 'face-compare'),
      of({}, 'alice', 'face-verify', `${key}x`),
      of({ name: '样本乙' }),
      of({ userId: 'user0001' }),
      of({ photo: { ...photo, base64: `${photo.base64.slice(0, -4)}AAAA` } }),
      of({ photoType: 'other' }),
      // Neither names nor values may run into each other.
      of({ name: '样本甲","idNo', idNo: '' }),
    ];
    expect(new Set([of(), ...others]).size).toBe(others.length + 1);
  });

  it('holds nothing that can be guessed without the key', () => {
    const unkeyed = [idNo, '样本甲', photo.base64, JSON.stringify(request)].flatMap((text) =>
      ['md5', 'sha1', 'sha256', 'sha512'].map((algorithm) => createHash(algorithm).update(text).digest('hex')),
    );
    const made = JSON.stringify([fingerprints(key, 'alice', 'face-verify', request), standInUserId(key, idNo)]);
    for (const hash of [...unkeyed, idNo]) expect(made).not.toContain(hash.slice(0, 32));
  });

  it.each(operations)('of $name tells every field apart', (operation) => {
    const full = checkedInput(operation, 'kyc1', fullInput(operation, 'kyc1'));
    const seen = new Set([fingerprints(key, 'alice', operation.name, full).fingerprint]);
    const names = Object.keys(full).filter((name) => name !== 'orderNo');
    for (const name of names) {
      const { [name]: _, ...less } = full;
      seen.add(fingerprints(key, 'alice', operation.name, less).fingerprint);
    }
    expect(seen.size).toBe(names.length + 1);
  });
});

describe('a subject', () => {
  it('is the keyed hash of the ID number alone', () => {
    const subject = (more: CheckedRequest, by = 'alice', secret = key) => fingerprints(secret, by, 'x', more).subject;
    expect(subject({ idNo })).toMatch(/^[0-9a-f]{64}$/);
    expect(subject({ idNo, name: '样本甲' }, 'bob')).toBe(subject({ idNo }));
    expect(subject({ idNo: '99010119900101006X' })).not.toBe(subject({ idNo }));
    expect(subject({ idNo }, 'alice', 'other')).not.toBe(subject({ idNo }));
    expect(subject({ name: '样本甲' })).toBeUndefined();
    expect(subject({ idNo })).not.toBe(createHash('sha256').update(idNo).digest('hex'));
  });
});

describe('a user number that stands in', () => {
  it('is 32 hex characters of a keyed hash', () => {
    const made = standInUserId(key, idNo);
    expect(made).toMatch(/^[0-9a-f]{32}$/);
    expect(standInUserId(key, idNo)).toBe(made);
    expect(standInUserId('other', idNo)).not.toBe(made);
    expect(standInUserId(key, '99010119900101006X')).not.toBe(made);
    // What leaves for the upstream says nothing about what is kept.
    expect(fingerprints(key, 'a', 'x', { idNo }).subject).not.toContain(made);
  });
});

describe('an order number', () => {
  const now = Date.parse('2026-01-05T02:00:00Z');

  it('is made once (100,000 in one millisecond)', () => {
    const made = new Set<string>();
    for (let index = 0; index < 100_000; index += 1) {
      const orderNo = makeOrderNo('prod', now);
      if (!/^[A-Za-z0-9]{1,32}$/.test(orderNo)) expect.fail(orderNo);
      made.add(orderNo);
    }
    expect(made.size).toBe(100_000);
  });

  it.each([
    ['prod', 'prod'],
    ['production', 'prod'],
    ['dev', 'dev'],
    ['eu-1', 'eu1'],
    ['a', 'a'],
  ])('of stage %s begins with %s', (stage, prefix) => {
    const orderNo = makeOrderNo(stage, now);
    expect(orderNo.startsWith(prefix)).toBe(true);
    expect(orderNo).toMatch(/^[A-Za-z0-9]{32}$/);
  });

  it('sorts by time within a stage', () => {
    const times = [0, 1, now, now + 1, now + 86_400_000, Date.parse('9999-12-31T23:59:59Z')];
    const made = times.map((time) => makeOrderNo('prod', time));
    expect([...made].sort()).toEqual(made);
  });
});
