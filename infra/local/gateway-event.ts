import type { Json } from './intrinsics.ts';
import type { ApiModel, MethodModel } from './model.ts';

/** A request as it arrived, before anything is decided about it. */
export interface IncomingRequest {
  method: string;
  /** Path and query as in the request line. */
  target: string;
  /** Names and values alternating, as they were sent. */
  rawHeaders: string[];
  sourceIp: string;
}

/** A method of the API together with the parameters of the path that led to it. */
export interface Match {
  method: MethodModel;
  pathParameters: Record<string, string>;
}

/** Headers that belong to the connection and never reach a function. */
const ofTheConnection = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-signet-caller',
]);

/** The path of a request target, still percent-encoded. */
export const pathOf = (target: string): string => target.split('?', 1)[0] || '/';

/**
 * Finds the method for a request: first the resource, literal segments before parameters and `{name+}` last, then its
 * method. Throws `URIError` if a parameter is not valid percent-encoding.
 */
export function findMethod(api: ApiModel, httpMethod: string, path: string): Match | undefined {
  const [best] = [...new Set(api.methods.map(({ resource }) => resource))]
    .flatMap((resource) => {
      const values = patternOf(resource).exec(path)?.slice(1);
      return values ? [{ resource, values }] : [];
    })
    .toSorted((one, other) => (rank(one.resource) < rank(other.resource) ? -1 : 1));
  if (best === undefined) return undefined;
  const ofResource = api.methods.filter(({ resource }) => resource === best.resource);
  const method =
    ofResource.find((candidate) => candidate.httpMethod === httpMethod) ??
    ofResource.find((candidate) => candidate.httpMethod === 'ANY');
  if (method === undefined) return undefined;
  const names = [...best.resource.matchAll(parameters)].map(([, name]) => name ?? '');
  const entries = names.map((name, index) => [name, decodeURIComponent(best.values[index] ?? '')] as const);
  return { method, pathParameters: Object.fromEntries(entries) };
}

const parameters = /\{([^}+]+)(\+?)\}/g;

function patternOf(resource: string): RegExp {
  const literals = resource.replace(/[.*?^$()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literals.replace(parameters, (_match, _name, greedy) => (greedy ? '(.+)' : '([^/]+)'))}$`);
}

// In order of character codes both marks come after everything that a path may hold.
const rank = (resource: string): string =>
  resource.replace(parameters, (_match, _name, greedy) => (greedy ? '\uffff' : '\ufffe'));

/** What an event is built from. */
export interface EventInput extends Match {
  api: ApiModel;
  request: IncomingRequest;
  body: Uint8Array;
  requestId: string;
  /** Name of the caller, from the header that stands in for a signature. */
  caller: string;
  accountId: string;
  /** Epoch milliseconds. */
  now: number;
}

/** Builds the event of a Lambda proxy integration of a REST API (payload version 1.0). */
export function proxyEvent(input: EventInput): Json {
  const { api, request, method, pathParameters, body, requestId, now } = input;
  const headers = headersOf(request);
  const query = queryOf(request.target);
  const path = pathOf(request.target);
  return {
    resource: method.resource,
    path,
    httpMethod: request.method,
    headers: last(headers),
    multiValueHeaders: headers,
    queryStringParameters: query && last(query),
    multiValueQueryStringParameters: query,
    pathParameters: Object.keys(pathParameters).length > 0 ? pathParameters : null,
    stageVariables: api.stageVariables,
    requestContext: {
      accountId: input.accountId,
      apiId: 'local',
      deploymentId: 'local',
      domainName: 'localhost',
      domainPrefix: 'localhost',
      extendedRequestId: requestId,
      httpMethod: request.method,
      identity: identityOf(input, headers),
      path,
      protocol: 'HTTP/1.1',
      requestId,
      requestTime: requestTime(now),
      requestTimeEpoch: now,
      resourceId: method.resource,
      resourcePath: method.resource,
      stage: api.stageName,
    },
    // Bytes that are no UTF-8 arrive as replacement characters, as they do from a REST API without binary media types.
    body: body.length > 0 ? Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString() : null,
    isBase64Encoded: false,
  };
}

function identityOf({ method, caller, accountId, request }: EventInput, headers: Record<string, string[]>): Json {
  const signed = method.authorizationType === 'AWS_IAM';
  const principal = signed ? `AROALOCAL:${caller}` : null;
  const userAgent = Object.entries(headers)
    .find(([name]) => name.toLowerCase() === 'user-agent')?.[1]
    ?.at(-1);
  return {
    accessKey: signed ? 'ASIALOCAL' : null,
    accountId: signed ? accountId : null,
    caller: principal,
    cognitoAuthenticationProvider: null,
    cognitoAuthenticationType: null,
    cognitoIdentityId: null,
    cognitoIdentityPoolId: null,
    principalOrgId: null,
    sourceIp: request.sourceIp,
    user: principal,
    userAgent: userAgent ?? null,
    userArn: signed ? `arn:aws:sts::${accountId}:assumed-role/${caller}/local` : null,
  };
}

function headersOf({ rawHeaders, sourceIp }: IncomingRequest): Record<string, string[]> {
  const headers: Record<string, string[]> = {};
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2);
    if (!ofTheConnection.has(name.toLowerCase())) collect(headers, name, value);
  }
  headers['X-Forwarded-For'] = [sourceIp];
  headers['X-Forwarded-Proto'] = ['http'];
  return headers;
}

function queryOf(target: string): Record<string, string[]> | null {
  const at = target.indexOf('?');
  const entries = at < 0 ? [] : [...new URLSearchParams(target.slice(at + 1))];
  if (entries.length === 0) return null;
  const query: Record<string, string[]> = {};
  for (const [name, value] of entries) collect(query, name, value);
  return query;
}

/** Adds to a list by name; `__proto__` is a name like any other. */
function collect(lists: Record<string, string[]>, name: string, value: string): void {
  const list = Object.hasOwn(lists, name) ? (lists[name] ?? []) : [];
  Object.defineProperty(lists, name, { value: [...list, value], enumerable: true, configurable: true, writable: true });
}

const last = (lists: Record<string, string[]>): Record<string, string> =>
  Object.fromEntries(Object.entries(lists).map(([name, values]) => [name, values.at(-1) ?? '']));

/** As in access logs: `09/Apr/2015:12:34:56 +0000`. */
function requestTime(now: number): string {
  const [, day, month, year, time] = new Date(now).toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}
