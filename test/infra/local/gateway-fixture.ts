import { onTestFinished, vi } from 'vitest';
import { type GatewayOptions, startGateway } from '../../../infra/local/gateway.ts';
import type { Json } from '../../../infra/local/intrinsics.ts';
import type { ApiModel, MethodModel } from '../../../infra/local/model.ts';

const method = (route: string, more: Partial<MethodModel> = {}): MethodModel => {
  const [httpMethod = '', resource = ''] = route.split(' ');
  return { httpMethod, resource, functionName: route, authorizationType: 'AWS_IAM', timeoutMs: 29_000, ...more };
};

/** An API with its own words for some answers, and AWS's for the others. */
export const api: ApiModel = {
  stageName: 'local',
  stageVariables: null,
  methods: [
    method('GET /v1/orders/{orderNo}'),
    method('POST /v1/orders/special'),
    method('POST /v1/face/verify'),
    method('GET /open', { authorizationType: 'NONE' }),
    method('GET /slow', { timeoutMs: 20 }),
    method('ANY /files/{path+}'),
  ],
  responses: {
    DEFAULT_4XX: { headers: {}, templates: { 'application/json': '{"4xx":$context.error.messageString}' } },
    MISSING_AUTHENTICATION_TOKEN: {
      headers: {
        'Content-Type': "'application/problem+json'",
        'Cache-Control': "'no-store'",
        'X-Request': 'context.requestId',
      },
      templates: {
        'application/json':
          '{"status":403,"instance":"urn:$context.requestId.","type":"$context.error.responseType","none":"$context.error.nothing"}',
      },
    },
    REQUEST_TOO_LARGE: { statusCode: 413, headers: {}, templates: { 'application/json': '{"status":413}' } },
    INTEGRATION_TIMEOUT: { statusCode: 504, headers: {}, templates: { 'application/json': '{"billed":"unknown"}' } },
  },
};

/** A function that has nothing to say. */
export const ok = async () => ({ payload: { statusCode: 200, body: '{}' } });

/** A gateway in front of a stand-in for all functions. */
export async function startTestGateway(invoke: GatewayOptions['invoke'] = ok, more: Partial<GatewayOptions> = {}) {
  const spy = vi.fn(invoke);
  const lines: string[] = [];
  const gateway = await startGateway({
    api,
    invoke: spy,
    accountId: '000000000000',
    port: 0,
    log: (line) => lines.push(line),
    now: () => 1_428_582_896_000,
    ...more,
  });
  onTestFinished(() => gateway.stop());
  const event = (): Json => spy.mock.calls.at(-1)?.[1] as Json;
  return { ...gateway, spy, lines, event };
}
