/** S3 behind {@link ObjectStore}. Loaded by the first call that needs it: most functions never do. */

import { once } from 'node:events';
import type { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { clientOptions } from './client-options.ts';
import type { ObjectStore, ObjectStoreOptions } from './objects.ts';
import { signedForm } from './post-policy.ts';

/** Without the permission to list a bucket, S3 says `AccessDenied` of an object that is not there. */
const missing = (error: unknown): boolean =>
  error instanceof NoSuchKey ||
  (error instanceof S3ServiceException && (error.name === 'AccessDenied' || error.$metadata.httpStatusCode === 404));

const changed = (error: unknown): boolean =>
  error instanceof S3ServiceException && error.$metadata.httpStatusCode === 412;

/** The client's own limits end with the headers. @throws when nothing follows them */
async function firstBytes(body: Readable, patience: number): Promise<void> {
  try {
    await once(body, 'readable', { signal: AbortSignal.timeout(patience) });
  } catch (error) {
    body.destroy();
    throw error;
  }
}

/** The store of one bucket. */
export function s3Store({ bucket: Bucket, key: kmsKey, now, patience = 2_000 }: ObjectStoreOptions): ObjectStore {
  // Uploads carry no checksum of the SDK's own: the connection is TLS, and a link would be signed with that of nothing.
  const client = new S3Client({
    ...clientOptions,
    maxAttempts: 2,
    requestHandler: { ...clientOptions.requestHandler, requestTimeout: 2_000 },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const encrypted = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kmsKey } as const;

  return {
    async open(Key, etag) {
      try {
        const found = await client.send(new GetObjectCommand({ Bucket, Key, IfMatch: etag }));
        const body = found.Body as Readable;
        await firstBytes(body, patience);
        return {
          etag: found.ETag ?? '',
          size: found.ContentLength ?? -1,
          contentType: found.ContentType ?? '',
          body,
        };
      } catch (error) {
        if (missing(error)) return 'missing';
        if (changed(error)) return 'changed';
        throw error;
      }
    },

    async put(Key, Body, ContentType) {
      await client.send(new PutObjectCommand({ Bucket, Key, Body, ContentType, ...encrypted }));
    },

    async remove(Key) {
      await client.send(new DeleteObjectCommand({ Bucket, Key }));
    },

    link: (Key, seconds) =>
      getSignedUrl(client, new GetObjectCommand({ Bucket, Key }), { expiresIn: seconds, signingDate: new Date(now()) }),

    async form(Key, contentType, size, seconds) {
      const [credentials, region] = await Promise.all([client.config.credentials(), client.config.region()]);
      // The address of the bucket is that of any link into it.
      const { origin, pathname } = new URL(await getSignedUrl(client, new GetObjectCommand({ Bucket, Key })));
      const fields = {
        key: Key,
        'Content-Type': contentType,
        'x-amz-server-side-encryption': 'aws:kms',
        'x-amz-server-side-encryption-aws-kms-key-id': kmsKey,
      };
      const signedAt = now();
      const grant = { bucket: Bucket, fields, size, region, signedAt, expiresAt: signedAt + seconds * 1000 };
      return { url: origin + pathname.slice(0, -Key.length), fields: signedForm(grant, credentials) };
    },
  };
}
