import { S3Error } from './error.ts';

/** What a request addresses, path style: `/bucket/key?query`. Everything is decoded. */
export interface Target {
  path: string;
  bucket: string;
  /** Empty for the bucket itself. */
  key: string;
  query: (readonly [string, string])[];
}

/** S3's limit for a key, in bytes of UTF-8. */
const keyLimit = 1024;

/** Reads the address of a request. Throws `InvalidURI` or `KeyTooLongError`. */
export function readTarget(url: string): Target {
  const [rawPath = '', ...rest] = url.split('?');
  const path = decode(rawPath);
  if (!path.startsWith('/')) throw new S3Error('InvalidURI');
  const slash = path.indexOf('/', 1);
  const bucket = slash < 0 ? path.slice(1) : path.slice(1, slash);
  const key = slash < 0 ? '' : path.slice(slash + 1);
  checkKey(key);
  const query = rest
    .join('?')
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return [decode(name), decode(value.join('='))] as const;
    });
  return { path, bucket, key, query };
}

/** Throws `KeyTooLongError` for what cannot be a key. */
export function checkKey(key: string): void {
  if (Buffer.byteLength(key) > keyLimit) throw new S3Error('KeyTooLongError');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Error('InvalidURI');
  }
}
