import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Launched, launch } from '../../infra/local/launch.ts';
import { verbAndPath } from '../../lib/operation.ts';
import { operations } from '../../lib/operations/index.ts';
import { wireTable, wireValues } from '../fixtures/wire-table.ts';
import { fullInput, media, named } from '../lib/request/inputs.ts';
import { assembledOnce } from '../support/assembled.ts';
import { signatureOf, startStandIn, type WireRequest } from '../support/stand-in.ts';
import { person } from '../support/world.ts';

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
const link = { url: expect.stringMatching(/^http:.*&X-Amz-Signature=/), expiresAt: expect.stringMatching(/\+08:00$/) };
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
  'video-best-photos': { photos: [link, link] },
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
      launched = await launch({ ...options, appId, appSecret: secret }, () => {}, undefined, assembledOnce);
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
      const operation = named(name);
      const { order } = operation;
      const { method, path } = verbAndPath(operation.route);
      const earlier = order.kind === 'continues' ? order.from : order.kind === 'reads' ? order.of : undefined;
      const orderNo = (earlier && orderNos.get(earlier)) ?? `order${profile}${orderNos.size}`;
      orderNos.set(name, orderNo);
      const request = { ...fullInput(operation, profile), ...(order.kind === 'traces' ? {} : { orderNo }) };
      const target = `${launched.url}${path.replace('{orderNo}', orderNo)}${method === 'GET' ? '?files=true' : ''}`;
      const response = await fetch(target, {
        method,
        ...(method === 'POST'
          ? { body: JSON.stringify(request), headers: { 'content-type': 'application/json' } }
          : {}),
      });
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
        // The documents' sample shows `xxx` where the picture of the number stands.
        const unparsed = name === 'bank-card-ocr' ? { 'images.cardNo': '(not base64)' } : undefined;
        expect((body.result as { unparsed?: object }).unparsed).toEqual(unparsed);

        const [method, path] = wireTable[name]!.call.split(' ');
        expect([wire.method, wire.path]).toEqual([method, path]);
        expect(wire.contentType).toBe(method === 'GET' ? undefined : 'application/json');
        const orderNo = name === 'consent-check' ? (body.orderNo as string) : orderNos.get(name)!;
        if (method === 'POST') expect(wire.query).toEqual(profile === 'webank' ? {} : { orderNo });

        const { nonce, version, sign, ...values } = (method === 'GET' ? wire.query : wire.body) as Record<
          string,
          string
        >;
        const numbered = method === 'GET' ? { order_no: orderNo } : { orderNo };
        expect(values).toEqual({ ...wireValues(name, profile, appId, media), ...numbered });
        expect(version).toBe('1.0.0');
        expect(nonce).toMatch(/^[A-Za-z0-9]{32}$/);
        expect(nonces).not.toContain(nonce);
        nonces.push(nonce!);
        expect(sign).toBe(signatureOf(appId, orderNo, nonce!, '1.0.0'));
      },
    );
  },
);
