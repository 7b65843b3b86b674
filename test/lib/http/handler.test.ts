import type { APIGatewayProxyResult, Context as LambdaContext } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import type { Context } from '../../../lib/flow/context.ts';
import type { Handler } from '../../../lib/http/create-handler.ts';
import { operationHandler, orderHandler } from '../../../lib/http/handler.ts';
import { createLog } from '../../../lib/log.ts';
import type { OrderRecord } from '../../../lib/orders/record.ts';
import { profiles } from '../../../lib/profiles.ts';
import { named } from '../request/inputs.ts';

const now = Date.parse('2026-01-05T02:00:00Z');
const caller = 'arn:aws:sts::123456789012:assumed-role/Backend';
const record = {
  orderNo: 'a1',
  operation: 'face-verify',
  caller,
  state: 'succeeded',
  attemptId: 'me',
  fingerprint: 'f',
  profile: 'kyc1',
  createdAt: now,
  sentAt: now,
  sends: 1,
  ticketGeneration: 1,
  version: 2,
  code: '0',
  bizSeqNo: 'b1',
  at: null,
  outcome: 'match',
  reason: null,
  billed: 'yes',
} satisfies OrderRecord;

/** Handlers on a ledger that holds one order, or fails; everything else must not be touched. */
function setUp(read: () => Promise<OrderRecord | null> = async () => record) {
  const lines: Record<string, unknown>[] = [];
  let clock = now;
  const context = {
    stage: 'test',
    profile: profiles.kyc1,
    policy: {
      similarity: { match: 70, approve: 80 },
      challengeMaxAge: 300,
      isolateCallers: true,
      externalOrders: 'deny',
    },
    ledger: { read },
    now: () => {
      clock += 7;
      return clock;
    },
    log: createLog(
      (line) => lines.push(JSON.parse(line)),
      () => now,
    ),
  } as unknown as Context;
  const lambda = { awsRequestId: 'lambda-request', getRemainingTimeInMillis: () => 28_000 } as unknown as LambdaContext;
  const http = async (handler: Handler, more: object = {}) => {
    const event = {
      httpMethod: 'GET',
      headers: {},
      queryStringParameters: null,
      pathParameters: { orderNo: 'a1' },
      body: null,
      isBase64Encoded: false,
      requestContext: { requestId: 'api-request', identity: { userArn: `${caller}/session` } },
      ...more,
    };
    const reply = (await handler(event as never, lambda)) as APIGatewayProxyResult;
    return { ...reply, body: JSON.parse(reply.body) as Record<string, unknown> };
  };
  return {
    lines,
    http,
    direct: (handler: Handler, event: object) => handler(event as never, lambda),
    order: orderHandler(() => context),
    verify: operationHandler(named('face-verify'), undefined, () => context),
  };
}

const canary = 'canary-样本丙-990101199001010019';

describe('an answer over HTTP', () => {
  it('is JSON that nobody may store', async () => {
    const { http, order } = setUp();
    const reply = await http(order);
    expect(reply.statusCode).toBe(200);
    expect(reply.headers).toEqual({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect(reply.body).toMatchObject({ orderNo: 'a1', state: 'succeeded', outcome: 'match' });
  });

  it('leaves one line in the log, of order data only', async () => {
    const { http, order, lines } = setUp();
    await http(order);
    expect(lines).toEqual([
      {
        level: 'info',
        event: 'call',
        at: '2026-01-05T02:00:00.000Z',
        requestId: 'api-request',
        operation: 'get-order',
        orderNo: 'a1',
        state: 'succeeded',
        status: 200,
        ms: expect.any(Number),
      },
    ]);
  });
});

describe('a problem over HTTP', () => {
  const post = { httpMethod: 'POST', pathParameters: null, headers: { 'content-type': 'application/json' } };

  it('is a problem document that nobody may store', async () => {
    const { http, verify } = setUp();
    const reply = await http(verify, {
      ...post,
      body: JSON.stringify({ name: canary, idNo: canary, [canary]: canary }),
    });
    expect(reply.statusCode).toBe(400);
    expect(reply.headers).toMatchObject({
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect(reply.body).toMatchObject({
      type: 'urn:signet:problem:invalid-request',
      status: 400,
      instance: 'urn:signet:request:api-request',
      billed: 'no',
      errors: [
        { pointer: '/-', rule: 'unknown' },
        { pointer: '/name', rule: 'too-long' },
        { pointer: '/idNo', rule: 'length' },
        { pointer: '/photo', rule: 'required' },
      ],
    });
    expect(JSON.stringify(reply)).not.toMatch(/canary|样本|990101/);
  });

  it.each([
    ['{"name":"canary', { 'content-type': 'application/json' }, 400, 'malformed-json'],
    ['name=canary', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'unsupported-media-type'],
    ['{}', { 'content-type': 'application/json', accept: 'text/html' }, 406, 'not-acceptable'],
  ])('%j with %j is %i', async (body, headers, status, slug) => {
    const { http, verify, lines } = setUp();
    const reply = await http(verify, { ...post, headers, body });
    expect(reply.statusCode).toBe(status);
    expect(reply.body).toMatchObject({ type: `urn:signet:problem:${slug}`, billed: 'no' });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ event: 'call', operation: 'face-verify', problem: slug, status });
    expect(JSON.stringify([reply, lines])).not.toContain('canary');
  });

  it('says when to come again', async () => {
    const { http, order } = setUp(() => Promise.reject(new Error(canary)));
    const reply = await http(order);
    expect(reply.statusCode).toBe(503);
    expect(reply.headers).toMatchObject({ 'retry-after': '5' });
    expect(reply.body).toMatchObject({ type: 'urn:signet:problem:ledger-unavailable', retry: { afterSeconds: 5 } });
  });

  it('that nobody foresaw is 500, and its message goes nowhere', async () => {
    const broken = {
      ...record,
      get state(): never {
        throw new TypeError(`${canary}\n    at ${canary} (/canary.ts:1:1)`);
      },
    };
    const { http, order, lines } = setUp(async () => broken);
    const reply = await http(order);
    expect(reply.statusCode).toBe(500);
    expect(reply.body).toMatchObject({ type: 'urn:signet:problem:internal', billed: 'unknown' });
    expect(lines).toMatchObject([
      { level: 'error', event: 'internal-error', requestId: 'api-request', fault: 'TypeError' },
      { level: 'info', event: 'call', problem: 'internal', status: 500 },
    ]);
    expect(JSON.stringify([reply, lines])).not.toMatch(/canary|样本|990101/);
  });
});

describe('a direct invocation', () => {
  it('gets the body itself', async () => {
    const { direct, order } = setUp();
    const answer = await direct(order, { caller, input: { orderNo: 'a1' } });
    expect(answer).toMatchObject({ orderNo: 'a1', state: 'succeeded' });
    expect(answer).not.toHaveProperty('statusCode');
  });

  it('is thrown a problem: its slug is the name, its document the message', async () => {
    const { direct, order, verify, lines } = setUp();
    const thrown = async (handler: Handler, event: object) => direct(handler, event).catch((error: Error) => error);
    const missing = (await thrown(order, { caller: 'bob', input: { orderNo: 'a1' } })) as Error;
    expect(missing.name).toBe('not-found');
    expect(JSON.parse(missing.message)).toMatchObject({
      type: 'urn:signet:problem:not-found',
      status: 404,
      instance: 'urn:signet:request:lambda-request',
    });
    const invalid = (await thrown(verify, { input: { name: canary } })) as Error;
    expect(invalid.name).toBe('invalid-request');
    expect(`${invalid.message}${invalid.stack}${JSON.stringify(lines)}`).not.toMatch(/canary|样本|990101/);
  });
});
