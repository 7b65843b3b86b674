/** The bucket of staged media: uploads, pictures handed out, sealed plans and results. Nothing in it is meant to stay. */
import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  HttpMethods,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

/** What a function must know of the bucket to use it. */
export interface BucketHandle {
  /** CloudFormation makes the name. */
  readonly name: string;
  readonly arn: string;
  /** ARN of the KMS key that encrypts it. */
  readonly keyArn: string;
}

/** Where objects lie, by who put them there. Functions are granted one of these at a time. */
export type MediaFolder = 'uploads' | 'results' | 'sealed';

/**
 * Makes the bucket, with the stable id `Media`. It has no versions and no copies, because what is deleted must be gone,
 * and no access log, because that would hold the signatures of presigned links. A stack that does not retain it can be
 * deleted once it is empty, two days after the last use: emptying it at once would take a custom resource.
 */
export function mediaBucket(
  scope: Construct,
  key: IKey,
  removalPolicy: RemovalPolicy,
  uploadOrigins: readonly string[] = [],
): BucketHandle {
  const bucket = new Bucket(scope, 'Media', {
    encryption: BucketEncryption.KMS,
    encryptionKey: key,
    bucketKeyEnabled: true,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    versioned: false,
    // The net under Signet's own deletions. S3 rounds a day up to the next midnight, UTC.
    lifecycleRules: [{ expiration: Duration.days(1), abortIncompleteMultipartUploadAfter: Duration.days(1) }],
    removalPolicy,
    ...(uploadOrigins.length === 0
      ? {}
      : { cors: [{ allowedMethods: [HttpMethods.POST], allowedOrigins: [...uploadOrigins], maxAge: 300 }] }),
  });
  (bucket.node.defaultChild as CfnBucket).overrideLogicalId('Media');
  return { name: bucket.bucketName, arn: bucket.bucketArn, keyArn: key.keyArn };
}
