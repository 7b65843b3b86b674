/** Events as API Gateway sends them, and its answers. */
import type { Context as LambdaContext } from 'aws-lambda';
import type { InvocationEvent } from '../../lib/http/invocation.ts';

/** What a call came back with. */
export interface Seen {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
}

function event(caller: string, method: string, body: string | null, path: object | null, query: object | null) {
  const identity = { userArn: `arn:aws:sts::000000000000:assumed-role/${caller}/session` };
  return {
    httpMethod: method,
    headers: body === null ? {} : { 'content-type': 'application/json' },
    requestContext: { requestId: 'campaign', identity },
    pathParameters: path,
    queryStringParameters: query,
    isBase64Encoded: false,
    body,
  } as unknown as InvocationEvent;
}

/** A POST with a JSON body. */
export const postOf = (caller: string, input: unknown): InvocationEvent =>
  event(caller, 'POST', JSON.stringify(input), null, null);

/** A GET of an order or of its result. */
export const getOf = (caller: string, orderNo: string, query: object | null = null): InvocationEvent =>
  event(caller, 'GET', null, { orderNo }, query);

/** The context that Lambda hands over. */
export const lambdaOf = (remaining: () => number): LambdaContext =>
  ({ awsRequestId: 'campaign', getRemainingTimeInMillis: remaining }) as LambdaContext;

/** The answer of an HTTP handler. */
export function seen(reply: unknown): Seen {
  const { statusCode, headers, body } = reply as { statusCode: number; headers: Record<string, string>; body: string };
  return { status: statusCode, headers, body: JSON.parse(body) };
}
