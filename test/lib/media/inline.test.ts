import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Limit, MediaType } from '../../../lib/fields/limits.ts';
import { checkInline } from '../../../lib/media/inline.ts';
import { sniff } from '../../../lib/media/magic.ts';
import { limitOf, type ProfileName } from '../../../lib/operation.ts';
import { operations } from '../../../lib/operations/index.ts';
import { profileNames } from '../request/inputs.ts';

const file = (name: string) => readFileSync(new URL(`../../samples/${name}`, import.meta.url));
const every: readonly MediaType[] = ['image/jpeg', 'image/png', 'image/bmp', 'video/mp4', 'application/pdf'];
const open: Limit = { base64: 1_000_000, types: every };

describe('the first bytes tell the type of', () => {
  it.each([
    ['face.jpg', 'image/jpeg', 22_645],
    ['face-source.png', 'image/png', 9_195],
    ['tiny.bmp', 'image/bmp', 18_198],
    ['digits-video.mp4', 'video/mp4', 36_661],
    ['agreement.pdf', 'application/pdf', 899],
  ] as const)('%s: %s', (name, type, size) => {
    const base64 = file(name).toString('base64');
    expect(checkInline(base64, open)).toEqual({ base64, size, type });
    for (const other of every.filter((each) => each !== type)) {
      expect(checkInline(base64, { ...open, types: [other] })).toBe('media-type');
    }
  });

  it.each([
    ['ffd8ff', 'image/jpeg'],
    ['89504e47', 'image/png'],
    ['424d', 'image/bmp'],
    ['25504446', 'application/pdf'],
    ['0000001866747970', 'video/mp4'],
    ['ffffffff66747970', 'video/mp4'],
    ['ffd8', null],
    ['8950', null],
    ['66747970', null],
    ['00000018667479', null],
    ['47494638', null],
    ['52494646', null],
    ['', null],
  ])('%s: %s', (hex, type) => {
    expect(sniff(Buffer.from(hex, 'hex'))).toBe(type);
  });

  it('very short files too', () => {
    expect(checkInline(Buffer.from('424d', 'hex').toString('base64'), open)).toMatchObject({
      size: 2,
      type: 'image/bmp',
    });
    expect(checkInline(Buffer.from('42', 'hex').toString('base64'), open)).toBe('media-type');
  });
});

const MiB = 1_048_576;
const pictures = ['image/jpeg', 'image/png'];

// Upstream specification, sections 6 and 8. Characters of base64 text, bytes of the file where documented, types.
type Row = [
  operation: string,
  field: string,
  on: readonly ProfileName[],
  base64: number,
  raw: number | undefined,
  types: readonly string[],
];
const older: readonly ProfileName[] = ['webank'];
const newer: readonly ProfileName[] = ['tencentcloud', 'kyc1'];
const limits: Row[] = [
  ['face-verify', 'photo', older, 3 * MiB, 2 * MiB, pictures],
  ['face-verify', 'photo', newer, 20_971_520, undefined, [...pictures, 'image/bmp']],
  ['face-compare', 'photo', profileNames, 3 * MiB, 2 * MiB, pictures],
  ['face-compare', 'sourcePhoto', profileNames, 3 * MiB, 2 * MiB, pictures],
  ['face-compare-group', 'photo', profileNames, 3 * MiB, undefined, pictures],
  ['face-compare-group', 'sourcePhoto', profileNames, MiB, undefined, pictures],
  ['liveness-verify', 'video', profileNames, 3 * MiB, undefined, ['video/mp4']],
  ['liveness-verify', 'sourcePhoto', profileNames, 3 * MiB, 2 * MiB, pictures],
  ['video-best-photos', 'video', profileNames, 3 * MiB, undefined, ['video/mp4']],
  ['consent-record', 'agreement', profileNames, 1_398_104, MiB, ['application/pdf']],
  ['id-card-ocr', 'photo', older, 3_145_728, undefined, pictures],
  ['id-card-ocr', 'photo', newer, 20_971_520, undefined, pictures],
  ['bank-card-ocr', 'photo', profileNames, 3 * MiB, undefined, pictures],
  ['driver-license-ocr', 'photo', profileNames, 3 * MiB, undefined, pictures],
  ['vehicle-license-ocr', 'photo', profileNames, 3 * MiB, undefined, pictures],
];

const starts: Readonly<Record<string, string>> = {
  'image/jpeg': '/9j/4AAQ',
  'image/png': 'iVBORw0K',
  'image/bmp': 'Qk1GRwAA',
  'video/mp4': 'AAAAGGZ0eXA=',
  'application/pdf': 'JVBERi0x',
};
/** Base64 text of a file of `bytes` bytes that begins as its type does. */
function fileOf(type: string, bytes: number): string {
  const start = starts[type]!.replace('=', 'A');
  const length = Math.floor(bytes / 3) * 4;
  return start + 'A'.repeat(length - start.length) + ['', 'AA==', 'AAA='][bytes % 3];
}

describe('limits', () => {
  it('stand for every media field', () => {
    const declared = operations.flatMap(({ name, request }) =>
      Object.entries(request).flatMap(([field, { kind }]) => (kind === 'media' ? [`${name} ${field}`] : [])),
    );
    expect(new Set(declared)).toEqual(new Set(limits.map(([name, field]) => `${name} ${field}`)));
  });

  it.each(limits)('%s %s on %j: %i characters, %s bytes, %j', (name, field, on, base64, raw, types) => {
    const operation = operations.find((each) => each.name === name)!;
    for (const profile of on) {
      expect(limitOf(operation, field, profile)).toEqual({ base64, ...(raw === undefined ? {} : { raw }), types });
    }
    const limit = limitOf(operation, field, on[0]!);
    for (const type of types) {
      const bytes = Math.min(raw ?? Number.POSITIVE_INFINITY, (base64 / 4) * 3);
      expect(checkInline(fileOf(type, bytes), limit)).toMatchObject({ type, size: bytes });
      expect(checkInline(fileOf(type, bytes + 1), limit)).toBe('too-large');
    }
  });

  it('are those of the text without prefix and line breaks', () => {
    const limit: Limit = { base64: 80, types: ['image/jpeg'] };
    const base64 = fileOf('image/jpeg', 60);
    expect(base64).toHaveLength(80);
    const wrapped = `data:image/jpeg;base64,${base64.replace(/.{10}/g, '$&\n')}`;
    expect(checkInline(wrapped, limit)).toEqual({ base64, size: 60, type: 'image/jpeg' });
    expect(checkInline(fileOf('image/jpeg', 61), limit)).toBe('too-large');
  });

  it('come before everything else', () => {
    expect(checkInline('!'.repeat(81), { base64: 80, types: every })).toBe('too-large');
    expect(checkInline('', open)).toBe('empty');
    expect(checkInline('data:image/jpeg;base64,', open)).toBe('empty');
    expect(checkInline('!!!!', open)).toBe('base64');
  });
});
