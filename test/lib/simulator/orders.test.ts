import { describe, expect, it } from 'vitest';
import { caller } from './caller.ts';
import { marked } from './media.ts';

const second = 1000;
const day = 86_400 * second;

describe('order numbers', () => {
  it('are used up by a call that was worked on, whatever its result', async () => {
    const world = caller();
    for (const name of ['样本甲', '模拟66660004', '模拟66660042']) {
      const orderNo = world.freshNo();
      await world.call('face-verify', { name }, { orderNo });
      expect(await world.code('face-verify', {}, { orderNo }), name).toBe('66660000');
      expect(await world.code('bank-card-ocr', {}, { orderNo }), name).toBe('66660000');
    }
  });

  it('are not used up by a call that was refused at the door', async () => {
    const world = caller();
    for (const name of ['模拟400101', '模拟66660012', '模拟999997', '模拟66660003']) {
      const orderNo = world.freshNo();
      await world.call('face-verify', { name }, { orderNo });
      expect(await world.code('face-verify', {}, { orderNo }), name).toBe('0');
    }
  });

  it('are replayed or worked on again when the settings say so', async () => {
    const world = caller({ settings: { orderReuse: 'replay' } });
    const photo = marked('similarity=77.00');
    await world.call('face-verify', { photo }, { orderNo: 'A1' });
    expect((await world.call('face-verify', {}, { orderNo: 'A1' })).values).toMatchObject({ similarity: '77.00' });
    expect(world.simulator.books().orders.A1).toEqual({ 'face-verify': { calls: 1, charged: 1 } });
    expect(await world.code('bank-card-ocr', {}, { orderNo: 'A1' })).toBe('66660000');
    world.simulator.configure({ orderReuse: 'execute' });
    expect((await world.call('face-verify', {}, { orderNo: 'A1' })).values).toMatchObject({ similarity: '90.27' });
    expect(world.simulator.books().orders.A1).toEqual({ 'face-verify': { calls: 2, charged: 2 } });
  });

  it('have 1 to 32 letters and digits', async () => {
    const world = caller();
    expect(await world.code('face-verify', {}, { orderNo: 'a'.repeat(32) })).toBe('0');
    const bad = (orderNo: string) =>
      world.code('face-verify', {}, { search: '', patch: (values) => Object.assign(values, { orderNo }) });
    expect(await bad('a'.repeat(33))).toBe('66660000');
    expect(await bad('a-b')).toBe('66660000');
    expect(await bad('订单')).toBe('66660000');
  });
});

describe('queries', () => {
  const pairs = [
    ['id-card-ocr', 'id-card-result', '66660020'],
    ['bank-card-ocr', 'bank-card-result', '66660020'],
    ['driver-license-ocr', 'driver-license-result', '66660011'],
    ['vehicle-license-ocr', 'vehicle-license-result', '66660011'],
  ] as const;

  it.each(pairs)('of %s find its orders for three days', async (upload, query, notFound) => {
    const world = caller();
    await world.call(upload, {}, { orderNo: 'A1' });
    expect(await world.code(query, {}, { orderNo: 'A1' })).toBe('0');
    expect(await world.code(query, {}, { orderNo: 'A2' })).toBe(notFound);
    world.time.now += 3 * day;
    await world.refresh();
    expect(await world.code(query, {}, { orderNo: 'A1' })).toBe('0');
    world.time.now += 1;
    expect(await world.code(query, {}, { orderNo: 'A1' })).toBe(notFound);
  });

  it('find only what was read, and only orders of their own document', async () => {
    const world = caller();
    await world.call('bank-card-ocr', { photo: marked('code=-9012') }, { orderNo: 'A1' });
    await world.call('driver-license-ocr', {}, { orderNo: 'A2' });
    expect(await world.code('bank-card-result', {}, { orderNo: 'A1' })).toBe('66660020');
    expect(await world.code('vehicle-license-result', {}, { orderNo: 'A2' })).toBe('66660011');
  });

  it('show pictures a second later, and only when asked', async () => {
    const world = caller();
    await world.call('driver-license-ocr', {}, { orderNo: 'A1' });
    const query = async (files: boolean) =>
      'originImageStr' in (await world.call('driver-license-result', files ? { files } : {}, { orderNo: 'A1' })).values;
    expect(await query(true)).toBe(false);
    world.time.now += second;
    expect(await query(true)).toBe(true);
    expect(await query(false)).toBe(false);
  });

  it('find orders that were made elsewhere, and their codes', async () => {
    const world = caller();
    const { values } = await world.call('id-card-result', { files: true }, { orderNo: 'EXT0001' });
    expect(values).toMatchObject({
      frontCode: '0',
      backCode: '0',
      orderNo: 'EXT0001',
      operateTime: '2026-01-05 10:00:00',
    });
    expect(values).toHaveProperty('backPhoto');
    expect(await world.code('bank-card-result', {}, { orderNo: 'EXTcode66660011' })).toBe('66660011');
    expect(await world.code('bank-card-result', {}, { orderNo: 'EXTcode999997' })).toBe('999997');
  });
});

describe('the liveness pair', () => {
  const anotherPerson = { idNo: '990101199001010078' };

  it('shares order number and ID number, once', async () => {
    const world = caller();
    const { values } = await world.call('liveness-challenge', {}, { orderNo: 'A1' });
    expect(values.lips).toMatch(/^\d{4}$/);
    expect(await world.code('liveness-verify', anotherPerson, { orderNo: 'A1' })).toBe('66660022');
    expect(await world.code('liveness-verify', {}, { orderNo: 'A1' })).toBe('0');
    expect(await world.code('liveness-verify', {}, { orderNo: 'A1' })).toBe('66660000');
    expect(await world.code('liveness-challenge', {}, { orderNo: 'A1' })).toBe('66660000');
  });

  it('needs its challenge, and that it succeeded and still lives', async () => {
    const world = caller();
    expect(await world.code('liveness-verify', {}, { orderNo: 'A1' })).toBe('66660022');
    await world.call('liveness-challenge', { name: '模拟66660015' }, { orderNo: 'A2' });
    expect(await world.code('liveness-verify', {}, { orderNo: 'A2' })).toBe('66660022');
    for (const [orderNo, age, code] of [
      ['A3', 300, '0'],
      ['A4', 300.001, '66660022'],
    ] as const) {
      await world.call('liveness-challenge', {}, { orderNo });
      world.time.now += age * second;
      expect(await world.code('liveness-verify', {}, { orderNo })).toBe(code);
    }
    world.simulator.configure({ lipsTtl: 10 });
    await world.call('liveness-challenge', {}, { orderNo: 'A5' });
    world.time.now += 11 * second;
    expect(await world.code('liveness-verify', {}, { orderNo: 'A5' })).toBe('66660022');
  });

  it.each([true, false, 'true', 'false', 'fault'])('takes antiAttack %j', async (antiAttack) => {
    const world = caller();
    await world.call('liveness-challenge', {}, { orderNo: 'A1' });
    const patch = (values: Record<string, unknown>) => Object.assign(values, { antiAttack });
    expect(await world.code('liveness-verify', {}, { orderNo: 'A1', patch })).toBe('0');
  });
});

describe('the limit of a person', () => {
  it('is 5 attempts in 24 hours for the documented ID number', async () => {
    const world = caller();
    const limited = { idNo: '990101199001010043' };
    const codes = [];
    for (let attempt = 0; attempt < 6; attempt += 1) codes.push(await world.code('face-verify', limited));
    expect(codes).toEqual(['0', '0', '0', '0', '0', '66660017']);
    expect(await world.code('face-verify')).toBe('0');
    world.time.now += day;
    await world.refresh();
    expect(await world.code('face-verify', limited)).toBe('0');
  });

  it('is for everybody when the settings say so, over all face operations', async () => {
    const world = caller({ settings: { personLimit: 2 } });
    expect(await world.code('face-verify')).toBe('0');
    expect(await world.code('face-compare')).toBe('0');
    expect(await world.code('face-compare-group')).toBe('66660017');
    expect(await world.code('id-card-ocr')).toBe('0');
  });
});

describe('consents', () => {
  it('are found by user number, else by name and ID number', async () => {
    const world = caller();
    const subject = { userId: 'user0001', name: '样本甲', idNo: '990101199001010019' };
    expect(await world.code('consent-check')).toBe('66662001');
    await world.call('consent-record', subject);
    world.time.now += 60 * second;
    const { values } = await world.call('consent-check', { name: undefined, idNo: undefined, userId: 'user0001' });
    expect(values).toMatchObject({ ...subject, authTime: '2026-01-05 10:00:00', appId: 'TIDATEST' });
    expect(await world.code('consent-check', { userId: 'user0002' })).toBe('0');
    expect(await world.code('consent-check', { name: '样本乙' })).toBe('66662001');
  });

  it('answer whom the user number was recorded for, even when asked about somebody else', async () => {
    const world = caller();
    await world.call('consent-record', { userId: 'user0001' });
    const { values } = await world.call('consent-check', { userId: 'user0001', name: '样本乙' });
    expect(values.name).toBe('样本甲');
  });
});
