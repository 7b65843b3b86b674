import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Launched, launch } from '../../infra/local/launch.ts';
import { operations } from '../../lib/operations/index.ts';
import { expectedCalls } from '../fixtures/wire.ts';
import { signatureOf, startStandIn, type WireRequest } from '../support/stand-in.ts';
import { media, person } from '../support/world.ts';

const sample = (name: string) => JSON.parse(readFileSync(`test/fixtures/upstream/samples/${name}.json`, 'utf8'));
/** A documented sample with our order number in place of the documents' own. */
const echoing = (name: string) => (orderNo: string) => {
  const answer = sample(name);
  return { ...answer, result: { ...answer.result, orderNo } };
};
/** Operations without a sample in the documents: the fields of their tables, under `result`. */
const tabled = (values: object) => (orderNo: string) => ({
  code: '0',
  msg: '请求成功',
  bizSeqNo: 'b1',
  result: { orderNo, ...values },
});

const answers = {
  '/api/paas/easyface': echoing('easyface-2021'),
  '/api/paas/easycompare': tabled({ similarity: '85.01' }),
  '/api/v2/multiface/compare': tabled({
    faceNum: 2,
    faceResultList: [
      { singleFaceCode: '1', singleFaceMsg: 'x', similarity: '91.50' },
      { singleFaceCode: 2, singleFaceMsg: 'x', similarity: '12' },
    ],
  }),
  '/api/paas/getlips': tabled({ lips: '9532' }),
  '/api/paas/facecompare': tabled({ similarity: '88.00', liveRate: '99' }),
  '/api/v2/paas/optimalphoto': tabled({ optimalPhoto: ['/9j/4AAQ', '/9j/4AAR'], optimalPhotoNum: 2 }),
  '/api/v2/paas/uploadauth': () => sample('uploadauth-2020'),
  '/api/v2/paas/checkauth': () => {
    const answer = sample('checkauth-2020');
    return { ...answer, result: { ...answer.result, name: person.name, idNo: person.idNo } };
  },
  '/api/paas/idcardocrapp': echoing('idcardocrapp-portrait-2021'),
  '/api/paas/bankcardocrapp': echoing('bankcardocrapp-2021'),
  '/api/v2/ocrpaas/driverlicenseupload': echoing('driverlicenseupload-2018'),
  '/api/v2/ocrpaas/vehiclelicenseupload': echoing('vehiclelicenseupload-2018'),
  '/api/server/getOcrResult': tabled({
    frontCode: '0',
    name: '***',
    sex: '男',
    nation: '汉',
    birth: '19880731',
    address: '*****',
    idcard: '***',
    frontWarnCode: '00010000',
    frontMultiWarning: '10010100',
    frontClarity: '78',
    operateTime: '2019-11-20 17:30:15',
    frontPhoto: '/9j/4AAQ',
    headPhoto: '/9j/4AAR',
  }),
  '/api/server/getBankCardOcrResult': echoing('getBankCardOcrResult-2021'),
  '/api/v2/ocrbase/querydriverlicenseocrresult': echoing('querydriverlicenseocrresult-2018'),
  '/api/v2/ocrbase/queryvehiclelicenseocrresult': echoing('queryvehiclelicenseocrresult-2018'),
};

const license = {
  name: '张三',
  sex: 'male',
};
/** What design section 4 makes of those answers. */
const results: Readonly<Record<string, object>> = {
  'face-verify': { similarity: 90.27, reference: 'authority' },
  'face-compare': { similarity: 85.01, threshold: 70, reference: 'supplied' },
  'face-compare-group': {
    faceCount: 2,
    matchCount: 1,
    faces: [
      { outcome: 'match', similarity: 91.5 },
      { outcome: 'no-match', similarity: 12 },
    ],
  },
  'liveness-challenge': { digits: '9532', expiresAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00$/) },
  'liveness-verify': { similarity: 88, livenessScore: 99, reference: 'supplied' },
  'video-best-photos': { photos: [{ base64: '/9j/4AAQ' }, { base64: '/9j/4AAR' }] },
  'consent-record': { recordedAt: '2020-03-10T11:11:48+08:00' },
  'consent-check': { authorizedAt: '2019-05-20T16:07:57+08:00', name: person.name, idNo: person.idNo },
  'id-card-ocr': {
    portrait: {
      name: 'xxx',
      sex: 'male',
      ethnicity: '汉',
      birthDate: '1988-10-01',
      address: 'xxxxxxxxxxxxx',
      idNo: 'xxxxxxxxxxxxxxxxxx',
      nativePlace: 'xxxxxxxxxx',
      warnings: [],
      clarity: 64,
    },
  },
  'bank-card-ocr': {
    cardNo: expect.stringMatching(/^x/),
    validThru: '2024-12',
    warnings: [],
    clarity: 79,
  },
  'driver-license-ocr': {
    ...license,
    licenseNo: '*****',
    nationality: '中国',
    address: '*****',
    birthDate: '1986-08-04',
    firstIssueDate: '2012-05-28',
    vehicleClass: 'C1',
    validFrom: '2012-05-28',
    validUntil: '2018-05-28',
    stamp: '*****',
  },
  'vehicle-license-ocr': {
    plateNo: '*****',
    vehicleType: '轿车',
    owner: '张三',
    useCharacter: '非营运',
    address: '*****',
    model: '*****',
    vin: '*****',
    engineNo: '*****',
    registerDate: '2005-07-05',
    issueDate: '2005-07-05',
    stamp: '*****',
  },
  'id-card-result': {
    portrait: {
      name: '***',
      sex: 'male',
      ethnicity: '汉',
      birthDate: '1988-07-31',
      address: '*****',
      idNo: '***',
      warnings: ['border-incomplete', 'reshot', 'covered'],
      clarity: 78,
    },
    recognizedAt: '2019-11-20T17:30:15+08:00',
    images: { portrait: { base64: '/9j/4AAQ' }, head: { base64: '/9j/4AAR' } },
  },
  'bank-card-result': {
    cardNo: 'xxxxxxxxxxxxxxxxxxx',
    validThru: '2024-12',
    warnings: [],
    clarity: 79,
    recognizedAt: '2021-06-21T17:40:06+08:00',
    images: {},
  },
  'driver-license-result': { ...license, licenseNo: '*****', validUntil: null, images: {} },
  'vehicle-license-result': { plateNo: '*****', vehicleType: '轿车', owner: '张三', issueDate: null, images: {} },
};

const source = { sourcePhoto: media.sourcePhoto, sourcePhotoType: 'hd' };
const user = { userId: 'user0001' };
/** A request of every operation that uses every optional field. */
const requests: Readonly<Record<string, object>> = {
  'face-verify': { ...person, ...user, photo: media.photo, photoType: 'id-card-portrait' },
  'face-compare': { ...person, ...user, photo: media.photo, ...source },
  'face-compare-group': { ...person, ...user, photo: media.photo, ...source },
  'liveness-challenge': person,
  'liveness-verify': { ...person, ...user, video: media.video, ...source },
  'video-best-photos': { video: media.video },
  'consent-record': { ...person, ...user, agreement: media.agreement },
  'consent-check': { ...person, ...user },
  'id-card-ocr': { ...user, side: 'portrait', photo: media.photo, withNativePlace: true },
  'bank-card-ocr': { ...user, photo: media.photo },
  'driver-license-ocr': { photo: media.photo, businessScene: 'account-opening' },
  'vehicle-license-ocr': { photo: media.photo, businessScene: 'account-opening', side: 'main' },
};
const sentMedia = new Set(Object.values(media).map(({ base64 }) => base64));

describe.each(['webank', 'tencentcloud', 'kyc1'] as const)(
  'the local stage on profile %s, against a stand-in',
  (profile) => {
    const appId = 'TIDA0099';
    const secret = 'synthetic secret/+&=';
    const data = mkdtempSync(join(tmpdir(), 'signet-profile-'));
    let standIn: Awaited<ReturnType<typeof startStandIn>>;
    let launched: Launched;
    const nonces: string[] = [];
    const orderNos = new Map<string, string>();

    beforeAll(async () => {
      standIn = await startStandIn(appId, secret, answers);
      const options = { port: 0, data, profile, simulated: false, upstreamUrl: standIn.url, verbose: false };
      launched = await launch({ ...options, appId, appSecret: secret }, () => {});
    });
    afterAll(async () => {
      await launched?.stop();
      await standIn?.stop();
      rmSync(data, { recursive: true, force: true });
    });

    it('fetched its ticket as documented, with the app id in the query as app_id', () => {
      expect(standIn.credentials().map(({ method, path, query }) => [method, path, query])).toEqual([
        [
          'GET',
          '/api/oauth2/access_token',
          { app_id: appId, secret, grant_type: 'client_credential', version: '1.0.0' },
        ],
        [
          'GET',
          '/api/oauth2/api_ticket',
          { app_id: appId, access_token: 'WAA-token_1', type: 'SIGN', version: '1.0.0' },
        ],
      ]);
    });

    async function call(name: string): Promise<{ status: number; body: Record<string, unknown>; wire: WireRequest }> {
      const { route, order } = operations.find((operation) => operation.name === name)!;
      const earlier = order.kind === 'continues' ? order.from : order.kind === 'reads' ? order.of : undefined;
      const [method, path] = route.split(' ') as [string, string];
      const orderNo = (earlier && orderNos.get(earlier)) ?? `order${profile}${orderNos.size}`;
      orderNos.set(name, orderNo);
      const { side: _, ...older } = (requests[name] as { side?: string }) ?? {};
      const request = name === 'vehicle-license-ocr' && profile === 'webank' ? older : requests[name];
      const numbered = order.kind === 'traces' ? request : { orderNo, ...request };
      const response = await fetch(
        `${launched.url}${path.replace('{orderNo}', orderNo)}${method === 'GET' ? '?files=true' : ''}`,
        {
          method,
          ...(method === 'POST'
            ? { body: JSON.stringify(numbered), headers: { 'content-type': 'application/json' } }
            : {}),
        },
      );
      return { status: response.status, body: (await response.json()) as never, wire: standIn.calls().at(-1)! };
    }

    it.each(operations.map(({ name }) => name))(
      '%s: the documented call on the wire, the documented answer to the caller',
      async (name) => {
        const { status, body, wire } = await call(name);
        expect([status, body.type]).toEqual([200, undefined]);
        expect(body).toMatchObject({
          operation: name,
          status: 'succeeded',
          reason: null,
          result: results[name],
          upstream: { code: '0', profile },
        });
        expect(Object.keys((body.result as object) ?? {})).not.toContain('unparsed');

        const expected = expectedCalls[name]!;
        const [method, path] = expected.call.split(' ');
        expect([wire.method, wire.path]).toEqual([method, path]);
        const values = (method === 'GET' ? wire.query : wire.body) as Record<string, unknown>;
        expect(wire.contentType).toBe(method === 'GET' ? undefined : 'application/json');
        const orderNo = values[expected.orderNo] as string;
        const onUrl = profile === 'webank' ? {} : { orderNo };
        if (method === 'POST') expect(wire.query).toEqual(onUrl);
        expect(orderNo).toBe(name === 'consent-check' ? body.orderNo : orderNos.get(name));

        const { vehicleLicenseSide: _, ...older } = expected.fields;
        const fields = name === 'vehicle-license-ocr' && profile === 'webank' ? older : expected.fields;
        const appIds = expected.appId[profile];
        expect(Object.keys(values).sort()).toEqual(
          [...appIds, ...Object.keys(fields), expected.orderNo, 'nonce', 'version', 'sign'].sort(),
        );
        for (const [field, form] of Object.entries(fields)) {
          if (form === 'base64') expect(sentMedia.has(values[field] as string), field).toBe(true);
          else if (form === 'text') expect(values[field], field).toEqual(expect.any(String));
          else expect(values[field], field).toBe(form);
        }
        for (const appIdName of appIds) expect(values[appIdName]).toBe(appId);
        const { nonce, version, sign } = values as Record<string, string>;
        expect(version).toBe('1.0.0');
        expect(nonce).toMatch(/^[A-Za-z0-9]{32}$/);
        expect(nonces).not.toContain(nonce);
        nonces.push(nonce!);
        expect(sign).toBe(signatureOf(appId, orderNo, nonce!, '1.0.0'));
      },
    );
  },
);
