/** Who may: signatures in the `Authorization` header and in the query (presigned URLs). */
import type { IncomingMessage } from 'node:http';
import { S3Error } from './error.ts';
import {
  amzDate,
  checkCredential,
  checkToken,
  type S3Credentials,
  type Signing,
  sameText,
  signingFor,
  signRequest,
} from './sigv4.ts';
import type { Target } from './target.ts';

/** What signatures are checked against. */
export interface SignatureOptions {
  credentials: S3Credentials;
  region: string;
  /** The clock of presigned URLs and forms, in epoch milliseconds. */
  now: () => number;
  /** The clock of requests with a signed header, which the SDK's clients date themselves. */
  signedNow: () => number;
}

/** A request whose signature is right. */
export interface Authenticated {
  /** A header, or the query parameter of a presigned URL that stands for it. */
  field: (name: string) => string | undefined;
  /** Names of all fields that begin with `x-amz-`, but those that signed. */
  fields: string[];
  /** `x-amz-content-sha256`. */
  payload: string;
  signing: Signing;
  /** What the signatures of chunks follow. */
  signature: string;
}

/** How far the dates of a request and of the server may differ, in milliseconds. */
const skew = 15 * 60_000;
const longest = 7 * 24 * 3600;
const algorithm = 'AWS4-HMAC-SHA256';
const authorizationPattern =
  /^AWS4-HMAC-SHA256 Credential=([^\s,]+)\s*,\s*SignedHeaders=([^\s,]+)\s*,\s*Signature=([0-9a-f]{64})$/;
const ofSigning = /^x-amz-(algorithm|credential|date|expires|signedheaders|signature|security-token|content-sha256)$/;

/** Checks the signature of a request. Throws what S3 answers if there is none or it is wrong. */
export function authenticate(request: IncomingMessage, target: Target, options: SignatureOptions): Authenticated {
  const query = new Map(target.query.map(([name, value]) => [name.toLowerCase(), value]));
  if (query.size !== target.query.length) throw new S3Error('InvalidArgument', 'A query parameter is given twice.');
  const presigned = query.has('x-amz-signature') || query.has('x-amz-algorithm');
  const { authorization } = request.headers;
  if (presigned && authorization !== undefined) {
    throw new S3Error('InvalidArgument', 'Only one auth mechanism allowed');
  }
  if (presigned) return fromQuery(request, target, query, options);
  if (authorization !== undefined) return fromHeader(request, target, authorization, options);
  throw new S3Error('AccessDenied');
}

function fromHeader(
  request: IncomingMessage,
  target: Target,
  authorization: string,
  options: SignatureOptions,
): Authenticated {
  const [, credential = '', signedHeaders = '', given = ''] = authorizationPattern.exec(authorization) ?? [];
  if (given === '') throw new S3Error('AuthorizationHeaderMalformed');
  const date = headerOf(request, 'x-amz-date');
  const payload = headerOf(request, 'x-amz-content-sha256');
  if (date === undefined) throw new S3Error('AccessDenied', 'AWS authentication requires a valid x-amz-date header');
  if (payload === undefined) {
    throw new S3Error('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
  }
  const scope = checkCredential(credential, date, options, 'AuthorizationHeaderMalformed');
  checkToken(headerOf(request, 'x-amz-security-token'), options.credentials);
  if (Math.abs(options.signedNow() - amzDate(date)) > skew) throw new S3Error('RequestTimeTooSkewed');
  const signing = signingFor(options.credentials.secretAccessKey, scope, date);
  const parts = { method: request.method ?? '', path: target.path, query: target.query, payload };
  const signature = signRequest(signing, { ...parts, headers: headersOf(request, signedHeaders) });
  if (!sameText(signature, given)) throw new S3Error('SignatureDoesNotMatch');
  const fields = Object.keys(request.headers).filter((name) => isField(name));
  return { field: (name) => headerOf(request, name), fields, payload, signing, signature };
}

function fromQuery(
  request: IncomingMessage,
  target: Target,
  query: Map<string, string>,
  options: SignatureOptions,
): Authenticated {
  const parameter = (name: string): string => {
    const value = query.get(name);
    if (value !== undefined) return value;
    throw new S3Error('AuthorizationQueryParametersError', `Query-string authentication requires ${name}.`);
  };
  const date = parameter('x-amz-date');
  const expires = parameter('x-amz-expires');
  const seconds = Number(expires);
  if (parameter('x-amz-algorithm') !== algorithm || !/^\d{1,6}$/.test(expires) || seconds < 1 || seconds > longest) {
    throw new S3Error('AuthorizationQueryParametersError');
  }
  const scope = checkCredential(parameter('x-amz-credential'), date, options, 'AuthorizationQueryParametersError');
  checkToken(query.get('x-amz-security-token'), options.credentials);
  const now = options.now();
  if (amzDate(date) - now > skew) throw new S3Error('AccessDenied', 'Request is not yet valid');
  if (now >= amzDate(date) + seconds * 1000) throw new S3Error('AccessDenied', 'Request has expired');
  const field = (name: string): string | undefined => headerOf(request, name) ?? query.get(name);
  const payload = field('x-amz-content-sha256') ?? 'UNSIGNED-PAYLOAD';
  const signing = signingFor(options.credentials.secretAccessKey, scope, date);
  const signature = signRequest(signing, {
    method: request.method ?? '',
    path: target.path,
    query: target.query.filter(([name]) => name.toLowerCase() !== 'x-amz-signature'),
    headers: headersOf(request, parameter('x-amz-signedheaders')),
    payload,
  });
  if (!sameText(signature, parameter('x-amz-signature'))) throw new S3Error('SignatureDoesNotMatch');
  const fields = [...Object.keys(request.headers), ...query.keys()].filter((name) => isField(name));
  return { field, fields, payload, signing, signature };
}

const isField = (name: string): boolean => name.startsWith('x-amz-') && !ofSigning.test(name);

const headerOf = (request: IncomingMessage, name: string): string | undefined =>
  request.headersDistinct[name]?.join(',');

/** The signed headers. `host` and every `x-amz-` header must be among them. */
function headersOf(request: IncomingMessage, signedHeaders: string): [string, string][] {
  const names = signedHeaders.split(';');
  const needed = Object.keys(request.headers).filter((name) => name === 'host' || name.startsWith('x-amz-'));
  const missing = ['host', ...needed].filter((name) => !names.includes(name));
  if (missing.length > 0) {
    const message = 'There were headers present in the request which were not signed';
    throw new S3Error('AccessDenied', message, { HeadersNotSigned: missing.join(', ') });
  }
  return names.map((name) => [name, headerOf(request, name) ?? '']);
}
