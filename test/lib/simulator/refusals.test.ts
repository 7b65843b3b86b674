import { describe, expect, it } from 'vitest';
import { operations } from '../../../lib/operations/index.ts';
import { caller, named, textOf } from './caller.ts';
import { sampleMedia } from './media.ts';

type Patch = (values: Record<string, unknown>) => void;
const set =
  (changes: Record<string, unknown>): Patch =>
  (values) =>
    Object.assign(values, changes);
const leaveOut =
  (name: string): Patch =>
  (values) => {
    delete values[name];
  };

describe('the front door', () => {
  it('answers other methods with 405 and other paths with 404', async () => {
    const world = caller();
    const ask = async (method: string, url: string) => {
      const reply = await world.simulator.handle({ method, url, headers: {}, body: new Uint8Array() });
      return 'fault' in reply ? 0 : reply.status;
    };
    for (const { upstream } of operations) {
      const [method, path] = upstream.split(' ') as [string, string];
      expect(await ask(method === 'GET' ? 'POST' : 'GET', path)).toBe(405);
      expect(await ask(method, `${path}/`)).toBe(404);
    }
    expect(await ask('GET', '/api/oauth2/access_token')).toBe(200);
    expect(await ask('POST', '/api/oauth2/access_token')).toBe(405);
  });

  it.each([undefined, 'text/plain', 'application/x-www-form-urlencoded', 'application/jsonx'])(
    'refuses content type %s',
    async (type) => {
      const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
      expect(await caller().code('face-verify', {}, { headers })).toBe('400101');
    },
  );

  it.each([
    ['webank', 'face-verify', 'webankAppId'],
    ['tencentcloud', 'face-verify', 'webankAppId'],
    ['kyc1', 'face-verify', 'appId'],
    ['tencentcloud', 'id-card-ocr', 'appId'],
    ['kyc1', 'vehicle-license-ocr', 'webankAppId'],
    ['webank', 'consent-check', 'appId'],
    ['kyc1', 'consent-check', 'webankAppId'],
    ['kyc1', 'bank-card-result', 'app_id'],
  ] as const)('on %s wants the app id of %s as %s', async (profile, name, wire) => {
    const world = caller({ profile });
    const renamed: Patch = (values) => {
      values.wrongName = values[wire];
      delete values[wire];
    };
    expect(await world.code(name, {}, { patch: renamed })).toBe(`400101 ${wire}`);
    expect(await world.code(name, {}, { patch: set({ [wire]: 'TIDAELSE' }) })).toBe('66660001');
  });

  it.each(['nonce', 'version', 'sign', 'orderNo'])('misses %s', async (name) => {
    expect(await caller().code('face-verify', {}, { patch: leaveOut(name) })).toBe(`400101 ${name}`);
  });

  it('wants 32 letters and digits as nonce, and one order number in body and URL', async () => {
    const world = caller();
    for (const nonce of ['a'.repeat(31), 'a'.repeat(33), `${'a'.repeat(31)}-`]) {
      expect(await world.code('face-verify', {}, { patch: set({ nonce }) })).toBe('400101 nonce');
    }
    expect(await world.code('face-verify', {}, { search: '?orderNo=Another' })).toBe('66660000');
    expect(await world.code('face-verify', {}, { search: '' })).toBe('0');
  });

  it('refuses bodies above the limits of the interface', async () => {
    const world = caller({ profile: 'webank' });
    const limit = 3 * 1024 * 1024;
    const photo = (length: number) => set({ idcardStr: sampleMedia.picture.padEnd(length, 'A') });
    expect(await world.code('id-card-ocr', {}, { patch: photo(limit + 4) })).toBe('400601');
    expect(await world.code('id-card-ocr', {}, { patch: photo(2 * limit) })).toBe('400601');
    const original = Buffer.concat([Buffer.from(sampleMedia.picture, 'base64'), Buffer.alloc(2 * 1024 * 1024)]);
    const photoStr = original.toString('base64');
    expect(photoStr.length).toBeLessThan(limit);
    expect(await world.code('face-verify', {}, { patch: set({ photoStr }) })).toBe('400601');
    const newer = caller({ profile: 'kyc1' });
    const grown = Buffer.concat([Buffer.from(sampleMedia.picture, 'base64'), Buffer.alloc(limit)]).toString('base64');
    expect(await newer.code('id-card-ocr', {}, { patch: set({ idcardStr: grown }) })).toBe('0');
  });

  it('names no parameter when the body is no JSON object', async () => {
    const world = caller();
    for (const body of ['', '[]', 'null', '"text"', '{"a":', '{"a":"\xd1"}']) {
      const reply = await world.simulator.handle({
        method: 'POST',
        url: '/api/paas/easyface',
        headers: { 'content-type': 'application/json' },
        body: Buffer.from(body, 'latin1'),
      });
      expect(JSON.parse(textOf(reply))).toMatchObject({ code: '400101', msg: '不合法请求' });
    }
  });
});

describe('fields', () => {
  it.each(operations.map(({ name }) => name))('of %s that are required are missed by name or code', async (name) => {
    const operation = named(name);
    for (const [field, spec] of Object.entries(operation.request)) {
      if ('optional' in spec || field === 'orderNo' || field === 'side') continue;
      const wire = operation.wire.alias?.[field] ?? spec.wire;
      const expected = operation.family === 'license' ? '-1300' : `400101 ${wire}`;
      expect(await caller().code(name, {}, { patch: leaveOut(wire) }), field).toBe(expected);
      expect(await caller().code(name, {}, { patch: set({ [wire]: 7 }) }), field).toBe(`400101 ${wire}`);
    }
  });

  it.each([
    ['face-verify', 'photoStr', '66660035', '-1102'],
    ['face-compare', 'sourcePhotoStr', '66660039', '66660019'],
    ['video-best-photos', 'videoFile', '66660016', '66660016'],
    ['id-card-ocr', 'idcardStr', '66661005', '-5101'],
    ['bank-card-ocr', 'bankcardStr', '-9010', '-9010'],
    ['driver-license-ocr', 'imageStr', '-1102', '-1102'],
    ['vehicle-license-ocr', 'imageStr', '-1102', '-1102'],
  ])(
    '%s refuses media in %s that is no base64 with %s, another type with %s',
    async (name, wire, undecodable, other) => {
      const world = caller();
      const { picture } = sampleMedia;
      for (const value of ['*', `data:image/jpeg;base64,${picture}`, `${picture.slice(0, 76)}\n${picture.slice(76)}`]) {
        expect(await world.code(name, {}, { patch: set({ [wire]: value }) })).toBe(undecodable);
      }
      expect(await world.code(name, {}, { patch: set({ [wire]: sampleMedia.document }) })).toBe(other);
    },
  );

  it('are checked as far as the documents go', async () => {
    const world = caller();
    const code = (name: string, changes: Record<string, unknown>) => world.code(name, {}, { patch: set(changes) });
    expect(await code('face-verify', { idNo: '990101199001010018' })).toBe('66660015');
    expect(await code('face-verify', { name: '甲' })).toBe('66660015');
    expect(await code('face-verify', { name: '甲'.repeat(21) })).toBe('66660013');
    expect(await code('face-compare-group', { name: '甲'.repeat(32) })).toBe('0');
    expect(await code('face-verify', { userId: 'a_b' })).toBe('400101 userId');
    expect(await code('face-verify', { photoType: '9', unknown: { any: 'thing' } })).toBe('0');
    expect(await code('face-compare', { sourcePhotoType: '3' })).toBe('66660013');
    expect(await code('id-card-ocr', { cardType: '2' })).toBe('-9001');
    expect(await code('bank-card-ocr', { userId: 'a'.repeat(33) })).toBe('-1304');
    await world.call('liveness-challenge', {}, { orderNo: 'A1' });
    const patch = leaveOut('antiAttack');
    expect(await world.code('liveness-verify', {}, { orderNo: 'A1', patch })).toBe('400101 antiAttack');
    const lone = set({ sourcePhotoStr: sampleMedia.picture });
    expect(await world.code('liveness-verify', {}, { orderNo: 'A1', patch: lone })).toBe('400101 sourcePhotoType');
    expect(await world.code('consent-record', {}, { patch: leaveOut('idcard') })).toBe('400101 userId');
  });

  it('may lack cardType, which the newest page no longer has', async () => {
    const { values } = await caller().call('id-card-ocr', { side: 'emblem' }, { patch: leaveOut('cardType') });
    expect(values).toHaveProperty('idcard');
  });
});
