import { describe, expect, it } from 'vitest';
import type { Operation, ProfileName } from '../../../lib/operation.ts';
import { operations } from '../../../lib/operations/index.ts';
import { originOf, profiles } from '../../../lib/profiles.ts';
import type { CheckedRequest } from '../../../lib/request/validate.ts';
import { type WireCall, wireCall } from '../../../lib/request/wire.ts';
import { signCall } from '../../../lib/signing/sign.ts';
import { wireTable, wireValues } from '../../fixtures/wire-table.ts';
import { bytesOf as inline } from '../../support/body.ts';
import { checkedInput, everywhere, fullInput, media, named } from './inputs.ts';

// The canonical vector of the upstream (specification 4.3, row 1), so that the signature on the wire is known too.
const appId = 'appId001';
const orderNo = 'aabc1457895464';
const signature = signCall({
  appId,
  orderNo,
  nonce: 'kHoSxvLZGxSoFsjxlbzEoUzh5PAnTU7T',
  ticket: 'FxlAe3HFtEy73Um0pJNzIUriwtfnS3KRcPXiesd5ulS4XRAIcT0FbfaP52dwZf5S',
});
const signed = {
  nonce: 'kHoSxvLZGxSoFsjxlbzEoUzh5PAnTU7T',
  version: '1.0.0',
  sign: '993D057C652D97FD90D5D298F2E5DC4B8D893CBC',
};

const bytesOf = ({ body }: WireCall): Buffer => inline(body);

const callOf = (operation: Operation, profile: ProfileName, request: CheckedRequest): WireCall =>
  wireCall(operation, profiles[profile], appId, signature, { ...request, orderNo });

/** What the table wants on the wire. */
const expected = (name: string, profile: ProfileName, keep?: readonly string[]): Record<string, unknown> => ({
  ...wireValues(name, profile, appId, media, keep),
  ...signed,
});

function seen(call: WireCall): unknown {
  if (call.method === 'GET') {
    expect(call.body).toBeUndefined();
    return Object.fromEntries(new URLSearchParams(call.path.slice(call.path.indexOf('?'))));
  }
  const bytes = bytesOf(call);
  expect(call.body?.length).toBe(bytes.length);
  return JSON.parse(bytes.toString('utf8'));
}

const pathOf = (row: (typeof wireTable)[string], profile: ProfileName) => {
  const path = row.call.split(' ')[1]!;
  return row.call.startsWith('POST') && profile !== 'webank' ? `${path}?orderNo=${orderNo}` : path;
};

describe('every operation on the wire', () => {
  it('has a row', () => {
    expect(Object.keys(wireTable).sort()).toEqual(operations.map(({ name }) => name).sort());
  });

  it.each(everywhere)('$name to $profile: method, path, names, types and values', ({ name, operation, profile }) => {
    const row = wireTable[name]!;
    const call = callOf(operation, profile, checkedInput(operation, profile, fullInput(operation, profile)));
    expect(`${call.method} ${call.path.split('?')[0]}`).toBe(row.call);
    if (call.method === 'POST') expect(call.path).toBe(pathOf(row, profile));
    expect(seen(call)).toEqual(expected(name, profile));
  });

  it.each(everywhere)('$name to $profile leaves out what is not given', ({ name, operation, profile }) => {
    const row = wireTable[name]!;
    const keep = operation.needs?.oneOf?.[0] ?? [];
    const full = fullInput(operation, profile);
    const given = Object.entries(full).filter(
      ([field]) => keep.includes(field) || !('optional' in operation.request[field]!),
    );
    const call = callOf(operation, profile, checkedInput(operation, profile, Object.fromEntries(given)));
    expect(seen(call)).toEqual(expected(name, profile, row.always));
  });

  it.each(everywhere)('$name goes to its host of $profile, or where all hosts are replaced', (row) => {
    const host = {
      webank: `${wireTable[row.name]!.host}.webank.com`,
      tencentcloud: 'miniprogram-kyc.tencentcloudapi.com',
      kyc1: 'kyc1.qcloud.com',
    }[row.profile];
    expect(originOf(row.operation, profiles[row.profile])).toBe(`https://${host}`);
    expect(originOf(row.operation, profiles[row.profile], 'http://127.0.0.1:9')).toBe('http://127.0.0.1:9');
  });
});

describe('words on the wire', () => {
  const words: [operation: string, field: string, wire: string, values: Record<string, string>][] = [
    ['face-compare', 'sourcePhotoType', 'sourcePhotoType', { mesh: '1', hd: '2' }],
    ['liveness-verify', 'sourcePhotoType', 'sourcePhotoType', { mesh: '1', hd: '2' }],
    ['id-card-ocr', 'side', 'cardType', { portrait: '0', emblem: '1' }],
    ['vehicle-license-ocr', 'side', 'vehicleLicenseSide', { main: '1', supplementary: '2' }],
    ['face-verify', 'photoType', 'photoType', { 'id-card-portrait': '1' }],
    [
      'driver-license-ocr',
      'businessScene',
      'bizScene',
      {
        loan: '01',
        'credit-card': '02',
        'account-opening': '03',
        'change-password': '04',
        'reset-password': '05',
        transfer: '06',
        'loss-report-or-release': '07',
        login: '08',
        'profile-update': '09',
      },
    ],
  ];

  it.each(words)('%s: %s', (name, field, wire, values) => {
    const operation = named(name);
    for (const [word, code] of Object.entries(values)) {
      const request = checkedInput(operation, 'kyc1', { ...fullInput(operation, 'kyc1'), [field]: word });
      expect(seen(callOf(operation, 'kyc1', request))).toMatchObject({ [wire]: code });
    }
  });

  it.each([
    ['id-card-ocr', 'withNativePlace', 'getNative'],
    ['id-card-result', 'files', 'get_file'],
    ['driver-license-result', 'files', 'getFile'],
  ])('%s: %s is sent when true only', (name, field, wire) => {
    const request = checkedInput(named(name), 'kyc1', { ...fullInput(named(name), 'kyc1'), [field]: false });
    expect(seen(callOf(named(name), 'kyc1', request))).not.toHaveProperty(wire);
  });

  it('the upstream never hears of what is for Signet alone', () => {
    const request = checkedInput(named('bank-card-ocr'), 'kyc1', fullInput(named('bank-card-ocr'), 'kyc1'));
    expect(request.files).toBe(true);
    expect(bytesOf(callOf(named('bank-card-ocr'), 'kyc1', request)).toString()).not.toContain('files');
  });
});

describe('bytes', () => {
  const piece = 65_536;
  const sizes = [4, 8, ...[piece, 2 * piece, 3 * piece].flatMap((edge) => [edge - 4, edge, edge + 4])];
  const base64 = (length: number, salt: number) =>
    Array.from(
      { length },
      (_, index) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'[(index * 7 + salt) % 64],
    ).join('');

  it.each(sizes)('media of %i characters arrives whole, its length known before', (size) => {
    const photo = { base64: base64(size, 1), size: (size / 4) * 3, type: 'image/jpeg' };
    const sourcePhoto = { base64: `${base64(size, 5).slice(0, -2)}==`, size: 1, type: 'image/png' };
    const request = {
      name: '欧阳 "样本"\\甲',
      idNo: '990101199001010019',
      photo,
      sourcePhoto,
      sourcePhotoType: 'mesh',
    };
    const call = callOf(named('face-compare'), 'tencentcloud', request);
    expect(seen(call)).toEqual({
      appId,
      ...signed,
      orderNo,
      name: request.name,
      idNo: request.idNo,
      photoStr: photo.base64,
      sourcePhotoStr: sourcePhoto.base64,
      sourcePhotoType: '1',
    });
    for (const chunk of call.body!.chunks() as Iterable<Uint8Array>) expect(chunk.length).toBeLessThanOrEqual(piece);
  });

  it('may be asked for again', () => {
    const call = callOf(
      named('face-verify'),
      'kyc1',
      checkedInput(named('face-verify'), 'kyc1', fullInput(named('face-verify'), 'kyc1')),
    );
    expect(bytesOf(call)).toEqual(bytesOf(call));
  });

  it('Chinese names are UTF-8', () => {
    const request = { name: '阿卜杜拉·买买提𠮷', idNo: '990101199001010019' };
    const bytes = bytesOf(callOf(named('liveness-challenge'), 'webank', request));
    expect(bytes.includes(Buffer.from(request.name, 'utf8'))).toBe(true);
  });
});

describe('queries', () => {
  it('carry nothing unescaped', () => {
    const call = wireCall(named('bank-card-result'), profiles.kyc1, 'a&b=c#d/é', signature, { orderNo: 'a b?c%' });
    expect(call.path).toMatch(/^\/api\/server\/getBankCardOcrResult\?[A-Za-z0-9_=&.%-]+$/);
    const query = new URLSearchParams(call.path.split('?')[1]);
    expect(query.get('app_id')).toBe('a&b=c#d/é');
    expect(query.get('order_no')).toBe('a b?c%');
    const post = wireCall(named('driver-license-result'), profiles.kyc1, appId, signature, { orderNo: 'a/b?c' });
    expect(post.path).toBe('/api/v2/ocrbase/querydriverlicenseocrresult?orderNo=a%2Fb%3Fc');
  });
});
