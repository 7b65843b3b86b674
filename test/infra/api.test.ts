import { ResponseType } from 'aws-cdk-lib/aws-apigateway';
import { describe, expect, test } from 'vitest';
import { accessLogFields } from '../../infra/api.ts';
import { gatewayProblems } from '../../infra/gateway-responses.ts';
import type { Stage } from '../../infra/stages.ts';
import { operations } from '../../lib/operations/index.ts';
import { type Synthesised, stages, synthesise, target } from './synthesise.ts';

const dev = synthesise(stages.dev);
const [[, { Properties: apiStage }]] = dev.all('AWS::ApiGateway::Stage') as [
  [string, Synthesised['template']['Resources'][string]],
];

/** `POST /v1/face/verify` and the logical id of the function behind it. */
function routesOf(stage: Synthesised): Readonly<Record<string, string>> {
  const pathOf = (id: string): string => {
    const { Type, Properties } = stage.template.Resources[id]!;
    return Type === 'AWS::ApiGateway::Resource' ? `${pathOf(target(Properties.ParentId))}/${Properties.PathPart}` : '';
  };
  const functions = stage.all('AWS::Lambda::Function').map(([id]) => id);
  return Object.fromEntries(
    stage.all('AWS::ApiGateway::Method').map(([, { Properties }]) => {
      const uri = JSON.stringify(Properties.Integration.Uri);
      return [
        `${Properties.HttpMethod} ${pathOf(target(Properties.ResourceId))}`,
        functions.find((id) => uri.includes(`"${id}"`))!,
      ];
    }),
  );
}

describe('methods', () => {
  test('each route of the registry, and each of our own, leads to its own function', () => {
    const expected = [
      ...operations,
      { name: 'get-order', route: 'GET /v1/orders/{orderNo}' },
      { name: 'create-media', route: 'POST /v1/media' },
      { name: 'start-verification', route: 'POST /v1/verifications' },
      { name: 'get-verification', route: 'GET /v1/verifications/{verificationId}' },
    ];
    expect(routesOf(dev)).toEqual(Object.fromEntries(expected.map(({ route, name }) => [route, dev.lambda(name).id])));
  });

  test('each wants a signed AWS identity', () => {
    for (const [, { Properties }] of dev.all('AWS::ApiGateway::Method')) {
      expect(Properties.AuthorizationType).toBe('AWS_IAM');
      expect(Properties.Integration).toMatchObject({ Type: 'AWS_PROXY', TimeoutInMillis: 29000 });
    }
  });

  test("each asks the team's own authorizer where the stage names one, and no answer of it is kept for another route", () => {
    const authorizerArn = 'arn:aws-cn:lambda:cn-north-1:123456789012:function:team-authorizer';
    const stage: Stage = { ...stages.dev, auth: { authorizerArn } };
    const own = synthesise(stage);
    const [[id, { Properties: authorizer }]] = own.all('AWS::ApiGateway::Authorizer') as [
      [string, Synthesised['template']['Resources'][string]],
    ];
    expect(authorizer).toMatchObject({ Type: 'REQUEST', AuthorizerResultTtlInSeconds: 0 });
    expect(JSON.stringify(authorizer.AuthorizerUri)).toContain(authorizerArn);
    for (const [, { Properties }] of own.all('AWS::ApiGateway::Method')) {
      expect(Properties).toMatchObject({ AuthorizationType: 'CUSTOM', AuthorizerId: { Ref: id } });
    }
    const permissions = own.all('AWS::Lambda::Permission').map(([, { Properties }]) => Properties.FunctionName);
    expect(permissions).toContain(authorizerArn);
  });

  test('the API is regional, and its bodies stay text', () => {
    const [[, { Properties }]] = dev.all('AWS::ApiGateway::RestApi') as [
      [string, Synthesised['template']['Resources'][string]],
    ];
    expect(Properties.EndpointConfiguration).toEqual({ Types: ['REGIONAL'] });
    expect(Properties).not.toHaveProperty('BinaryMediaTypes');
  });
});

describe('logs and limits', () => {
  test('nothing of a request or its caller is logged but the route', () => {
    expect(JSON.parse(apiStage.AccessLogSetting.Format)).toEqual(accessLogFields);
    expect(Object.values(accessLogFields).sort()).toEqual([
      '$context.error.responseType',
      '$context.httpMethod',
      '$context.identity.accountId',
      '$context.integrationLatency',
      '$context.integrationStatus',
      '$context.requestId',
      '$context.requestTimeEpoch',
      '$context.resourcePath',
      '$context.responseLatency',
      '$context.responseLength',
      '$context.status',
    ]);
  });

  test('bodies are neither traced nor cached, requests are counted and throttled', () => {
    expect(apiStage.MethodSettings).toEqual([
      {
        HttpMethod: '*',
        ResourcePath: '/*',
        DataTraceEnabled: false,
        CachingEnabled: false,
        LoggingLevel: 'ERROR',
        MetricsEnabled: true,
        ThrottlingRateLimit: 10,
        ThrottlingBurstLimit: 20,
      },
    ]);
    expect(apiStage).not.toHaveProperty('CacheClusterEnabled');
    expect(apiStage.TracingEnabled).toBe(false);
  });
});

describe('what API Gateway answers by itself', () => {
  const responses = dev.all('AWS::ApiGateway::GatewayResponse').map(([, { Properties }]) => Properties);

  test('has a problem for each type that there is', () => {
    const types = Object.values(ResponseType).flatMap((type) =>
      type instanceof ResponseType ? [type.responseType] : [],
    );
    expect(Object.keys(gatewayProblems).sort()).toEqual(types.sort());
    expect(responses.map(({ ResponseType: type }): string => type).sort()).toEqual(types.sort());
  });

  test.each(responses)(
    '$ResponseType is a problem document',
    ({ StatusCode, ResponseTemplates, ResponseParameters }) => {
      expect(Object.keys(ResponseTemplates)).toEqual(['application/json']);
      const body = ResponseTemplates['application/json'].replaceAll(
        '$context.requestId',
        'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
      );
      expect(body).not.toContain('$');
      const problem = JSON.parse(body);
      expect(problem).toEqual({
        type: expect.stringMatching(/^urn:signet:problem:[a-z-]+$/),
        title: expect.stringMatching(/\S/),
        status: Number(StatusCode),
        detail: expect.stringMatching(/\.$/),
        instance: 'urn:signet:request:c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
        billed: expect.stringMatching(/^(no|unknown)$/),
        retry: expect.objectContaining({ sameOrder: expect.any(Boolean) }),
      });
      const headers: Record<string, string> = {
        'gatewayresponse.header.Content-Type': "'application/problem+json'",
        'gatewayresponse.header.Cache-Control': "'no-store'",
        'gatewayresponse.header.X-Content-Type-Options': "'nosniff'",
      };
      if (problem.retry.afterSeconds) headers['gatewayresponse.header.Retry-After'] = `'${problem.retry.afterSeconds}'`;
      expect(ResponseParameters).toEqual(headers);
    },
  );

  const expected: readonly (readonly [string, string, number, string])[] = [
    ['ACCESS_DENIED', 'forbidden', 403, 'no'],
    ['MISSING_AUTHENTICATION_TOKEN', 'forbidden', 403, 'no'],
    ['UNAUTHORIZED', 'unauthenticated', 401, 'no'],
    ['RESOURCE_NOT_FOUND', 'not-found', 404, 'no'],
    ['REQUEST_TOO_LARGE', 'payload-too-large', 413, 'no'],
    ['UNSUPPORTED_MEDIA_TYPE', 'unsupported-media-type', 415, 'no'],
    ['THROTTLED', 'rate-limited', 429, 'no'],
    ['QUOTA_EXCEEDED', 'rate-limited', 429, 'no'],
    ['API_CONFIGURATION_ERROR', 'internal', 500, 'no'],
    ['AUTHORIZER_CONFIGURATION_ERROR', 'internal', 500, 'no'],
    ['AUTHORIZER_FAILURE', 'internal', 500, 'no'],
    // From here on a function may have sent the order.
    ['INTEGRATION_FAILURE', 'internal', 500, 'unknown'],
    ['DEFAULT_5XX', 'internal', 500, 'unknown'],
    ['INTEGRATION_TIMEOUT', 'upstream-timeout', 504, 'unknown'],
  ];
  test.each(expected)('%s is %s, %i, billed %s', (type, slug, status, billed) => {
    const { ResponseTemplates } = responses.find(({ ResponseType: other }) => other === type);
    expect(JSON.parse(ResponseTemplates['application/json'])).toMatchObject({
      type: `urn:signet:problem:${slug}`,
      status,
      billed,
    });
  });
});
