/** The arithmetic of AWS Signature Version 4 for S3 (Amazon S3 API Reference, "Authenticating Requests"). */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { type S3Code, S3Error } from './error.ts';

/** The one set of keys whose requests are served. */
export interface S3Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** What a signature is made of besides what it signs. */
export interface Signing {
  key: Buffer;
  /** `YYYYMMDD'T'HHMMSS'Z'`. */
  date: string;
  /** `YYYYMMDD/region/s3/aws4_request`. */
  scope: string;
}

/** A request as it is signed; `path` and `query` are decoded. */
export interface SignedParts {
  method: string;
  path: string;
  query: readonly (readonly [string, string])[];
  /** In the order of the signed header names. */
  headers: readonly (readonly [string, string])[];
  payload: string;
}

/** SHA-256 in hex. */
export const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** Compares in a time that does not depend on where texts differ. */
export const sameText = (a: string, b: string): boolean =>
  timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());

/** What to sign with, for one scope. */
export function signingFor(secretAccessKey: string, scope: string, date: string): Signing {
  return { key: scope.split('/').reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`) as Buffer, date, scope };
}

/** A signature in hex. */
export const sign = ({ key }: Signing, text: string): string => hmac(key, text).toString('hex');

/** The signature of a request. */
export function signRequest(signing: Signing, parts: SignedParts): string {
  const canonical = sha256(canonicalRequest(parts));
  return sign(signing, ['AWS4-HMAC-SHA256', signing.date, signing.scope, canonical].join('\n'));
}

function canonicalRequest({ method, path, query, headers, payload }: SignedParts): string {
  const pairs = query
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .toSorted(([a, x], [b, y]) => compare(a, b) || compare(x, y));
  return [
    method,
    encode(path).replaceAll('%2F', '/'),
    pairs.map((pair) => pair.join('=')).join('&'),
    ...headers.map(([name, value]) => `${name}:${value.trim().replace(/ +/g, ' ')}`),
    '',
    headers.map(([name]) => name).join(';'),
    payload,
  ].join('\n');
}

const compare = (a: string, b: string): number => Number(a > b) - Number(a < b);

const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** Epoch milliseconds of a date as in `x-amz-date`; NaN if it is none. */
export function amzDate(text: string): number {
  return Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

/**
 * Checks a credential (`key/day/region/s3/aws4_request`) and answers its scope. Throws `malformed` for one that cannot
 * be right for this date and region, `InvalidAccessKeyId` for one of somebody else.
 */
export function checkCredential(
  credential: string,
  date: string,
  { credentials, region }: { credentials: S3Credentials; region: string },
  malformed: S3Code,
): string {
  const [accessKeyId, ...scope] = credential.split('/');
  const [day = '', itsRegion = '', ...rest] = scope;
  if (!accessKeyId || rest.join('/') !== 's3/aws4_request' || !/^\d{8}$/.test(day)) {
    const form = '"<YOUR-AKID>/YYYYMMDD/REGION/s3/aws4_request"';
    throw new S3Error(malformed, `the Credential is mal-formed; expecting ${form}.`);
  }
  if (itsRegion !== region) {
    throw new S3Error(malformed, `the region '${itsRegion}' is wrong; expecting '${region}'`, { Region: region });
  }
  if (!/^\d{8}T\d{6}Z$/.test(date) || Number.isNaN(amzDate(date)) || !date.startsWith(day)) {
    throw new S3Error(malformed, 'X-Amz-Date must be formated via ISO8601 Long format, on the day of the Credential');
  }
  if (!sameText(accessKeyId, credentials.accessKeyId)) throw new S3Error('InvalidAccessKeyId');
  return scope.join('/');
}

/** Throws unless the token is the one that belongs to the keys. */
export function checkToken(token: string | undefined, { sessionToken }: S3Credentials): void {
  if (sessionToken !== undefined && token === undefined) throw new S3Error('InvalidAccessKeyId');
  if (!sameText(token ?? '', sessionToken ?? '')) throw new S3Error('InvalidToken');
}
