import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listen } from '../listen.ts';
import type { BucketModel } from '../model.ts';
import { ByteReader } from './bytes.ts';
import { S3Error, xml } from './error.ts';
import { postObject } from './form.ts';
import { deleteObject, getObject } from './get.ts';
import { putObject } from './put.ts';
import type { ObjectRequest } from './request.ts';
import { authenticate, type SignatureOptions } from './signature.ts';
import type { S3Credentials } from './sigv4.ts';
import { type Bucket, openBucket } from './store.ts';
import { readTarget } from './target.ts';

/** What the local S3 is started with. */
export interface S3Options {
  /** Folder that keeps the objects between runs. */
  folder: string;
  /** Buckets of the template; there are no others. */
  buckets: readonly BucketModel[];
  /** The keys whose signatures are valid; with a session token, only together with it. */
  credentials: S3Credentials;
  region: string;
  /** Epoch milliseconds: the age of objects, and the expiry of presigned URLs and forms. */
  now?: () => number;
  /** Epoch milliseconds: what the date of a request with a signed header is compared with. */
  signedNow?: () => number;
}

/** A running S3. */
export interface S3 {
  endpoint: string;
  /** Ends every connection and waits until no upload leaves anything behind. */
  stop: () => Promise<void>;
}

const actions: Record<string, ((action: ObjectRequest) => Promise<void>) | undefined> = {
  PUT: putObject,
  GET: getObject,
  HEAD: getObject,
  DELETE: deleteObject,
};

/**
 * Starts S3 on a loopback port, path style: PutObject, GetObject, HeadObject, DeleteObject and POST with a form. It checks
 * signatures, policies, sizes, expiry and checksums as S3 does; what it does not know it answers with `NotImplemented`.
 * Identity and bucket policies, KMS, versions and listings are not there.
 */
export async function startS3(options: S3Options): Promise<S3> {
  const { now = Date.now, signedNow = Date.now, credentials, region } = options;
  const buckets = new Map(options.buckets.map((bucket) => [bucket.name, openBucket(options.folder, bucket, now)]));
  const signatures = { credentials, region, now, signedNow };
  const running = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const work = serve(request, response, buckets, signatures).finally(() => running.delete(work));
    running.add(work);
  });
  const port = await listen(server);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await Promise.allSettled(running);
    },
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  buckets: ReadonlyMap<string, Bucket>,
  signatures: SignatureOptions,
): Promise<void> {
  response.setHeader('x-amz-request-id', randomUUID());
  // The line break makes the first boundary of a form one like the others.
  const reader = new ByteReader(request, request.method === 'POST' ? '\r\n' : '');
  try {
    await answer(request, response, reader, buckets, signatures);
  } catch (error) {
    fail(request, response, error instanceof S3Error ? error : new S3Error('InternalError'));
  }
  await listenOn(request, reader);
}

/** A client that still sends gets its answer only if somebody listens, but may hang up at any time. */
async function listenOn({ socket }: IncomingMessage, reader: ByteReader): Promise<void> {
  if (socket.destroyed) return;
  const over = new AbortController();
  const ignore = (): void => {};
  // After the answer a request no longer tells that its connection is gone.
  const gone = once(socket, 'close', { signal: over.signal }).then(ignore, ignore);
  await Promise.race([reader.drain().catch(ignore), gone]);
  over.abort();
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  reader: ByteReader,
  buckets: ReadonlyMap<string, Bucket>,
  signatures: SignatureOptions,
): Promise<void> {
  const target = readTarget(request.url ?? '');
  const { bucket: bucketName, key, query } = target;
  const bucket = buckets.get(bucketName);
  const noBucket = (): S3Error => new S3Error('NoSuchBucket', undefined, { BucketName: bucketName });
  if (request.method === 'POST' && key === '' && query.length === 0 && request.headers.authorization === undefined) {
    if (!bucket) throw noBucket();
    return postObject({ request, response, reader, bucket, bucketName, signatures });
  }
  const signed = authenticate(request, target, signatures);
  if (!bucket) throw noBucket();
  // The parameters of a presigned URL have been read; `x-id` only names the operation.
  const known = request.headers.authorization === undefined ? /^x-(id$|amz-)/i : /^x-id$/;
  const unknown = query.find(([name]) => !known.test(name));
  if (unknown || key === '') throw new S3Error('NotImplemented');
  const action = actions[request.method ?? ''];
  if (!action) throw new S3Error('MethodNotAllowed', undefined, { Method: request.method ?? '' });
  return action({ request, response, reader, signed, bucket, key });
}

function fail(request: IncomingMessage, response: ServerResponse, error: S3Error): void {
  // What has begun cannot be taken back, only broken off.
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { code, message, details, status } = error;
  const RequestId = String(response.getHeader('x-amz-request-id'));
  const size = details.ActualObjectSize;
  if (size !== undefined) response.setHeader('content-range', `bytes */${size}`);
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(request.method === 'HEAD' ? '' : xml('Error', { Code: code, Message: message, ...details, RequestId }));
}
