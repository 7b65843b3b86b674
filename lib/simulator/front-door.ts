/** What happens to every signed call before anybody looks at its fields: form, app id, common fields, signature. */
import { limitOf, type Operation, verbAndPath } from '../operation.ts';
import { appIdNames } from '../profiles.ts';
import { protocolVersion } from '../signing/sign.ts';
import { queryAppIdNames, signatureHolds } from './tickets.ts';
import { Refusal, type SimulatorRequest, type Upstream, type Values, wireName } from './upstream.ts';

/** What a body may hold beside its media. */
const smallFields = 65_536;

/** Path and query of a request. The first of equal parameters counts. */
export function splitUrl(url: string): { readonly path: string; readonly query: Values } {
  const [path, search = ''] = url.split(/\?(.*)/s, 2) as [string, string?];
  const query: Record<string, string> = Object.create(null);
  for (const [name, value] of new URLSearchParams(search)) query[name] ??= value;
  return { path, query };
}

/**
 * The values of a call by their wire names: the query of a GET, the JSON body of a POST.
 * @throws Refusal
 */
export function readCall(upstream: Upstream, operation: Operation, request: SimulatorRequest): Values {
  const { query } = splitUrl(request.url);
  if (verbAndPath(operation.upstream).method === 'GET') return query;
  const body = readBody(upstream, operation, request);
  const traced = Object.hasOwn(query, 'orderNo') && Object.hasOwn(body, 'orderNo');
  if (traced && query.orderNo !== body.orderNo) throw new Refusal('66660000');
  return body;
}

function readBody({ profile }: Upstream, operation: Operation, { headers, body }: SimulatorRequest): Values {
  const type = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1];
  if (!/^\s*application\/json\s*(;|$)/i.test(type ?? '')) throw new Refusal('400101');
  const media = Object.keys(operation.limits).map((field) => limitOf(operation, field, profile.name).base64);
  if (body.length > media.reduce((sum, length) => sum + length, smallFields)) throw new Refusal('400601');
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new Refusal('400101');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw new Refusal('400101');
  return Object.assign(Object.create(null), parsed);
}

function required(values: Values, name: string): string {
  const value = values[name];
  if (typeof value !== 'string' || value === '') throw new Refusal('400101', name);
  return value;
}

function checkAppId(upstream: Upstream, operation: Operation, values: Values): void {
  const isQuery = verbAndPath(operation.upstream).method === 'GET';
  const lenient = isQuery
    ? queryAppIdNames(upstream)
        .filter((name) => Object.hasOwn(values, name))
        .slice(0, 1)
    : [];
  const names = lenient.length > 0 ? lenient : appIdNames(operation, upstream.profile);
  for (const name of names) required(values, name);
  if (names.some((name) => values[name] !== upstream.appId)) throw new Refusal('66660001');
}

function useNonce({ nonces, now, settings }: Upstream, nonce: string): void {
  const at = now();
  // In the order of their use: the old ones come first.
  for (const [old, usedAt] of nonces) {
    if (at - usedAt <= settings.signTtl * 1000) break;
    nonces.delete(old);
  }
  if (nonces.has(nonce) && settings.nonceReuse === 'reject') throw new Refusal('400101');
  nonces.set(nonce, at);
}

/**
 * Lets a call in, or not: app id under the profile's own names, order number, nonce, version, signature, fresh nonce.
 * @returns the order number
 * @throws Refusal
 */
export function admit(upstream: Upstream, operation: Operation, values: Values): string {
  checkAppId(upstream, operation, values);
  const orderNo = required(values, wireName(operation, 'orderNo')!);
  const nonce = required(values, 'nonce');
  if (!/^[A-Za-z0-9]{32}$/.test(nonce)) throw new Refusal('400101', 'nonce');
  if (required(values, 'version') !== protocolVersion) throw new Refusal('400502');
  const signature = required(values, 'sign');
  if (!/^[A-Za-z0-9]{1,32}$/.test(orderNo)) throw new Refusal('66660000');
  if (!signatureHolds(upstream, [upstream.appId, orderNo, nonce, protocolVersion], signature)) {
    throw new Refusal('400101');
  }
  useNonce(upstream, nonce);
  return orderNo;
}
