/** Browser uploads: POST with a form (Amazon S3 API Reference, "POST Object"). */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ByteReader } from './bytes.ts';
import { expectedOf } from './checksums.ts';
import { S3Error, xml } from './error.ts';
import { boundaryOf, readForm } from './multipart.ts';
import { checkForm } from './post-policy.ts';
import type { SignatureOptions } from './signature.ts';
import type { Bucket } from './store.ts';
import { checkKey } from './target.ts';
import { encryptionOf, store } from './upload.ts';

/** One form that is sent to a bucket. */
export interface FormRequest {
  request: IncomingMessage;
  response: ServerResponse;
  /** The body, with a line break before it. */
  reader: ByteReader;
  bucket: Bucket;
  bucketName: string;
  signatures: SignatureOptions;
}

const known =
  /^(key|bucket|policy|content-type|content-md5|success_action_status|x-ignore-.*|x-amz-(algorithm|credential|date|security-token|signature|checksum-\w+|server-side-encryption(-aws-kms-key-id|-bucket-key-enabled)?))$/;

/** Stores the file of a form. */
export async function postObject(action: FormRequest): Promise<void> {
  const { request, response, reader, bucket, bucketName, signatures } = action;
  const boundary = boundaryOf(request.headers['content-type']);
  if (request.headers['content-length'] === undefined) throw new S3Error('MissingContentLength');
  const { fields, file } = await readForm(reader, boundary);
  const size = checkForm(fields, bucketName, signatures);
  const unknown = [...fields].find(([name, value]) => !known.test(name) || value.includes('${filename}'));
  if (unknown) throw new S3Error('NotImplemented', undefined, { Field: unknown[0] });
  const field = (name: string): string | undefined => fields.get(name);
  const key = field('key') ?? '';
  if (key === '') throw new S3Error('InvalidArgument', 'User key must have a length greater than 0.');
  checkKey(key);
  const { etag = '', ...headers } = await store(bucket, {
    key,
    contentType: field('content-type'),
    encryption: encryptionOf(field),
    body: file,
    size,
    expected: expectedOf([...fields.keys()], field),
    ifAbsent: false,
    finish: () => reader.drain(),
  });
  const status = Number(field('success_action_status'));
  const location = `http://${request.headers.host}/${bucketName}/${encodeURIComponent(key)}`;
  response.writeHead(status === 200 || status === 201 ? status : 204, { etag, location, ...headers });
  response.end(
    status === 201 ? xml('PostResponse', { Location: location, Bucket: bucketName, Key: key, ETag: etag }) : '',
  );
}
