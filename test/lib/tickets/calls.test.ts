import { describe, expect, it } from 'vitest';
import type { ProfileName } from '../../../lib/operation.ts';
import { profiles } from '../../../lib/profiles.ts';
import { type UpstreamClient, UpstreamFailure, type UpstreamRequest } from '../../../lib/signing/client.ts';
import { NotIssued, perhapsIssued, type Refusal, ticketCalls, worthRepeating } from '../../../lib/tickets/calls.ts';

/** An upstream that answers everything alike and keeps what it was asked. */
function answering(answer: unknown, status = 200) {
  const asked: UpstreamRequest[] = [];
  const upstream: UpstreamClient = {
    async send(request) {
      asked.push(request);
      return { status, body: Buffer.from(typeof answer === 'string' ? answer : JSON.stringify(answer)) };
    },
    close: async () => {},
  };
  return { asked, upstream };
}

const token = (more: object = {}) => ({
  code: '0',
  msg: '请求成功',
  transactionTime: '20240726143638',
  access_token: 'token-1',
  expire_in: '7200',
  expire_time: '20240726163638',
  ...more,
});
const ticket = (more: object = {}) => ({
  code: '0',
  msg: '请求成功',
  transactionTime: '20240726143638',
  tickets: [{ value: 'ticket-1', expire_in: '3600', expire_time: '20240726153638', ...more }],
});

/** Recorded: `expire_time` is 7200 s after this (specification, section 3.1). */
const upstreamClock = Date.parse('2024-07-26T14:36:38+08:00');

const hosts: Record<ProfileName, string> = {
  webank: 'https://idasc.webank.com',
  tencentcloud: 'https://miniprogram-kyc.tencentcloudapi.com',
  kyc1: 'https://kyc1.qcloud.com',
};

describe.each(Object.entries(hosts) as [ProfileName, string][])('on %s', (profile, origin) => {
  it('the access token is asked for as documented', async () => {
    const { asked, upstream } = answering(token());
    const calls = ticketCalls(upstream, profiles[profile], 'TIDA0001');
    expect(await calls.accessToken('se/cr+et&x=1', 4_321)).toEqual({
      value: 'token-1',
      expireIn: 7_200,
      upstreamClock,
    });
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ method: 'GET', origin, timeout: 4_321 });
    expect(asked[0]!.body).toBeUndefined();
    const { path } = asked[0]!;
    expect(path.split('?')[0]).toBe('/api/oauth2/access_token');
    expect(Object.fromEntries(new URLSearchParams(path.split('?')[1]))).toEqual({
      app_id: 'TIDA0001',
      secret: 'se/cr+et&x=1',
      grant_type: 'client_credential',
      version: '1.0.0',
    });
  });

  it('the SIGN ticket is asked for as documented', async () => {
    const { asked, upstream } = answering(ticket());
    const calls = ticketCalls(upstream, profiles[profile], 'TIDA0001');
    expect(await calls.signTicket('to-ken_1+/=', 4_321)).toEqual({
      value: 'ticket-1',
      expireIn: 3_600,
      upstreamClock,
    });
    const { method, path } = asked[0]!;
    expect(method).toBe('GET');
    expect(asked[0]!.origin).toBe(origin);
    expect(path.split('?')[0]).toBe('/api/oauth2/api_ticket');
    expect(Object.fromEntries(new URLSearchParams(path.split('?')[1]))).toEqual({
      app_id: 'TIDA0001',
      access_token: 'to-ken_1+/=',
      type: 'SIGN',
      version: '1.0.0',
    });
  });

  it('another origin stands in for the host', async () => {
    const { asked, upstream } = answering(token());
    await ticketCalls(upstream, profiles[profile], 'TIDA0001', 'http://127.0.0.1:9').accessToken('x', 5_000);
    expect(asked[0]!.origin).toBe('http://127.0.0.1:9');
  });
});

const refusedWith = async (answer: unknown, status?: number, which: 'token' | 'ticket' = 'token') => {
  const { upstream } = answering(answer, status);
  const calls = ticketCalls(upstream, profiles.kyc1, 'TIDA0001');
  const error = await (which === 'token' ? calls.accessToken('canary', 5_000) : calls.signTicket('canary', 5_000)).then(
    (issued) => expect.fail(JSON.stringify(issued)),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(NotIssued);
  expect(JSON.stringify(error) + (error as Error).message).not.toContain('canary');
  return error as NotIssued;
};
const failing = async (...given: Parameters<typeof refusedWith>) => (await refusedWith(...given)).code;

describe('lifetimes', () => {
  it.each([
    ['7200', 7_200],
    [7_200, 7_200],
    ['3600', 3_600],
    [300, 300],
    ['2', 2],
  ])('%j is one', async (expire_in, expireIn) => {
    const { upstream } = answering(token({ expire_in }));
    expect(await ticketCalls(upstream, profiles.kyc1, 'x').accessToken('y', 5_000)).toMatchObject({ expireIn });
  });

  // Reliability, TKT-7: 1 < x <= 7200, text or number; `expire_time` is never asked.
  it.each([1, '1', 0, -1, 7_201, '7201', '', ' 7200', '7200s', 'NaN', '1e3', null, undefined, true, [7_200], {}])(
    '%j is none',
    async (expire_in) => {
      await failing(token({ expire_in }));
      await failing(ticket({ expire_in }), 200, 'ticket');
    },
  );
});

describe('what is no credential', () => {
  it.each([
    [{ code: '400101', msg: '不合法请求' }, '400101'],
    [{ code: '400504', msg: 'too often' }, '400504'],
    [{ code: 400_103, msg: '' }, '400103'],
    [{ ...token(), code: '999999' }, '999999'],
  ])('%j: the code of the upstream', async (answer, code) => {
    expect(await failing(answer)).toBe(code);
    expect(await failing(answer, 200, 'ticket')).toBe(code);
  });

  it.each<[answer: unknown, status: number]>([
    ['<html>busy</html>', 200],
    ['', 200],
    ['[]', 200],
    ['null', 200],
    [token(), 500],
    [token(), 302],
    [{}, 200],
    [token({ code: '' }), 200],
    [token({ code: '0\n<b>' }), 200],
    [token({ access_token: '' }), 200],
    [token({ access_token: 5 }), 200],
    [token({ access_token: undefined }), 200],
    [token({ access_token: 'x'.repeat(100_000) }), 200],
  ])('%# is none', async (answer, status) => {
    expect(await failing(answer, status)).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
  });

  it.each<[answer: unknown]>([
    [{ code: '0' }],
    [{ code: '0', tickets: [] }],
    [{ code: '0', tickets: {} }],
    [{ code: '0', tickets: ['x'] }],
    [{ code: '0', tickets: [null] }],
    [ticket({ value: '' })],
    [ticket({ value: 7 })],
  ])('%j is no ticket', async (answer) => {
    await failing(answer, 200, 'ticket');
  });

  it('a call that fails is not a refusal', async () => {
    const upstream = {
      send: async () => Promise.reject(new UpstreamFailure('timeout', 'DEADLINE')),
      close: async () => {},
    };
    await expect(ticketCalls(upstream, profiles.kyc1, 'x').accessToken('y', 5_000)).rejects.toMatchObject({
      kind: 'timeout',
    });
  });
});

describe('what a failure means for what comes next', () => {
  // `perhaps`: a token may have been issued all the same, which ends the life of the one before it.
  it.each<[what: string, answer: unknown, status: number, kind: Refusal, repeat: boolean, perhaps: boolean]>([
    ['a refused secret', { code: '400101', msg: '不合法请求' }, 200, 'refused', false, false],
    ['an unlisted code', { code: '12345' }, 200, 'refused', false, false],
    ['too early a call', { code: '400504' }, 200, 'throttled', false, false],
    ['an HTTP error', 'busy', 502, 'not-done', true, false],
    ['an internal error', { code: '999999' }, 200, 'unclear', true, true],
    ['HTML', '<html>', 200, 'unclear', true, true],
    ['a token without a life', token({ expire_in: undefined }), 200, 'unclear', true, true],
  ])('%s', async (_, answer, status, kind, repeat, perhaps) => {
    const error = await refusedWith(answer, status);
    expect([error.kind, worthRepeating(error), perhapsIssued(error)]).toEqual([kind, repeat, perhaps]);
  });

  it.each<['not-sent' | 'timeout' | 'broken', boolean]>([
    ['not-sent', false],
    ['timeout', true],
    ['broken', true],
  ])('a call that was %s', (kind, perhaps) => {
    const error = new UpstreamFailure(kind, 'X');
    expect([worthRepeating(error), perhapsIssued(error)]).toEqual([true, perhaps]);
  });

  it('anything else is a fault of ours, after which nothing is known', () => {
    expect([worthRepeating(new TypeError()), perhapsIssued(new TypeError())]).toEqual([false, true]);
  });
});

it.each([undefined, null, '', '2024', '20241399999999', 20_240_726_143_638.5, {}])(
  'a time of the upstream that is none (%j) is no reason to fail',
  async (transactionTime) => {
    const { upstream } = answering(token({ transactionTime }));
    const issued = await ticketCalls(upstream, profiles.kyc1, 'x').accessToken('y', 5_000);
    expect(issued).toEqual({ value: 'token-1', expireIn: 7_200, upstreamClock: null });
  },
);
