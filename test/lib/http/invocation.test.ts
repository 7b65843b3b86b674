import type { APIGatewayProxyEvent, Context as LambdaContext } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import type { Call } from '../../../lib/flow/context.ts';
import { type InvocationEvent, toCall } from '../../../lib/http/invocation.ts';

const lambda = {
  awsRequestId: 'lambda-request',
  getRemainingTimeInMillis: () => 27_500,
} as unknown as LambdaContext;
const userArn = 'arn:aws:sts::123456789012:assumed-role/Backend/session-1';

const event = (more: Record<string, unknown> = {}): APIGatewayProxyEvent =>
  ({
    httpMethod: 'POST',
    path: '/v1/face/verify',
    headers: { 'Content-Type': 'application/json' },
    queryStringParameters: null,
    pathParameters: null,
    body: '{"name":"样本甲"}',
    isBase64Encoded: false,
    requestContext: { requestId: 'api-request', identity: { userArn } },
    ...more,
  }) as unknown as APIGatewayProxyEvent;

const post = (more: Record<string, unknown> = {}): Call => toCall('POST /v1/face/verify', event(more), lambda);
const get = (more: Record<string, unknown> = {}): Call =>
  toCall('GET /v1/ocr/id-card/{orderNo}', event({ body: null, headers: {}, ...more }), lambda);

/** The slug of the problem that an event is. */
function problemOf(run: () => unknown): string {
  try {
    return `none, but ${JSON.stringify(run())}`;
  } catch (error) {
    return (error as { slug?: string }).slug ?? String(error);
  }
}

describe('a request over HTTP', () => {
  it('becomes a call', () => {
    const call = post();
    expect(call).toMatchObject({ requestId: 'api-request', input: { name: '样本甲' } });
    expect(call.remaining()).toBe(27_500);
  });

  it.each([
    'application/json',
    'APPLICATION/JSON',
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
    ' application/json ',
  ])('may have the type %j', (type) => {
    expect(post({ headers: { 'content-TYPE': type } }).input).toEqual({ name: '样本甲' });
  });

  it.each([
    undefined,
    '',
    'text/plain',
    'text/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'application/json; charset=gbk',
    'application/problem+json',
    'application/json, text/plain',
  ])('may not have the type %j', (type) => {
    const headers = type === undefined ? {} : { 'content-type': type };
    expect(problemOf(() => post({ headers }))).toBe('unsupported-media-type');
    expect(problemOf(() => post({ headers: null }))).toBe('unsupported-media-type');
  });

  it.each([
    undefined,
    '*/*',
    'application/*',
    'application/json',
    'application/problem+json',
    'text/html, application/json;q=0.9',
    'text/html,*/*;q=0.1',
    'Application/JSON',
  ])('may accept %j', (accept) => {
    const headers = { 'content-type': 'application/json', ...(accept === undefined ? {} : { accept }) };
    expect(post({ headers }).input).toEqual({ name: '样本甲' });
  });

  it.each(['text/html', 'application/xml', 'image/*', 'application/jsonp'])('may not accept %j alone', (accept) => {
    const headers = { 'content-type': 'application/json', accept };
    expect(problemOf(() => post({ headers }))).toBe('not-acceptable');
    expect(problemOf(() => get({ headers: { accept } }))).toBe('not-acceptable');
  });

  it('is decoded where API Gateway has encoded it', () => {
    const body = Buffer.from('{"name":"样本甲"}').toString('base64');
    expect(post({ body, isBase64Encoded: true }).input).toEqual({ name: '样本甲' });
  });

  it.each([
    [null],
    [''],
    ['{'],
    ['{"name":}'],
    ["{'name':1}"],
    ['{"a":1}{"b":2}'],
    ['\ufeff{}'],
    ['{"name":"\ufffd"}'],
    ['undefined'],
    ['NaN'],
  ])('is not JSON: %j', (body) => {
    expect(problemOf(() => post({ body }))).toBe('malformed-json');
  });

  it.each(['ff', '7b226e223a22c328227d', '7b226e223a22eda080227d', '7b7d80'])('is not UTF-8: %s', (hex) => {
    const body = Buffer.from(hex, 'hex').toString('base64');
    expect(problemOf(() => post({ body, isBase64Encoded: true }))).toBe('malformed-json');
  });

  it.each(['__proto__', 'constructor', 'prototype'])('has no key %s at any depth', (key) => {
    const wraps = [
      (inner: string) => inner,
      (inner: string) => `{"photo":${inner}}`,
      (inner: string) => `[${inner}]`,
      (inner: string) => `{"a":{"b":[{"c":${inner}}]}}`,
    ];
    for (const wrap of wraps) {
      const body = wrap(`{"${key}":{"polluted":true}}`);
      expect(
        problemOf(() => post({ body })),
        body,
      ).toBe('malformed-json');
      expect(
        problemOf(() => toCall('POST /x', { input: JSON.parse(body) }, lambda)),
        body,
      ).toBe('malformed-json');
    }
    expect(problemOf(() => get({ queryStringParameters: JSON.parse(`{"${key}":"x"}`) }))).toBe('malformed-json');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('is not nested without end', () => {
    expect(problemOf(() => post({ body: `${'['.repeat(50)}${']'.repeat(50)}` }))).toBe('malformed-json');
    const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
    expect(problemOf(() => post({ body: deep }))).toBe('malformed-json');
  });

  it('may be any JSON value: what fits is for the schema to say', () => {
    for (const body of ['1', 'null', '"text"', '[]', 'true']) expect(post({ body }).input).toEqual(JSON.parse(body));
  });
});

describe('a GET', () => {
  const pathParameters = { orderNo: 'a1' };

  it('is made of its path and its query, with flags as booleans', () => {
    expect(get({ pathParameters }).input).toEqual({ orderNo: 'a1' });
    const asked = (files: string) => get({ pathParameters, queryStringParameters: { files } }).input;
    expect(asked('true')).toEqual({ orderNo: 'a1', files: true });
    expect(asked('false')).toEqual({ orderNo: 'a1', files: false });
    for (const other of ['1', 'TRUE', '', 'yes', '__proto__']) {
      expect(asked(other)).toEqual({ orderNo: 'a1', files: other });
    }
  });

  it('takes its number from the path alone', () => {
    const queryStringParameters = { orderNo: 'b2', surplus: 'x' };
    expect(get({ pathParameters, queryStringParameters }).input).toEqual({ orderNo: 'a1', surplus: 'x' });
  });

  it('needs no body and no type', () => {
    expect(get({ pathParameters, body: 'noise', headers: { 'content-type': 'text/plain' } }).input).toEqual(
      pathParameters,
    );
  });
});

describe('the caller', () => {
  const callerOf = (identity: unknown, authorizer?: unknown) =>
    post({ requestContext: { requestId: 'r', identity, authorizer } }).caller;

  it.each([
    [userArn, 'arn:aws:sts::123456789012:assumed-role/Backend'],
    ['arn:aws:sts::123456789012:assumed-role/Backend/a/b', 'arn:aws:sts::123456789012:assumed-role/Backend'],
    ['arn:aws-cn:sts::123456789012:assumed-role/Backend/s', 'arn:aws-cn:sts::123456789012:assumed-role/Backend'],
    ['arn:aws:iam::123456789012:user/alice', 'arn:aws:iam::123456789012:user/alice'],
    ['arn:aws:iam::123456789012:root', 'arn:aws:iam::123456789012:root'],
    ['arn:aws:sts::123456789012:federated-user/alice', 'arn:aws:sts::123456789012:federated-user/alice'],
  ])('of %s is %s', (arn, caller) => {
    expect(callerOf({ userArn: arn })).toBe(caller);
  });

  it('is the principal of the authorizer where there is one', () => {
    expect(callerOf({ userArn }, { principalId: 'team-a' })).toBe('team-a');
    expect(callerOf({ userArn: null }, { principalId: 'team-a' })).toBe('team-a');
    for (const authorizer of [null, {}, { principalId: '' }, { principalId: 5 }]) {
      expect(callerOf({ userArn }, authorizer)).toBe('arn:aws:sts::123456789012:assumed-role/Backend');
    }
  });

  it('must be known', () => {
    for (const identity of [{}, { userArn: null }, { userArn: '' }, undefined]) {
      expect(problemOf(() => callerOf(identity))).toBe('forbidden');
    }
  });

  it('is nothing that the request itself could say', () => {
    const headers = { 'content-type': 'application/json', 'x-signet-caller': 'mallory', authorization: 'mallory' };
    const body = '{"caller":"mallory","name":"x"}';
    const call = post({ headers, body, queryStringParameters: { caller: 'mallory' }, caller: 'mallory' });
    expect(call.caller).toBe('arn:aws:sts::123456789012:assumed-role/Backend');
  });
});

describe('a direct invocation', () => {
  const direct = (given: unknown) => toCall('POST /v1/face/verify', given as InvocationEvent, lambda);

  it('becomes a call', () => {
    const call = direct({ orderNo: 'a1', caller: 'workflow', input: { name: '样本甲' } });
    expect(call).toMatchObject({
      requestId: 'lambda-request',
      caller: 'workflow',
      input: { name: '样本甲', orderNo: 'a1' },
    });
  });

  it.each([
    [{ input: { a: 1 } }, 'direct', { a: 1 }],
    [{ orderNo: 'a1' }, 'direct', { orderNo: 'a1' }],
    [{ orderNo: 'a1', input: { orderNo: 'b2' } }, 'direct', { orderNo: 'a1' }],
    [{ caller: '', input: {} }, 'direct', {}],
    [{ caller: 5, input: {} }, 'direct', {}],
    [{ orderNo: 'a1', input: null }, 'direct', null],
    [{}, 'direct', undefined],
    [null, 'direct', undefined],
    ['text', 'direct', undefined],
  ])('%j', (given, caller, input) => {
    expect(direct(given)).toMatchObject({ caller });
    expect(direct(given).input).toEqual(input);
  });

  it('cannot name a caller without end', () => {
    expect(direct({ caller: 'x'.repeat(10_000), input: {} }).caller.length).toBeLessThanOrEqual(256);
  });
});
