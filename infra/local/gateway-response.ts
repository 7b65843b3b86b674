import { asText, type Json } from './intrinsics.ts';
import type { ApiModel } from './model.ts';

/** An HTTP answer. */
export interface Answer {
  status: number;
  headers: [string, string][];
  body: string;
}

/** The answers that API Gateway makes by itself, as far as they come up here. */
const ownAnswers = {
  ACCESS_DENIED: {
    status: 403,
    error: 'AccessDeniedException',
    message: 'User is not authorized to access this resource',
  },
  BAD_REQUEST: { status: 400, error: 'BadRequestException', message: 'Bad Request' },
  INTEGRATION_TIMEOUT: { status: 504, error: 'InternalServerErrorException', message: 'Endpoint request timed out' },
  MISSING_AUTHENTICATION_TOKEN: {
    status: 403,
    error: 'MissingAuthenticationTokenException',
    message: 'Missing Authentication Token',
  },
  REQUEST_TOO_LARGE: { status: 413, error: 'RequestTooLargeException', message: 'Request Too Long' },
  /** A function that failed, or whose answer is no proxy response. */
  DEFAULT_5XX: { status: 502, error: 'InternalServerErrorException', message: 'Internal server error' },
} as const;

/** Kind of an answer that API Gateway makes by itself. */
export type ResponseType = keyof typeof ownAnswers;

const defaultTemplates = { 'application/json': '{"message":$context.error.messageString}' };

/** Words one of the gateway's own answers as the template asks, or as AWS does where the template says nothing. */
export function gatewayResponse(api: ApiModel, type: ResponseType, context: Json): Answer {
  const own = ownAnswers[type];
  const model = api.responses[type] ?? api.responses[own.status < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX'];
  const error = { message: own.message, messageString: JSON.stringify(own.message), responseType: type };
  const values: Json = { ...context, error };
  const templates = Object.entries(model?.templates ?? {});
  const json = templates.find(([mediaType]) => mediaType === 'application/json');
  const [mediaType, template] = json ?? templates[0] ?? (Object.entries(defaultTemplates)[0] as [string, string]);
  const headers: [string, string][] = Object.entries(model?.headers ?? {}).map(([name, text]) => [
    name,
    parameter(text, values),
  ]);
  if (!headers.some(([name]) => name.toLowerCase() === 'content-type')) headers.push(['Content-Type', mediaType]);
  headers.push(['x-amzn-ErrorType', own.error]);
  const reference = /\$\{context\.([\w.]+)\}|\$context\.([\w.]+)/g;
  const body = template.replace(reference, (_match, braced?: string, bare?: string) =>
    lookUp(values, braced ?? bare ?? ''),
  );
  return { status: model?.statusCode ?? own.status, headers, body };
}

/** A header of a gateway response: a quoted literal, or a reference. */
function parameter(text: string, values: Json): string {
  if (text.startsWith("'") && text.endsWith("'")) return text.slice(1, -1);
  return text.startsWith('context.') ? lookUp(values, text.slice('context.'.length)) : '';
}

/** The value at a dotted path, or as much of the path as there is one: `requestId.` in running text ends a sentence. */
function lookUp(values: Json, path: string): string {
  const trailing = /\.*$/.exec(path)?.[0] ?? '';
  let value: unknown = values;
  for (const key of path.slice(0, path.length - trailing.length).split('.')) {
    value = typeof value === 'object' && value !== null ? (value as Json)[key] : undefined;
  }
  return (value === undefined || value === null ? '' : asText(value)) + trailing;
}

const reserved = new Set(['connection', 'content-length', 'keep-alive', 'transfer-encoding', 'upgrade']);

/** Turns what a function returned into an answer; `undefined` if it is no proxy response. */
export function proxyResponse(payload: unknown): Answer | undefined {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return undefined;
  const { statusCode, headers, multiValueHeaders, body } = payload as Json;
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 200 || status > 599) return undefined;
  if (body !== undefined && body !== null && typeof body !== 'string') return undefined;
  const single = Object.entries((headers ?? {}) as Json).map(([name, value]) => [name, [value]] as const);
  const several = Object.entries((multiValueHeaders ?? {}) as Json) as [string, unknown[]][];
  const named = new Set(several.map(([name]) => name.toLowerCase()));
  const pairs: [string, string][] = [];
  for (const [name, list] of [...single.filter(([other]) => !named.has(other.toLowerCase())), ...several]) {
    if (!Array.isArray(list) || !list.every((value) => ['string', 'number', 'boolean'].includes(typeof value)))
      return undefined;
    if (!reserved.has(name.toLowerCase())) pairs.push(...list.map((value): [string, string] => [name, String(value)]));
  }
  if (!pairs.some(([name]) => name.toLowerCase() === 'content-type')) pairs.push(['Content-Type', 'application/json']);
  return { status, headers: pairs, body: body ?? '' };
}
