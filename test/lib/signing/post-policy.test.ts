import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type FormGrant, signedForm, signPolicy } from '../../../lib/signing/post-policy.ts';
import { postPolicyExample } from '../../fixtures/aws-post-policy.ts';

const grant: FormGrant = {
  bucket: 'signet-local-media',
  fields: {
    key: 'uploads/abc',
    'Content-Type': 'image/jpeg',
    'x-amz-server-side-encryption': 'aws:kms',
    'x-amz-server-side-encryption-aws-kms-key-id': 'arn:aws:kms:us-east-1:000000000000:key/1',
  },
  size: 22_645,
  region: 'eu-central-1',
  signedAt: Date.parse('2026-01-05T02:03:04.567Z'),
  expiresAt: Date.parse('2026-01-05T02:08:04.567Z'),
};
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'synthetic-secret' };

const policyOf = (form: Readonly<Record<string, string>>) =>
  JSON.parse(Buffer.from(form.Policy!, 'base64').toString('utf8')) as { expiration: string; conditions: unknown[] };

describe('the signature of a policy', () => {
  it("is that of Amazon's example", () => {
    expect(postPolicyExample.policy).toHaveLength(648);
    const policy = Buffer.from(postPolicyExample.policy).toString('base64');
    expect(signPolicy(policy, postPolicyExample.secret, '20151229', 'us-east-1')).toBe(postPolicyExample.signature);
  });

  it.each(['20151228', '20151230'])('is another one on day %s', (day) => {
    const policy = Buffer.from(postPolicyExample.policy).toString('base64');
    expect(signPolicy(policy, postPolicyExample.secret, day, 'us-east-1')).not.toBe(postPolicyExample.signature);
  });
});

describe('a signed form', () => {
  const scope = '20260105/eu-central-1/s3/aws4_request';
  const sent = {
    ...grant.fields,
    'x-amz-algorithm': 'AWS4-HMAC-SHA256',
    'x-amz-credential': `AKIDEXAMPLE/${scope}`,
    'x-amz-date': '20260105T020304Z',
  };

  it('sends every field that its policy fixes, and fixes every field that it sends', () => {
    const { Policy, 'X-Amz-Signature': signature, ...fields } = signedForm(grant, credentials);
    expect(fields).toEqual(sent);
    expect(signature).toMatch(/^[0-9a-f]{64}$/);
    expect(policyOf({ Policy: Policy! })).toEqual({
      expiration: '2026-01-05T02:08:04.567Z',
      conditions: [
        { bucket: 'signet-local-media' },
        ...Object.entries(sent).map(([name, value]) => ({ [name]: value })),
        ['content-length-range', 22_645, 22_645],
      ],
    });
  });

  it('carries the token of temporary credentials, in the policy too', () => {
    const form = signedForm(grant, { ...credentials, sessionToken: 'token==' });
    expect(form['x-amz-security-token']).toBe('token==');
    expect(policyOf(form).conditions).toContainEqual({ 'x-amz-security-token': 'token==' });
    expect(signedForm(grant, credentials)).not.toHaveProperty('x-amz-security-token');
  });

  it('is signed with the key of its day, region and service, written again here', () => {
    const { Policy, 'X-Amz-Signature': signature } = signedForm(grant, credentials);
    const mac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest();
    const ofDay = mac('AWS4synthetic-secret', '20260105');
    const ofService = mac(mac(ofDay, 'eu-central-1'), 's3');
    expect(signature).toBe(mac(mac(ofService, 'aws4_request'), Policy!).toString('hex'));
  });
});
