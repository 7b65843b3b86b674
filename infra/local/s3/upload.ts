/** What uploads with PUT and with a form have in common. */
import { type Expected, startDigests } from './checksums.ts';
import { S3Error } from './error.ts';
import type { SizeRange } from './post-policy.ts';
import type { Bucket, ObjectRecord } from './store.ts';

/** An upload whose right to be made has been checked. */
export interface Upload {
  key: string;
  contentType: string | undefined;
  encryption: Record<string, string>;
  body: AsyncIterable<Buffer>;
  size: SizeRange;
  expected: Expected;
  /** What followed the body; complete once it has been read. */
  trailers?: ReadonlyMap<string, string>;
  /** Reads what follows the body, so that a request that breaks off there leaves nothing. */
  finish: () => Promise<void>;
  /** Only if there is no such object. */
  ifAbsent: boolean;
}

/** S3's limit for one request, in bytes. */
const largest = 5 * 1024 ** 3;

/**
 * Writes an object, whole or not at all, and answers the headers that tell of it. Throws what S3 answers if size,
 * checksum or precondition do not hold.
 */
export async function store(bucket: Bucket, upload: Upload): Promise<Record<string, string>> {
  const { key, size, expected, ifAbsent, encryption, contentType = 'binary/octet-stream' } = upload;
  // They come back as headers.
  const unfit = [contentType, ...Object.values(encryption)].find((value) => !/^[\x20-\x7e]*$/.test(value));
  if (unfit !== undefined) throw new S3Error('InvalidArgument', undefined, { ArgumentValue: unfit });
  if (ifAbsent && bucket.find(key)) throw new S3Error('PreconditionFailed', undefined, { Condition: 'If-None-Match' });
  const digests = startDigests(expected);
  const max = Math.min(size.max, largest);
  const draft = await bucket.draft();
  try {
    let bytes = 0;
    for await (const chunk of upload.body) {
      bytes += chunk.length;
      if (bytes > max) throw new S3Error('EntityTooLarge', undefined, { MaxSizeAllowed: max });
      digests.update(chunk);
      await draft.write(chunk);
    }
    if (bytes < size.min) {
      throw new S3Error('EntityTooSmall', undefined, { ProposedSize: bytes, MinSizeAllowed: size.min });
    }
    await upload.finish();
    const { md5, checksum } = digests.verify(upload.trailers ?? new Map());
    const etag = `"${md5}"`;
    const record = { key, etag, size: bytes, contentType, encryption, checksum };
    if (!(await draft.commit(record, ifAbsent))) {
      throw new S3Error('PreconditionFailed', undefined, { Condition: 'If-None-Match' });
    }
    return { etag, ...encryption, ...checksum };
  } finally {
    await draft.discard();
  }
}

/** What encrypts an object, as far as it is asked for; S3's own key otherwise. Throws `InvalidArgument`. */
export function encryptionOf(field: (name: string) => string | undefined): ObjectRecord['encryption'] {
  const prefix = 'x-amz-server-side-encryption';
  const algorithm = field(prefix) ?? 'AES256';
  if (!['AES256', 'aws:kms', 'aws:kms:dsse'].includes(algorithm)) {
    throw new S3Error('InvalidArgument', 'The encryption method specified is not supported', {
      ArgumentName: prefix,
      ArgumentValue: algorithm,
    });
  }
  const companions = [`${prefix}-aws-kms-key-id`, `${prefix}-bucket-key-enabled`].flatMap((name) => {
    const value = field(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  if (companions.length > 0 && algorithm === 'AES256') {
    const message = `Server Side Encryption with AWS KMS managed key requires HTTP header ${prefix} : aws:kms`;
    throw new S3Error('InvalidArgument', message);
  }
  return { [prefix]: algorithm, ...Object.fromEntries(companions) };
}
