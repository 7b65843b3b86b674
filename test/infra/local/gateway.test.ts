import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { gatewayLimits } from '../../../infra/local/gateway.ts';
import type { Json } from '../../../infra/local/intrinsics.ts';
import { LambdaError } from '../../../infra/local/lambda.ts';
import { ok, startTestGateway as start } from './gateway-fixture.ts';

describe("the gateway's own answers", () => {
  test.each([
    ['GET', '/v1/none'],
    ['GET', '/v1/orders/special'],
    ['HEAD', '/v1/orders/1'],
    ['OPTIONS', '/v1/face/verify'],
    ['POST', '/v1/face/verify/'],
    ['GET', '/v1/orders/'],
  ])('an unknown route or method: %s %s', async (verb, path) => {
    const { url, spy } = await start();
    const response = await fetch(url + path, { method: verb });
    expect(response.status).toBe(403);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const id = response.headers.get('x-amzn-requestid');
    expect(response.headers.get('x-request')).toBe(id);
    if (verb !== 'HEAD') {
      expect(await response.json()).toEqual({
        status: 403,
        instance: `urn:${id}.`,
        type: 'MISSING_AUTHENTICATION_TOKEN',
        none: '',
      });
    }
    expect(spy).not.toHaveBeenCalled();
  });

  test('a caller that is no name, and a host that is not this machine', async () => {
    const { url, spy } = await start();
    for (const caller of ['', 'a b', 'x'.repeat(65), 'a/b', 'a,b']) {
      const response = await fetch(`${url}/v1/orders/1`, { headers: { 'x-signet-caller': caller } });
      expect([response.status, response.headers.get('x-amzn-errortype')]).toEqual([403, 'AccessDeniedException']);
      expect(await response.json()).toEqual({ '4xx': 'User is not authorized to access this resource' });
    }
    const { port } = new URL(url);
    const foreign = httpRequest({
      port,
      host: '127.0.0.1',
      path: '/v1/orders/1',
      headers: { host: 'evil.example' },
    }).end();
    expect((await once(foreign, 'response'))[0]).toMatchObject({ statusCode: 403 });
    expect(spy).not.toHaveBeenCalled();
  });

  test('a path parameter that is no percent-encoding', async () => {
    const { url } = await start();
    expect((await fetch(`${url}/v1/orders/%E0%A4%A`)).status).toBe(400);
  });

  test('a body over 10 MB, and an event over 6 MB', async () => {
    const { url, spy } = await start(async (_name, event) => {
      if (((event as Json).body as string).length > 100) {
        throw new LambdaError('RequestEntityTooLargeException', 'too large');
      }
      return ok();
    });
    for (const bytes of [gatewayLimits.body + 1, 200]) {
      const response = await fetch(`${url}/v1/face/verify`, { method: 'POST', body: 'x'.repeat(bytes) });
      expect([response.status, await response.text()]).toEqual([413, '{"status":413}']);
    }
    expect(spy).toHaveBeenCalledTimes(1);
    expect((await fetch(`${url}/v1/face/verify`, { method: 'POST', body: 'x' })).status).toBe(200);
  });

  test('headers over 10,240 bytes', async () => {
    const { url } = await start();
    expect((await fetch(`${url}/v1/orders/1`, { headers: { 'x-long': 'x'.repeat(10_300) } })).status).toBe(431);
  });

  test('a function that takes too long', async () => {
    let given: AbortSignal | undefined;
    const { url } = await start((_name, _event, signal) => {
      given = signal;
      return new Promise(() => {});
    });
    const response = await fetch(`${url}/slow`);
    expect([response.status, await response.text()]).toEqual([504, '{"billed":"unknown"}']);
    expect(given?.aborted).toBe(true);
  });

  test.each<[string, unknown]>([
    ['nothing', null],
    ['a string', 'ok'],
    ['no status', { body: '' }],
    ['a status out of range', { statusCode: 99 }],
    ['a body that is no string', { statusCode: 200, body: {} }],
    ['a header that is an object', { statusCode: 200, headers: { a: {} } }],
    ['a header that HTTP forbids', { statusCode: 200, headers: { a: 'x\r\ny: z' } }],
  ])('a function that returns %s', async (_what, payload) => {
    const { url, lines } = await start(async () => ({ payload }));
    const response = await fetch(`${url}/v1/orders/1`);
    expect([response.status, await response.json()]).toEqual([502, { message: 'Internal server error' }]);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(lines).toHaveLength(1);
  });

  test('a function that fails, without a word of its message', async () => {
    const { url, lines } = await start(async () => ({ functionError: { errorType: 'Error', errorMessage: '秘密' } }));
    expect((await fetch(`${url}/v1/orders/1`)).status).toBe(502);
    expect(lines.join()).toContain('Error');
    expect(lines.join()).not.toContain('秘密');
  });
});

test('answers with what the function returned', async () => {
  const { url } = await start(async () => ({
    payload: {
      statusCode: 409,
      headers: { 'content-type': 'application/problem+json', 'Retry-After': 5, connection: 'close' },
      multiValueHeaders: { 'set-cookie': ['a=1', 'b=2'] },
      body: '{"名":"样本"}',
    },
  }));
  const response = await fetch(`${url}/v1/orders/1`);
  expect(response.status).toBe(409);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(response.headers.get('retry-after')).toBe('5');
  expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  expect(await response.json()).toEqual({ 名: '样本' });
});

test('survives clients that talk nonsense or go away', async () => {
  const { url, lines } = await start();
  const { port } = new URL(url);
  const send = async (text: string): Promise<void> => {
    const socket = connect(Number(port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write(text);
    socket.end();
    socket.resume();
    await once(socket, 'close');
  };
  await send('nonsense\r\n\r\n');
  await send('POST /v1/face/verify HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf');
  await send('POST /v1/face/verify HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n');
  expect((await fetch(`${url}/v1/orders/1`)).status).toBe(200);
  expect(lines).toEqual([]);
});

test('says which port is taken', async () => {
  const { url } = await start();
  await expect(start(ok, { port: Number(new URL(url).port) })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
