import { describe, expect, test } from 'vitest';
import { startTestGateway as start } from './gateway-fixture.ts';

describe('the event', () => {
  test('has the shape of a REST API proxy event', async () => {
    const { url, spy, event } = await start();
    const target = '/v1/orders/a%20b?files=true&x=1&x=2+3';
    const response = await fetch(url + target, { headers: { 'X-Custom': 'one', 'user-agent': 'test' } });
    expect(response.status).toBe(200);
    expect(spy.mock.calls[0]?.[0]).toBe('GET /v1/orders/{orderNo}');
    expect(event()).toEqual({
      resource: '/v1/orders/{orderNo}',
      path: '/v1/orders/a%20b',
      httpMethod: 'GET',
      headers: expect.objectContaining({ 'X-Custom': 'one', 'X-Forwarded-Proto': 'http' }),
      multiValueHeaders: expect.objectContaining({ 'X-Custom': ['one'] }),
      queryStringParameters: { files: 'true', x: '2 3' },
      multiValueQueryStringParameters: { files: ['true'], x: ['1', '2 3'] },
      pathParameters: { orderNo: 'a b' },
      stageVariables: null,
      requestContext: expect.objectContaining({
        requestId: response.headers.get('x-amzn-requestid'),
        accountId: '000000000000',
        stage: 'local',
        resourcePath: '/v1/orders/{orderNo}',
        httpMethod: 'GET',
        path: '/v1/orders/a%20b',
        requestTime: '09/Apr/2015:12:34:56 +0000',
        requestTimeEpoch: 1_428_582_896_000,
        identity: expect.objectContaining({
          userArn: 'arn:aws:sts::000000000000:assumed-role/local/local',
          sourceIp: '127.0.0.1',
          userAgent: 'test',
          cognitoIdentityId: null,
        }),
      }),
      body: null,
      isBase64Encoded: false,
    });
  });

  test('says null where there is nothing, and keeps every value of a header', async () => {
    const { url, event } = await start();
    await fetch(`${url}/v1/orders/special`, {
      method: 'POST',
      headers: [
        ['x-a', '1'],
        ['x-a', '2'],
      ],
    });
    expect(event()).toMatchObject({
      resource: '/v1/orders/special',
      queryStringParameters: null,
      multiValueQueryStringParameters: null,
      pathParameters: null,
      body: null,
    });
  });

  test('carries the caller as identity and hides the header that named it', async () => {
    const { url, event } = await start();
    await fetch(`${url}/v1/orders/1`, { headers: { 'X-Signet-Caller': 'alice@example' } });
    expect(event()).toMatchObject({
      requestContext: { identity: { userArn: 'arn:aws:sts::000000000000:assumed-role/alice@example/local' } },
    });
    expect(JSON.stringify(event()).toLowerCase()).not.toContain('x-signet-caller');
    await fetch(`${url}/open`);
    expect(event()).toMatchObject({ requestContext: { identity: { userArn: null } } });
  });

  test('hands over bytes that are no UTF-8 as replacement characters', async () => {
    const { url, event } = await start();
    const body = Buffer.concat([Buffer.from('{"name":"样'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
    await fetch(`${url}/v1/face/verify`, { method: 'POST', body });
    expect(event().body).toBe('{"name":"样\ufffd\ufffd"}');
  });

  test('knows greedy parameters', async () => {
    const { url, event } = await start();
    await fetch(`${url}/files/a/b%2Fc`, { method: 'DELETE' });
    expect(event()).toMatchObject({ httpMethod: 'DELETE', pathParameters: { path: 'a/b/c' } });
  });
});
