import { describe, expect, it } from 'vitest';
import { operations } from '../../../lib/operations/index.ts';
import { readResult } from '../../../lib/result/read.ts';
import { bodyOf, type Call, caller, named, sampleInput } from './caller.ts';
import { marked } from './media.ts';

type World = ReturnType<typeof caller>;

/** Calls an operation after whatever it needs before it. */
async function afterItsFirst(world: World, name: string, input: Record<string, unknown> = {}, call: Call = {}) {
  const { order } = named(name);
  const creator = operations.find((other) => other.order.kind === 'creates' && other.order.query === name);
  const first = order.kind === 'continues' ? order.from : creator?.name;
  const orderNo = world.freshNo();
  if (first) expect(await world.code(first, {}, { orderNo })).toBe('0');
  world.time.now += 1000;
  return world.call(name, input, { orderNo, ...call });
}

describe.each(['webank', 'tencentcloud', 'kyc1'] as const)('answers on %s', (profile) => {
  it.each(operations)('of $name are read without a rest', async (operation) => {
    const world = caller({ profile });
    const files = 'files' in operation.request ? { files: true } : {};
    const { code, values, transactionTime, bizSeqNo } = await afterItsFirst(world, operation.name, files);
    expect(code).toBe('0');
    expect(bizSeqNo).toMatch(/^26010520001184\d{4}10000\d\d{8}$/);
    const request = { ...sampleInput(operation), ...files } as never;
    const result = readResult(operation.result, values, {
      request,
      threshold: 70,
      challengeMaxAge: 1,
      now: world.time.now,
      transactionTime,
    });
    expect(result.unparsed).toBeUndefined();
    const empty = Object.entries(result).filter(([, value]) => value === null);
    expect(empty).toEqual([]);
  });
});

describe('answers', () => {
  it.each([
    ['bank-card-ocr', {}, 'bankcardNo bankcardValidDate clarity warningCode multiWarningCode bankcardNoPhoto'],
    ['bank-card-result', {}, 'bankCardNo bankCardValidDate clarity warnCode multiWarnCode operateTime'],
    [
      'bank-card-result',
      { files: true },
      'bankCardNo bankCardValidDate clarity warnCode multiWarnCode operateTime bankcardNoPhoto bankcardCropPhoto originBankcardPhoto',
    ],
    ['id-card-ocr', {}, 'name sex nation birth address idcard warning multiWarning clarity ocrId sign retry'],
    [
      'id-card-ocr',
      { withNativePlace: true },
      'name sex nation birth address idcard nativePlace warning multiWarning clarity ocrId sign retry',
    ],
    ['id-card-ocr', { side: 'emblem' }, 'authority validDate warning multiWarning clarity ocrId sign retry'],
    [
      'id-card-result',
      { files: true },
      'frontCode name sex nation birth address idcard frontWarnCode frontMultiWarning frontClarity operateTime frontPhoto frontCrop headPhoto',
    ],
    ['face-verify', {}, 'similarity sc'],
    ['liveness-verify', {}, 'similarity liveRate sc'],
    ['video-best-photos', {}, 'optimalPhoto optimalPhotoNum'],
    ['face-compare-group', {}, 'faceNum faceResultList sc'],
    ['consent-record', {}, ''],
    ['consent-check', {}, 'authTime name idNo appId'],
    [
      'vehicle-license-ocr',
      {},
      'plateNo vehicleType owner useCharacter address model vin engineNo registeDate issueDate licenseStamp',
    ],
    [
      'vehicle-license-ocr',
      { side: 'supplementary' },
      'authorizedCarryCapacity authorizedLoadQuality fileNumber total inspectionRecord externalDimensions curbWeright',
    ],
  ])('of %s %j have exactly the documented spellings', async (name, input, expected) => {
    const { values } = await afterItsFirst(caller({ profile: 'kyc1' }), name, input);
    const common = 'code msg bizSeqNo transactionTime result success orderNo simulator'.split(' ');
    const keys = Object.keys(values).filter((key) => !common.includes(key));
    expect(keys.sort()).toEqual(expected.split(' ').filter(Boolean).sort());
  });

  it('repeat the order number where the documents say so', async () => {
    const world = caller();
    const silent: string[] = [];
    for (const { name } of operations) {
      const { values } = await afterItsFirst(world, name);
      if (values.orderNo === undefined) silent.push(name);
      else expect(values.orderNo).toMatch(/^T\d+$/);
    }
    expect(silent).toEqual(['face-compare-group', 'video-best-photos', 'consent-record', 'consent-check']);
  });

  it('of a query tell what the order was', async () => {
    const world = caller();
    const orderNo = world.freshNo();
    const photo = marked('warning=01000000;multiWarning=01010000 validDate=20100101-长期');
    const upload = await world.call('id-card-ocr', { side: 'emblem', photo }, { orderNo });
    expect(upload.values).toMatchObject({ warning: '01000000', multiWarning: '01010000', validDate: '20100101-长期' });
    const { values } = await world.call('id-card-result', {}, { orderNo });
    expect(values).toMatchObject({
      backCode: '0',
      backWarnCode: '01000000',
      backMultiWarning: '01010000',
      backClarity: upload.values.clarity,
      validDate: '20100101-长期',
    });
    expect(values).not.toHaveProperty('frontCode');
  });

  it('of a bank card list several warnings in brackets', async () => {
    const { values } = await caller().call('bank-card-ocr', { photo: marked('multiWarning=-9110,-9114') });
    expect(values).toMatchObject({ warningCode: '-9110', multiWarningCode: '[-9110,-9114]' });
  });

  it('take scores, faces and photos from the marker', async () => {
    const world = caller();
    const faces = await world.call('face-compare-group', { photo: marked('faces=2,2') });
    expect(faces.values).toMatchObject({ faceNum: 2 });
    expect((faces.values.faceResultList as { singleFaceCode: string }[]).map((face) => face.singleFaceCode)).toEqual([
      '2',
      '2',
    ]);
    expect((await world.call('face-verify', { photo: marked('similarity=12.5') })).values.similarity).toBe('12.5');
    const photos = await world.call('video-best-photos', { video: marked('photos=3', 'video') });
    expect(photos.values.optimalPhoto).toHaveLength(3);
  });

  it('wrap as the settings ask', async () => {
    const world = caller();
    expect((await world.call('driver-license-ocr')).values.code).toBe(0);
    expect((await world.call('face-verify')).values.code).toBe('0');
    world.simulator.configure({ codes: 'number', placement: 'top', noise: false });
    const { values } = await world.call('face-verify');
    expect(values).toMatchObject({ code: 0, similarity: '90.27' });
    expect(bodyOf(await world.token())).toMatchObject({ code: '0', access_token: expect.any(String) });
    expect(values).not.toHaveProperty('result');
    expect(values).not.toHaveProperty('sc');
    world.simulator.configure({ codes: 'string', placement: 'result' });
    expect((await world.call('driver-license-ocr')).values.code).toBe('0');
    expect((await world.call('consent-record')).values).toHaveProperty('result');
    world.simulator.configure({ errorResult: 'partial' });
    expect((await world.call('face-verify', { name: '模拟66660004' })).values).toMatchObject({ similarity: '31.42' });
  });

  it('leave out what the marker drops', async () => {
    const { values } = await caller().call('face-verify', { photo: marked('drop=similarity,msg') });
    expect(values).not.toHaveProperty('similarity');
    expect(values).not.toHaveProperty('msg');
  });
});
