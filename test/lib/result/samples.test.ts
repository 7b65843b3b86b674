import { describe, expect, it } from 'vitest';
import type { ProfileName } from '../../../lib/operation.ts';
import { profiles } from '../../../lib/profiles.ts';
import type { CheckedRequest } from '../../../lib/request/validate.ts';
import { ticketCalls } from '../../../lib/tickets/calls.ts';
import { documented, understood } from './answers.ts';

const photo = { base64: '/9j/4AAQ', size: 6, type: 'image/jpeg' };
const person = { name: '样本甲', idNo: '990101199001010019' };

/** The answer of an operation to a documented sample. */
const answerTo = (file: string, operation: string, profile: ProfileName, request: CheckedRequest) =>
  understood(operation, profile, request, documented(file));

describe('the documented answers become the documented results', () => {
  it('easyface, 2021', () => {
    const orderNo = '93ysc4s1a6se8gv7vjcrq27w17j9825n';
    expect(answerTo('easyface-2021', 'face-verify', 'tencentcloud', { orderNo, ...person, photo })).toEqual({
      orderNo,
      operation: 'face-verify',
      status: 'succeeded',
      outcome: 'match',
      reason: null,
      result: { similarity: 90.27, reference: 'authority' },
      billed: 'yes',
      upstream: {
        code: '0',
        bizSeqNo: '21062120001184415714222706920349',
        profile: 'tencentcloud',
        at: '2021-06-21T14:22:27+08:00',
      },
    });
  });

  it('uploadauth, 2020', () => {
    expect(answerTo('uploadauth-2020', 'consent-record', 'webank', { orderNo: 'a1', userId: 'user0001' })).toEqual({
      orderNo: 'a1',
      operation: 'consent-record',
      status: 'succeeded',
      outcome: 'recorded',
      reason: null,
      result: { recordedAt: '2020-03-10T11:11:48+08:00' },
      // What a consent costs is not published.
      billed: 'unknown',
      upstream: {
        code: '0',
        bizSeqNo: '20031020001015401011114800804173',
        profile: 'webank',
        at: '2020-03-10T11:11:48+08:00',
      },
    });
  });

  it('checkauth, 2020: name and number are masked by the page, the user number is left out', () => {
    expect(answerTo('checkauth-2020', 'consent-check', 'webank', { orderNo: 'a1', userId: 'user0001' })).toMatchObject({
      outcome: 'authorized',
      reason: null,
      result: { authorizedAt: '2019-05-20T16:07:57+08:00', name: 'xxx', idNo: 'xxxxxx' },
      billed: 'no',
      upstream: { code: '0', bizSeqNo: '20031020001015401010314000800704', at: '2020-03-10T10:31:41+08:00' },
    });
  });

  it('idcardocrapp, portrait side, 2021', () => {
    const request = { orderNo: '1rjh4xez2vn4706nvb9x273812n21136', side: 'portrait', photo, withNativePlace: true };
    const answer = answerTo('idcardocrapp-portrait-2021', 'id-card-ocr', 'tencentcloud', request);
    expect(answer).toMatchObject({ outcome: 'read', reason: null, billed: 'yes' });
    expect(answer?.result).toEqual({
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
    });
  });

  it('idcardocrapp, emblem side, 2021', () => {
    const request = { orderNo: 'h1jw98k72ffe3de249qmf1723673v31v', side: 'emblem', photo };
    const answer = answerTo('idcardocrapp-emblem-2021', 'id-card-ocr', 'tencentcloud', request);
    expect(answer).toMatchObject({ outcome: 'read', reason: null, billed: 'yes' });
    expect(answer?.result).toEqual({
      emblem: {
        issuingAuthority: 'xxxxxx',
        validFrom: '2019-01-28',
        validUntil: '2039-01-28',
        longTerm: false,
        warnings: [],
        clarity: 72,
      },
    });
  });

  it('idcardocrapp, 2019: no native place', () => {
    const request = { orderNo: 'order19959248596551', side: 'portrait', photo };
    const answer = answerTo('idcardocrapp-2019', 'id-card-ocr', 'webank', request);
    expect(answer?.upstream).toMatchObject({ bizSeqNo: '19112020001015300a17301200020263', profile: 'webank' });
    expect(answer?.result).toEqual({
      portrait: {
        name: '***',
        sex: 'male',
        ethnicity: '汉',
        birthDate: '1988-07-31',
        address: '*****',
        idNo: '***',
        warnings: [],
        clarity: 78,
      },
    });
  });

  it('bankcardocrapp, 2021', () => {
    const request = { orderNo: 'bankcardPic5923ab9a3bc34488b51', photo };
    const answer = answerTo('bankcardocrapp-2021', 'bank-card-ocr', 'tencentcloud', request);
    expect(answer).toMatchObject({ outcome: 'read', reason: null, billed: 'yes' });
    const card = { cardNo: 'xxxxxxxxxxxxxxxxxxx', validThru: '2024-12', warnings: [], clarity: 79 };
    expect(answer?.result).toEqual(card);
    // The page masks the picture too: asked for, it is no base64.
    const withFiles = answerTo('bankcardocrapp-2021', 'bank-card-ocr', 'tencentcloud', { ...request, files: true });
    expect(withFiles?.result).toEqual({
      ...card,
      images: { cardNo: null },
      unparsed: { 'images.cardNo': expect.any(String) },
    });
  });

  it('getBankCardOcrResult, 2021', () => {
    const request = { orderNo: 'bankcardPic5923ab9a3bc34488b51' };
    const answer = answerTo('getBankCardOcrResult-2021', 'bank-card-result', 'tencentcloud', request);
    expect(answer).toMatchObject({
      outcome: 'read',
      billed: 'no',
      upstream: { code: '0', bizSeqNo: '21062120001184412617492807497465', at: '2021-06-21T17:49:28+08:00' },
    });
    expect(answer?.result).toEqual({
      cardNo: 'xxxxxxxxxxxxxxxxxxx',
      validThru: '2024-12',
      warnings: [],
      clarity: 79,
      recognizedAt: '2021-06-21T17:40:06+08:00',
    });
  });

  const upstream2018 = { code: '0', bizSeqNo: null, profile: 'webank', at: null };

  it('driverlicenseupload, 2018: code is a number, the trace number is no trace number', () => {
    const answer = answerTo('driverlicenseupload-2018', 'driver-license-ocr', 'webank', {
      orderNo: 'orderNoTest',
      photo,
    });
    expect(answer).toMatchObject({ outcome: 'read', billed: 'yes', upstream: upstream2018 });
    expect(answer?.result).toEqual({
      licenseNo: '*****',
      name: '张三',
      sex: 'male',
      nationality: '中国',
      address: '*****',
      birthDate: '1986-08-04',
      firstIssueDate: '2012-05-28',
      vehicleClass: 'C1',
      validFrom: '2012-05-28',
      validUntil: '2018-05-28',
      stamp: '*****',
    });
  });

  it('querydriverlicenseocrresult, 2018: what is not sent is null', () => {
    const request = { orderNo: 'orderNoTest' };
    const answer = answerTo('querydriverlicenseocrresult-2018', 'driver-license-result', 'webank', request);
    expect(answer).toMatchObject({ outcome: 'read', billed: 'no', upstream: upstream2018 });
    expect(answer?.result).toEqual({
      licenseNo: '*****',
      name: '张三',
      sex: 'male',
      nationality: null,
      address: null,
      birthDate: null,
      firstIssueDate: null,
      vehicleClass: null,
      validFrom: null,
      validUntil: null,
      stamp: null,
    });
  });

  it('vehiclelicenseupload, 2018', () => {
    const request = { orderNo: 'orderNoTest', photo };
    const answer = answerTo('vehiclelicenseupload-2018', 'vehicle-license-ocr', 'webank', request);
    expect(answer).toMatchObject({ outcome: 'read', billed: 'yes', upstream: upstream2018 });
    expect(answer?.result).toEqual({
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
    });
  });

  it('queryvehiclelicenseocrresult, 2018', () => {
    const request = { orderNo: 'orderNoTest' };
    const answer = answerTo('queryvehiclelicenseocrresult-2018', 'vehicle-license-result', 'webank', request);
    expect(answer?.result).toEqual({
      plateNo: '*****',
      vehicleType: '轿车',
      owner: '张三',
      useCharacter: null,
      address: null,
      model: null,
      vin: null,
      engineNo: null,
      registerDate: null,
      issueDate: null,
      stamp: null,
    });
  });

  it('token and SIGN ticket of kyc1, 2024', async () => {
    const answers = [documented('kyc1-access-token-2024'), documented('kyc1-sign-ticket')];
    const upstream = {
      send: async () => ({ status: 200, body: Buffer.from(JSON.stringify(answers.shift())) }),
      close: async () => {},
    };
    const calls: Record<'accessToken' | 'signTicket', (credential: string, timeout: number) => Promise<unknown>> =
      ticketCalls(upstream, profiles.kyc1, 'TIDA0001');
    expect(await calls.accessToken('secret', 5_000)).toMatchObject({ value: 'WAA0f-…', expireIn: 7_200 });
    expect(await calls.signTicket('token', 5_000)).toMatchObject({
      value: 'FxlAe3HFtEy73Um0pJNzIUriwtfnS3KRcPXiesd5ulS4XRAIcT0FbfaP52dwZf5S',
      expireIn: 3_600,
    });
  });
});
