/** Digests of a body, and what a client says they are (Amazon S3 User Guide, "Checking object integrity"). */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { S3Error } from './error.ts';

interface Digest {
  update: (chunk: Uint8Array) => void;
  digest: () => Buffer;
}

const hash = (name: string): Digest => {
  const running = createHash(name);
  return { update: (chunk) => void running.update(chunk), digest: () => running.digest() };
};

const crc = (step: (chunk: Uint8Array, value: number) => number): Digest => {
  let value = 0;
  return {
    update: (chunk) => {
      value = step(chunk, value);
    },
    digest: () => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value >>> 0);
      return bytes;
    },
  };
};

const castagnoli = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

function crc32c(chunk: Uint8Array, before: number): number {
  let value = ~before;
  for (const byte of chunk) value = (castagnoli[(value ^ byte) & 0xff] as number) ^ (value >>> 8);
  return ~value;
}

const algorithms: Record<string, () => Digest> = {
  md5: () => hash('md5'),
  sha1: () => hash('sha1'),
  sha256: () => hash('sha256'),
  crc32: () => crc(crc32),
  crc32c: () => crc(crc32c),
};

/** What a body must come to. */
export interface Expected {
  /** By algorithm, in base64. */
  digests: Record<string, string>;
  /** `x-amz-content-sha256`, in hex. */
  contentSha256?: string;
  /** The checksum header that follows the body instead, for example `x-amz-checksum-crc32`. */
  trailer?: string;
}

const checksumField = /^x-amz-checksum-(.+)$/;

/**
 * What the fields of an upload say of its body. Throws `NotImplemented` for an algorithm that is not known here,
 * `InvalidDigest` and `InvalidRequest` for what cannot be right.
 */
export function expectedOf(fields: readonly string[], field: (name: string) => string | undefined): Expected {
  const digests: Record<string, string> = {};
  const trailer = field('x-amz-trailer');
  const given = fields.filter((name) => checksumField.test(name));
  if (given.length + Number(trailer !== undefined) > 1) {
    const message = 'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.';
    throw new S3Error('InvalidRequest', message);
  }
  for (const name of given) digests[algorithmOf(name)] = checked(algorithmOf(name), field(name) ?? '');
  if (trailer !== undefined) algorithmOf(trailer);
  const md5 = field('content-md5');
  if (md5 !== undefined) digests.md5 = checked('md5', md5);
  const announced = field('x-amz-sdk-checksum-algorithm')?.toLowerCase();
  if (announced !== undefined && ![...given, trailer].includes(`x-amz-checksum-${announced}`)) {
    const what = 'no corresponding x-amz-checksum-* or x-amz-trailer headers were found';
    throw new S3Error('InvalidRequest', `x-amz-sdk-checksum-algorithm specified, but ${what}.`);
  }
  return { digests, trailer };
}

function algorithmOf(field: string): string {
  const name = checksumField.exec(field)?.[1] ?? '';
  if (name !== 'md5' && Object.hasOwn(algorithms, name)) return name;
  throw new S3Error('NotImplemented', `${field} is not implemented here.`);
}

function checked(algorithm: string, value: string): string {
  const size = algorithms[algorithm]?.().digest().length;
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length === size && bytes.toString('base64') === value) return value;
  throw new S3Error('InvalidDigest', `The value specified for ${algorithm} is invalid.`);
}

/** Running digests of a body. */
export interface Digests {
  update: (chunk: Uint8Array) => void;
  /** Ends; answers the MD5 in hex and the checksum header that the object keeps. Throws if anything does not match. */
  verify: (trailers: ReadonlyMap<string, string>) => { md5: string; checksum: Record<string, string> };
}

/** Starts the digests that an upload needs. */
export function startDigests({ digests, contentSha256, trailer }: Expected): Digests {
  const trailing = trailer === undefined ? [] : [algorithmOf(trailer)];
  const hex = contentSha256 === undefined ? [] : ['sha256'];
  const names = new Set(['md5', ...Object.keys(digests), ...trailing, ...hex]);
  const running = [...names].map((name) => [name, (algorithms[name] as () => Digest)()] as const);
  return {
    update: (chunk) => {
      for (const [, digest] of running) digest.update(chunk);
    },
    verify: (trailers) => {
      const results = new Map(running.map(([name, digest]) => [name, digest.digest()]));
      if (contentSha256 !== undefined && results.get('sha256')?.toString('hex') !== contentSha256) {
        throw new S3Error('XAmzContentSHA256Mismatch');
      }
      const late = trailer === undefined ? undefined : trailers.get(trailer);
      if (trailing[0] !== undefined && late === undefined) throw new S3Error('MalformedTrailerError');
      const all = {
        ...digests,
        ...(trailing[0] === undefined ? {} : { [trailing[0]]: checked(trailing[0], late ?? '') }),
      };
      const checksum: Record<string, string> = {};
      for (const [name, value] of Object.entries(all)) {
        if (results.get(name)?.toString('base64') !== value) {
          const what = name === 'md5' ? 'Content-MD5' : name.toUpperCase();
          throw new S3Error('BadDigest', `The ${what} you specified did not match what we received.`);
        }
        if (name !== 'md5') checksum[`x-amz-checksum-${name}`] = value;
      }
      return { md5: results.get('md5')?.toString('hex') ?? '', checksum };
    },
  };
}
