import { describe, expect, it } from 'vitest';
import { operations } from '../../../lib/operations/index.ts';
import { createSimulator } from '../../../lib/simulator/simulator.ts';
import { bodyOf, caller } from './caller.ts';

const minute = 60_000;
const plain = (body: { code: string; msg: string }) => `${body.code} ${body.msg}`;

describe('access tokens and tickets', () => {
  it('are written in the habits of the profile', async () => {
    const old = bodyOf(await caller({ profile: 'webank' }).token());
    expect(old).toMatchObject({ code: '0', expire_in: '7200', expire_time: '20260105120000' });
    expect(old.access_token).toMatch(/^[\w-]{90}$/);
    expect(old).not.toHaveProperty('success');
    const world = caller({ profile: 'kyc1' });
    const { access_token: token, ...rest } = bodyOf(await world.token());
    expect(rest).toMatchObject({ success: true, expire_in: 7200, transactionTime: '20260105100000' });
    const { tickets } = bodyOf(await world.ticket(token));
    expect(tickets).toEqual([
      { value: expect.stringMatching(/^[A-Za-z0-9]{64}$/), expire_in: 3600, expire_time: '20260105110000' },
    ]);
  });

  it('name the parameter that is missing', async () => {
    const world = caller();
    expect(plain(bodyOf(await world.get('/api/oauth2/access_token', {})))).toBe('400101 不合法请求：app_id');
    expect(plain(bodyOf(await world.token({ secret: '' })))).toBe('400101 不合法请求：secret');
    expect(plain(bodyOf(await world.token({ grant_type: 'CLIENT_CREDENTIAL' })))).toBe('400101 不合法请求：grant_type');
    expect(plain(bodyOf(await world.ticket('x', { type: 'sign' })))).toBe('400101 不合法请求：type');
  });

  it('are refused for a wrong secret, app id, version or token', async () => {
    const world = caller();
    expect(plain(bodyOf(await world.token({ secret: 'wrong' })))).toBe('400101 不合法请求');
    expect(plain(bodyOf(await world.token({ app_id: 'TIDAELSE' })))).toBe('400101 不合法请求');
    expect(bodyOf(await world.token({ version: '1.0' })).code).toBe('400502');
    expect(bodyOf(await world.ticket('nobody-knows-it')).code).toBe('400104');
    world.simulator.configure({ unknownTokenCode: '400103' });
    expect(bodyOf(await world.ticket('nobody-knows-it')).code).toBe('400103');
  });

  it('takes the app id under a second name on kyc1 only', async () => {
    const query = {
      app_id: '',
      appId: 'TIDATEST',
      secret: 'synthetic-app-secret',
      grant_type: 'client_credential',
      version: '1.0.0',
    };
    const { app_id: _, ...second } = query;
    const codes = [];
    for (const profile of ['webank', 'tencentcloud', 'kyc1'] as const) {
      codes.push(bodyOf(await caller({ profile }).get('/api/oauth2/access_token', second)).code);
    }
    expect(codes).toEqual(['400101', '400101', '0']);
  });

  it('coexist with the new ones for one minute', async () => {
    const world = caller();
    const first = await world.refresh();
    world.time.now += 20 * minute;
    const second = await world.refresh();
    expect(second).not.toBe(first);
    world.time.now += minute - 1;
    expect(await world.code('face-verify', {}, { ticket: first })).toBe('0');
    world.time.now += 1;
    expect(await world.code('face-verify', {}, { ticket: first })).toBe('400101');
    expect(await world.code('face-verify', {}, { ticket: second })).toBe('0');
  });

  it('coexist under one token, too', async () => {
    const world = caller();
    const { access_token: token } = bodyOf(await world.token());
    const [first, second] = [bodyOf(await world.ticket(token)), bodyOf(await world.ticket(token))];
    world.time.now += minute + 1;
    expect(await world.code('face-verify', {}, { ticket: first.tickets[0].value })).toBe('400101');
    expect(await world.code('face-verify', {}, { ticket: second.tickets[0].value })).toBe('0');
  });

  it('expire, and no ticket outlives its token', async () => {
    const world = caller({ settings: { tokenTtl: 4000 } });
    const { access_token: token } = bodyOf(await world.token());
    world.time.now += 3000_000;
    const { tickets } = bodyOf(await world.ticket(token));
    expect(tickets[0].expire_in).toBe('1000');
    world.time.now += 1000_000;
    expect(await world.code('face-verify', {}, { ticket: tickets[0].value })).toBe('400101');
    expect(bodyOf(await world.ticket(token)).code).toBe('400104');
    await world.refresh();
    world.time.now += 3600_000;
    expect(await world.code('face-verify')).toBe('400101');
  });

  it('all end with a new secret', async () => {
    const world = caller();
    await world.refresh();
    world.simulator.configure({ secret: 'another-app-secret' });
    expect(await world.code('face-verify')).toBe('400101');
    expect(bodyOf(await world.token()).code).toBe('400101');
    expect(bodyOf(await world.token({ secret: 'another-app-secret' })).code).toBe('0');
  });

  it('are rated: tokens when the settings say so, NONCE tickets per user', async () => {
    const world = caller({ settings: { tokenMinInterval: 600 } });
    const { access_token: token } = bodyOf(await world.token());
    expect(bodyOf(await world.token()).code).toBe('400504');
    const nonceTicket = (user: string) => world.ticket(token, { type: 'NONCE', user_id: user });
    expect(bodyOf(await nonceTicket('user1')).tickets[0].expire_in).toBe('120');
    expect(bodyOf(await nonceTicket('user1')).code).toBe('400504');
    expect(bodyOf(await nonceTicket('user2')).code).toBe('0');
    expect(plain(bodyOf(await world.ticket(token, { type: 'NONCE' })))).toBe('400101 不合法请求：user_id');
    world.time.now += 2000;
    const { tickets } = bodyOf(await nonceTicket('user1'));
    expect(await world.code('face-verify', {}, { ticket: tickets[0].value })).toBe('400101');
  });
});

describe('signatures', () => {
  /** The published vector: specification 4.3, number 1. */
  function vector(signature: string, ticket = 'FxlAe3HFtEy73Um0pJNzIUriwtfnS3KRcPXiesd5ulS4XRAIcT0FbfaP52dwZf5S') {
    const at = Date.parse('2020-03-10T00:00:00Z');
    const life = { at, diesAt: at + 3_600_000 };
    const owner = { profile: 'webank', appId: 'appId001', secret: 'synthetic-app-secret' } as const;
    const kept = createSimulator({ ...owner, operations }).state() as Record<string, unknown>;
    const simulator = createSimulator({
      ...owner,
      operations,
      now: () => at + 1000,
      state: {
        ...kept,
        tokens: [{ value: 'token', ...life }],
        tickets: [{ value: ticket, type: 'SIGN', token: 'token', ...life }],
      },
    });
    const body = {
      webankAppId: 'appId001',
      orderNo: 'aabc1457895464',
      nonce: 'kHoSxvLZGxSoFsjxlbzEoUzh5PAnTU7T',
      version: '1.0.0',
      sign: signature,
      name: '样本甲',
      idNo: '990101199001010019',
    };
    return simulator
      .handle({
        method: 'POST',
        url: '/api/paas/getlips',
        headers: { 'Content-Type': 'application/json; charset=UTF-8' },
        body: Buffer.from(JSON.stringify(body)),
      })
      .then((reply) => bodyOf(reply).code);
  }

  it('hold for the published values, in either case', async () => {
    expect(await vector('993D057C652D97FD90D5D298F2E5DC4B8D893CBC')).toBe('0');
    expect(await vector('993d057c652d97fd90d5d298f2e5dc4b8d893cbc')).toBe('0');
  });

  it('do not hold for the misprinted ticket or another signature', async () => {
    const signature = '993D057C652D97FD90D5D298F2E5DC4B8D893CBC';
    expect(await vector(signature, 'FxlAe3HFtEy73Um0pJNzIUriwtfnS3KRcPXiesd5ulS4XRAlcT0FbfaP52dwZf5S')).toBe('400101');
    expect(await vector('FC90B959741C4237AAA434816A16CC394E9FF51B')).toBe('400101');
  });

  it('cover app id, order number, nonce and version, not the rest', async () => {
    const world = caller();
    const changed = (name: string, value: string) => (values: Record<string, unknown>) => {
      values[name] = value;
    };
    expect(await world.code('face-verify', {}, { patch: changed('orderNo', 'other'), search: '' })).toBe('400101');
    expect(await world.code('face-verify', {}, { patch: changed('nonce', 'a'.repeat(32)) })).toBe('400101');
    expect(await world.code('face-verify', {}, { patch: changed('version', '1.0.1') })).toBe('400502');
    expect(await world.code('face-verify', {}, { patch: changed('name', '样本乙') })).toBe('0');
  });

  it('need a fresh nonce, unless the settings accept old ones', async () => {
    const world = caller();
    const nonce = 'a'.repeat(32);
    expect(await world.code('face-verify', {}, { nonce })).toBe('0');
    expect(await world.code('face-verify', {}, { nonce })).toBe('400101');
    world.simulator.configure({ nonceReuse: 'accept' });
    expect(await world.code('face-verify', {}, { nonce })).toBe('0');
  });
});
