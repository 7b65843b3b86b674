/** Browser uploads to S3: the signed form of a presigned POST (Amazon S3, "Creating a POST policy", Signature Version 4). */
import { createHmac } from 'node:crypto';

/** What signs the form. */
export interface FormCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** What may be uploaded with a form, and until when. */
export interface FormGrant {
  readonly bucket: string;
  /** Exact fields that the upload must carry: `key`, `Content-Type` and so on. */
  readonly fields: Readonly<Record<string, string>>;
  /** Exact size of the file in bytes. */
  readonly size: number;
  readonly region: string;
  /** Epoch milliseconds. */
  readonly signedAt: number;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** The signature of a policy: the policy itself, in base64, is what is signed. */
export function signPolicy(policy: string, secretAccessKey: string, day: string, region: string): string {
  const scope = [day, region, 's3', 'aws4_request'];
  const key = scope.reduce<string | Buffer>((above, part) => hmac(above, part), `AWS4${secretAccessKey}`);
  return hmac(key, policy).toString('hex');
}

/** Every field of the form but the file, which comes last. */
export function signedForm(grant: FormGrant, credentials: FormCredentials): Readonly<Record<string, string>> {
  const { bucket, fields, size, region, signedAt, expiresAt } = grant;
  const date = `${new Date(signedAt).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
  const day = date.slice(0, 8);
  const all = {
    ...fields,
    'x-amz-algorithm': 'AWS4-HMAC-SHA256',
    'x-amz-credential': `${credentials.accessKeyId}/${day}/${region}/s3/aws4_request`,
    'x-amz-date': date,
    ...(credentials.sessionToken === undefined ? {} : { 'x-amz-security-token': credentials.sessionToken }),
  };
  const conditions = [
    { bucket },
    ...Object.entries(all).map(([name, value]) => ({ [name]: value })),
    ['content-length-range', size, size],
  ];
  const expiration = new Date(expiresAt).toISOString();
  const policy = Buffer.from(JSON.stringify({ expiration, conditions })).toString('base64');
  return {
    ...all,
    Policy: policy,
    'X-Amz-Signature': signPolicy(policy, credentials.secretAccessKey, day, region),
  };
}
