import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Leaf, ResultField, ResultFields } from '../../../lib/fields/result.ts';
import { operations } from '../../../lib/operations/index.ts';
import { keepable, readResult, shapedAs } from '../../../lib/result/read.ts';
import { named } from '../request/inputs.ts';
import { readContext } from './answers.ts';

/** Every leaf of a result with its path; elements of a list stand under the list's name. */
function leaves(fields: ResultFields, path = ''): [path: string, leaf: Leaf][] {
  return Object.entries(fields).flatMap(([name, field]): [string, Leaf][] => {
    if ('fields' in field) return leaves(field.fields, `${path}${name}.`);
    return 'wire' in field ? [[`${path}${name}`, field]] : [];
  });
}

const every = operations.flatMap((operation) =>
  leaves(operation.result).map(([path, leaf]) => ({ name: `${operation.name} ${path}`, leaf })),
);
const read = (fields: ResultFields, values: Record<string, unknown>, more = {}) =>
  readResult(fields, values, readContext(more));
const one = (field: ResultField, values: Record<string, unknown>) => read({ value: field }, values);

describe('every declared value', () => {
  it.each(every)('$name: the documented raw value becomes the documented one, in every spelling', ({ leaf }) => {
    for (const wire of leaf.wire) expect(one(leaf, { [wire]: leaf.raw }), wire).toEqual({ value: leaf.sample });
    if (typeof leaf.raw === 'string' && /^(0|[1-9]\d{0,8})(\.\d*[1-9])?$/.test(leaf.raw)) {
      expect(one(leaf, { [leaf.wire[0]!]: Number(leaf.raw) })).toEqual({ value: leaf.sample });
    }
  });

  it.each(every)('$name: absent, empty or null is null, or left out where optional', ({ leaf }) => {
    const nothing = leaf.optional ? {} : { value: null };
    for (const values of [{}, { [leaf.wire[0]!]: '' }, { [leaf.wire[0]!]: null }]) {
      expect(one(leaf, values)).toEqual(nothing);
    }
  });

  it.each(every.filter(({ leaf }) => leaf.kind !== 'text'))(
    '$name: what does not parse stands beside it',
    ({ leaf }) => {
      const found = one(leaf, { [leaf.wire[0]!]: 'x?' });
      expect(found).toMatchObject({ value: null, unparsed: { value: expect.any(String) } });
      if (!leaf.kind.startsWith('picture')) expect(found.unparsed).toEqual({ value: 'x?' });
    },
  );

  it.each(every)('$name: a value of another type stands beside it too', ({ leaf }) => {
    for (const strange of [{ deep: 'x' }, [{}], true, false]) {
      const found = one(leaf, { [leaf.wire[0]!]: strange });
      expect(found, JSON.stringify(strange)).toEqual({ value: null, unparsed: { value: expect.any(String) } });
    }
  });
});

describe('warnings', () => {
  const bits = (warning: unknown, multiWarning?: unknown) =>
    read(named('id-card-ocr').result, { warning, multiWarning }, { request: { side: 'portrait' } }).portrait as {
      warnings: string[];
    };

  it.each([
    ['00000000', '00000000', []],
    ['10000000', '10010100', ['border-incomplete', 'reshot', 'covered']],
    ['00010000', '10000000', ['border-incomplete', 'reshot']],
    ['00000100', '11000000', ['border-incomplete', 'photocopy', 'covered']],
    ['10000000', undefined, ['border-incomplete']],
    [undefined, '01000000', ['photocopy']],
  ])('%s and %s are united in bit order', (warning, multiWarning, expected) => {
    expect(bits(warning, multiWarning).warnings).toEqual(expected);
  });

  it('of a bank card are united under the spellings of both operations', () => {
    const both = (operation: string, one: string, several: string) =>
      read(named(operation).result, { [one]: '-9110', [several]: '[-9110,-9111]' }).warnings;
    expect(both('bank-card-ocr', 'warningCode', 'multiWarningCode')).toEqual(['invalid-date', 'border-incomplete']);
    expect(both('bank-card-ocr', 'warning', 'multiWarnCode')).toEqual(['invalid-date', 'border-incomplete']);
    expect(both('bank-card-result', 'warnCode', 'multiWarnCode')).toEqual(['invalid-date', 'border-incomplete']);
  });
});

describe('groups', () => {
  const card = { frontCode: '0', backCode: '0', name: '样本甲', authority: '样本市公安局' };

  it('hold the sides that the query says were read', () => {
    const { result } = named('id-card-result');
    const sides = (values: object) => Object.keys(read(result, { ...values })).filter((key) => key !== 'recognizedAt');
    expect(sides(card)).toEqual(['portrait', 'emblem']);
    expect(sides({ ...card, backCode: undefined })).toEqual(['portrait']);
    expect(sides({ ...card, frontCode: '66661001' })).toEqual(['emblem']);
    expect(sides({ ...card, frontCode: 0 })).toEqual(['portrait', 'emblem']);
    expect(sides({})).toEqual([]);
  });

  it('hold pictures when files were asked for', () => {
    const { result } = named('id-card-result');
    const values = { ...card, frontPhoto: '/9j/4AAQ', headPhoto: 'data:image/jpeg;base64,/9j/\n4AAQ', backCrop: '!' };
    expect(read(result, values)).not.toHaveProperty('images');
    const { images, unparsed } = read(result, values, { request: { files: true } });
    const picture = { base64: '/9j/4AAQ' };
    expect(images).toEqual({ portrait: picture, head: picture, emblemCrop: null });
    expect(Object.keys(unparsed as object)).toEqual(['images.emblemCrop']);
  });
});

describe('derived values', () => {
  it('come from the request, the stage and the clock', () => {
    const { result } = named('face-compare');
    expect(read(result, { similarity: '71' }, { threshold: 72, request: { sourcePhoto: {} } })).toEqual({
      similarity: 71,
      threshold: 72,
      reference: 'supplied',
    });
    const verify = named('liveness-verify').result;
    expect(read(verify, {}, { request: {} }).reference).toBe('authority');
    expect(read(verify, {}, { request: { sourcePhoto: {} } }).reference).toBe('supplied');
    expect(read(named('face-verify').result, {}, { request: { photo: {} } }).reference).toBe('authority');
    expect(read(named('liveness-challenge').result, { lips: '0532' })).toEqual({
      digits: '0532',
      expiresAt: '2026-01-05T10:05:00+08:00',
    });
  });

  it("the time of a consent is the upstream's, else our own", () => {
    const { result } = named('consent-record');
    const at = (transactionTime: string | null) => read(result, {}, { transactionTime });
    expect(at('20200310111148')).toEqual({ recordedAt: '2020-03-10T11:11:48+08:00' });
    expect(at(null)).toEqual({ recordedAt: '2026-01-05T10:00:00+08:00' });
    expect(at('yesterday')).toEqual({ recordedAt: '2026-01-05T10:00:00+08:00' });
  });

  it('faces are counted', () => {
    const { result } = named('face-compare-group');
    const faceResultList = [
      { singleFaceCode: '1', singleFaceMsg: 'ok', similarity: '91.5' },
      { singleFaceCode: 2, singleFaceMsg: 'no', similarity: 12 },
      { singleFaceCode: 'x', similarity: null },
      'noise',
    ];
    expect(read(result, { faceNum: 3, faceResultList })).toEqual({
      faceCount: 3,
      matchCount: 1,
      faces: [
        { outcome: 'match', similarity: 91.5 },
        { outcome: 'no-match', similarity: 12 },
        { outcome: null, similarity: null },
        { outcome: null, similarity: null },
      ],
      unparsed: { 'faces.2.outcome': 'x' },
    });
    const none = { faceCount: 2, matchCount: null, faces: null };
    expect(read(result, { faceNum: 2 })).toEqual(none);
    const unparsed = { faces: expect.any(String) };
    expect(read(result, { faceNum: 2, faceResultList: 'x' })).toEqual({ ...none, unparsed });
    expect(read(result, { faceNum: 0, faceResultList: [] })).toEqual({ faceCount: 0, matchCount: 0, faces: [] });
  });
});

describe('whatever the upstream answers', () => {
  it('nothing throws, and nothing unknown passes', () => {
    const wires = [...new Set(every.flatMap(({ leaf }) => leaf.wire)), 'frontCode', 'backCode', 'faceResultList'];
    const value = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom('0', '1', '00000000', '[-1]', '男', '长期'));
    const values = fc.dictionary(fc.oneof(fc.constantFrom(...wires), fc.string()), value, { maxKeys: 12 });
    fc.assert(
      fc.property(fc.constantFrom(...operations), values, fc.boolean(), ({ result }, answer, files) => {
        const found = read(result, answer, { request: { files, side: 'portrait' } });
        const known = [...Object.keys(result), 'unparsed'];
        expect(Object.keys(found).filter((name) => !known.includes(name))).toEqual([]);
        for (const raw of Object.values((found.unparsed ?? {}) as Record<string, string>)) {
          expect(raw.length).toBeLessThanOrEqual(200);
        }
        // Whatever was read can be kept and shaped, too.
        keepable(result, found);
        shapedAs(result, found, {});
      }),
      { numRuns: 5_000 },
    );
  });
});
