import { describe, expect, test } from 'vitest';
import { stages, synthesise, target } from './synthesise.ts';

const dev = synthesise(stages.dev);
const { Media } = dev.template.Resources;

describe('the bucket of staged media', () => {
  test('is the only one, and CloudFormation names it', () => {
    expect(dev.all('AWS::S3::Bucket').map(([id]) => id)).toEqual(['Media']);
    expect(Media!.Properties).not.toHaveProperty('BucketName');
  });

  test("is encrypted with the stage's key, through a key of its own", () => {
    expect(Media!.Properties.BucketEncryption).toEqual({
      ServerSideEncryptionConfiguration: [
        {
          BucketKeyEnabled: true,
          ServerSideEncryptionByDefault: {
            SSEAlgorithm: 'aws:kms',
            KMSMasterKeyID: { 'Fn::GetAtt': ['StateKey', 'Arn'] },
          },
        },
      ],
    });
  });

  test('is closed to the public, and what lies in it is its own', () => {
    expect(Media!.Properties.PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
    expect(Media!.Properties.OwnershipControls).toEqual({ Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] });
  });

  test('empties itself: everything after a day, unfinished uploads too', () => {
    expect(Media!.Properties.LifecycleConfiguration).toEqual({
      Rules: [{ Status: 'Enabled', ExpirationInDays: 1, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }],
    });
  });

  // A version, a copy or a log with the signatures of links would outlive what was deleted.
  test.each([
    'VersioningConfiguration',
    'ReplicationConfiguration',
    'LoggingConfiguration',
    'CorsConfiguration',
    'WebsiteConfiguration',
    'ObjectLockEnabled',
  ])('has no %s', (property) => {
    expect(Media!.Properties).not.toHaveProperty(property);
  });

  test('is reached through TLS only, and its policy allows nothing', () => {
    const policies = dev.all('AWS::S3::BucketPolicy').map(([, { Properties }]) => Properties);
    expect(policies).toHaveLength(1);
    const { Bucket, PolicyDocument } = policies[0];
    expect(Bucket).toEqual({ Ref: 'Media' });
    expect(PolicyDocument.Statement).toHaveLength(1);
    const [{ Resource, ...statement }] = PolicyDocument.Statement;
    expect(statement).toEqual({
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Action: 's3:*',
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    });
    expect(Resource.map(target)).toEqual(['Media', 'Media/*']);
  });
});

test('web pages of the origins that a stage names may upload, and do nothing else', () => {
  const origins = ['https://app.example.com'];
  const { Properties } = synthesise({ ...stages.dev, uploadOrigins: origins }).template.Resources.Media!;
  expect(Properties.CorsConfiguration).toEqual({
    CorsRules: [{ AllowedMethods: ['POST'], AllowedOrigins: origins, MaxAge: 300 }],
  });
});
