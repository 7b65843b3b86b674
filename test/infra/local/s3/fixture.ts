import { join } from 'node:path';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { onTestFinished } from 'vitest';
import { type S3Options, startS3 } from '../../../../infra/local/s3/s3.ts';
import { sign, signingFor } from '../../../../infra/local/s3/sigv4.ts';
import { temporaryFolder } from '../fixtures.ts';

export const bucket = 'signet-media';
export const region = 'cn-north-1';
export const credentials = { accessKeyId: 'ASIASAMPLE', secretAccessKey: 'secret', sessionToken: 'token' };
export const bucketModel = { name: bucket, arn: `arn:aws-cn:s3:::${bucket}`, expirationDays: 1 };

/** What a form says to encrypt with a key of KMS. */
export const kms = {
  'x-amz-server-side-encryption': 'aws:kms',
  'x-amz-server-side-encryption-aws-kms-key-id': 'arn:aws-cn:kms:cn-north-1:0:key/k',
};

/** A bucket on a loopback port, with the SDK's client for it. */
export async function start(more: Partial<S3Options> = {}, client: S3ClientConfig = {}) {
  const folder = more.folder ?? join(temporaryFolder(), 's3');
  const options = { folder, buckets: [bucketModel], credentials, region, ...more };
  const { endpoint, stop } = await startS3(options);
  const s3 = new S3Client({ endpoint, region, credentials, maxAttempts: 1, ...client });
  onTestFinished(async () => {
    s3.destroy();
    await stop();
  });
  return { folder, endpoint, stop, s3 };
}

/** The code in an answer of S3's. */
export const codeOf = async (response: Response): Promise<[number, string | undefined]> => [
  response.status,
  /<Code>(.*)<\/Code>/.exec(await response.text())?.[1],
];

/** How a form of `signedFields` differs from the ordinary one. */
export interface FormOptions {
  /** Epoch milliseconds. */
  signedAt?: number;
  seconds?: number;
  key?: string;
  size?: [number, number];
  /** More fields, each with its condition. */
  fields?: Record<string, string>;
  /** More conditions. */
  conditions?: unknown[];
  policy?: string;
}

const amz = (at: number): string => new Date(at).toISOString().replace(/[-:]|\.\d+/g, '');

/** The fields of a presigned POST. */
export function signedFields(options: FormOptions = {}): Record<string, string> {
  const {
    signedAt = Date.now(),
    seconds = 300,
    key = 'uploads/a',
    size = [1, 10],
    fields = {},
    conditions = [],
  } = options;
  const date = amz(signedAt);
  const scope = `${date.slice(0, 8)}/${region}/s3/aws4_request`;
  const all = {
    key,
    'Content-Type': 'image/jpeg',
    ...fields,
    'x-amz-algorithm': 'AWS4-HMAC-SHA256',
    'x-amz-credential': `${credentials.accessKeyId}/${scope}`,
    'x-amz-date': date,
    'x-amz-security-token': credentials.sessionToken,
  };
  const document = {
    expiration: new Date(signedAt + seconds * 1000).toISOString(),
    conditions: [
      { bucket },
      ...Object.entries(all).map(([name, value]) => ({ [name]: value })),
      ['content-length-range', ...size],
      ...conditions,
    ],
  };
  const policy = options.policy ?? Buffer.from(JSON.stringify(document)).toString('base64');
  const signing = signingFor(credentials.secretAccessKey, scope, date);
  return { ...all, policy, 'x-amz-signature': sign(signing, policy) };
}

/** A form as a browser sends it. */
export function formOf(fields: Record<string, string>, file: string | Uint8Array<ArrayBuffer>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([file]), 'card.jpg');
  return form;
}

/** Sends a form. */
export const post = (
  endpoint: string,
  fields: Record<string, string>,
  file: string | Uint8Array<ArrayBuffer> = 'picture',
): Promise<Response> => fetch(`${endpoint}/${bucket}/`, { method: 'POST', body: formOf(fields, file) });

/** All of a body. */
export async function collect(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
