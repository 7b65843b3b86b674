/** Events: one handler takes API Gateway requests and direct invocations and makes one kind of call of both. */
import type { APIGatewayProxyEvent, Context as LambdaContext } from 'aws-lambda';
import type { Call } from '../flow/context.ts';
import { verbAndPath } from '../operation.ts';
import { Problem } from './problem.ts';

/** A direct invocation, by Step Functions or any principal that may invoke the function. */
export interface DirectEvent {
  readonly orderNo?: unknown;
  readonly caller?: unknown;
  readonly input?: unknown;
}

/** A step of a verification, as the state machine asks for it. */
export interface StepEvent {
  readonly verificationId: string;
  readonly step: string;
}

const isStep = (event: object): event is StepEvent =>
  'step' in event &&
  'verificationId' in event &&
  [event.step, event.verificationId].every((text) => typeof text === 'string');

/** What a function is invoked with. */
export type InvocationEvent = APIGatewayProxyEvent | DirectEvent | StepEvent;

/** Whether an event comes from API Gateway. */
export const isHttp = (event: InvocationEvent): event is APIGatewayProxyEvent =>
  typeof event === 'object' && event !== null && 'requestContext' in event && 'httpMethod' in event;

const forbidden: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
const deepest = 6;

function refuseForbiddenKeys(value: unknown, depth = 1): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth > deepest) throw new Problem('malformed-json');
  for (const key of Object.keys(value)) {
    if (forbidden.has(key)) throw new Problem('malformed-json');
    refuseForbiddenKeys((value as Record<string, unknown>)[key], depth + 1);
  }
}

/** `arn:…:assumed-role/Role/session` without the session, which changes with every login. */
const withoutSession = (arn: string): string =>
  arn.replace(/^(arn:[^:]*:sts:[^:]*:\d*:assumed-role\/[^/]+)\/.*$/, '$1');

/** Who calls: the authorizer's principal, or the IAM principal without its session name. */
function callerOf({ requestContext }: APIGatewayProxyEvent): string {
  const principal: unknown = requestContext.authorizer?.principalId;
  if (typeof principal === 'string' && principal !== '') return principal;
  const { userArn } = requestContext.identity ?? {};
  if (!userArn) throw new Problem('forbidden');
  return withoutSession(userArn);
}

function header({ headers }: APIGatewayProxyEvent, name: string): string | undefined {
  const found = Object.entries(headers ?? {}).find(([key]) => key.toLowerCase() === name);
  return found?.[1] ?? undefined;
}

/** Answers are JSON; a header that allows that, or none, is fine. */
function negotiate(event: APIGatewayProxyEvent): void {
  const accept = header(event, 'accept');
  if (accept === undefined) return;
  const types = accept.split(',').map((part) => part.split(';')[0]!.trim().toLowerCase());
  const fine = ['*/*', 'application/*', 'application/json', 'application/problem+json', ''];
  if (!types.some((type) => fine.includes(type))) throw new Problem('not-acceptable');
}

function bodyOf(event: APIGatewayProxyEvent): unknown {
  const type = header(event, 'content-type') ?? '';
  if (!/^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i.test(type.trim())) {
    throw new Problem('unsupported-media-type');
  }
  const { body, isBase64Encoded } = event;
  const text = isBase64Encoded ? Buffer.from(body ?? '', 'base64').toString('utf8') : (body ?? '');
  // API Gateway and Buffer write this where bytes were no UTF-8.
  if (text.includes('\uFFFD')) throw new Problem('malformed-json');
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch {
    throw new Problem('malformed-json');
  }
  refuseForbiddenKeys(input);
  return input;
}

const flags: Readonly<Record<string, boolean>> = { true: true, false: false };

function pathAndQuery({ pathParameters, queryStringParameters }: APIGatewayProxyEvent): unknown {
  const query = Object.entries(queryStringParameters ?? {}).map(([key, value]) => [
    key,
    Object.hasOwn(flags, String(value)) ? flags[String(value)] : value,
  ]);
  const path = Object.entries(pathParameters ?? {});
  if ([...query, ...path].some(([key]) => forbidden.has(String(key)))) throw new Problem('malformed-json');
  return { ...Object.fromEntries(query), ...Object.fromEntries(path) };
}

function directInput({ orderNo, input }: DirectEvent): unknown {
  refuseForbiddenKeys(input);
  if (orderNo === undefined || typeof input !== 'object' || input === null || Array.isArray(input)) {
    return input === undefined && orderNo !== undefined ? { orderNo } : input;
  }
  return { ...input, orderNo };
}

/**
 * The call of an event. The body of a POST must be JSON, a GET is made of its path and query; a direct event has
 * `{ orderNo?, caller?, input }`, that of a verification `{ verificationId, step }`.
 *
 * @throws Problem for what is wrong with the envelope of the request
 */
export function toCall(route: string, event: InvocationEvent, lambda: LambdaContext): Call {
  const remaining = () => lambda.getRemainingTimeInMillis();
  if (!isHttp(event) && typeof event === 'object' && event !== null && isStep(event)) {
    const { verificationId, step } = event;
    return { requestId: lambda.awsRequestId, caller: 'direct', input: null, step: { verificationId, step }, remaining };
  }
  if (!isHttp(event)) {
    const caller = typeof event?.caller === 'string' && event.caller !== '' ? event.caller.slice(0, 256) : 'direct';
    return { requestId: lambda.awsRequestId, caller, input: directInput(event ?? {}), remaining };
  }
  const caller = callerOf(event);
  negotiate(event);
  const input = verbAndPath(route).method === 'GET' ? pathAndQuery(event) : bodyOf(event);
  return { requestId: requestIdOf(event, lambda), caller, input, remaining };
}

/** The id that callers and logs share. */
export function requestIdOf(event: InvocationEvent, lambda: LambdaContext): string {
  return (isHttp(event) ? event.requestContext.requestId : undefined) ?? lambda.awsRequestId;
}
