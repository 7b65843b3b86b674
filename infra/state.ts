/** What a stage must not lose: its key, its table, its secrets and its bucket. Their ids are a contract: a new id is a new, empty thing. */
import { CfnOutput, Fn, RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  type CfnTable,
  ProjectionType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import { type CfnKey, type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { pendingIndex } from '../lib/store/pending.ts';
import { type BucketHandle, mediaBucket } from './bucket.ts';
import type { Stage } from './stages.ts';

/** What a function must know of a secret to use it. */
export interface SecretHandle {
  readonly arn: string;
  /** ARN of the KMS key that encrypts it. */
  readonly keyArn: string;
}

/** What a function must know of the table to use it. */
export interface TableHandle extends SecretHandle {
  readonly name: string;
  /** ARN of the index of orders without an end. */
  readonly pendingIndexArn: string;
}

/** The name of a secret that belongs to an app id, whichever stage uses it. */
export const appIdSecretName = (appId: string, kind: 'app-secret' | 'access-token' | 'sign-ticket') =>
  `signet/${appId}/${kind}`;

const exportName = (appId: string, what: 'sign-ticket' | 'key') => `signet-${appId}-${what}`;

/** Key, table, secrets and bucket of one stage. A stage that shares an app id has neither app secret nor access token. */
export class State extends Construct {
  /** Encrypts everything here, and the executions of the state machine. */
  readonly key: IKey;
  readonly table: TableHandle;
  readonly media: BucketHandle;
  /** Key of the keyed hashes (HMAC), made by the deployment. */
  readonly fingerprintKey: SecretHandle;
  /** The SIGN ticket; of the owner of the app id, if that is another stage. */
  readonly signTicket: SecretHandle;
  /** What the refresher alone may read. Absent where another stage refreshes. */
  readonly refresher?: { readonly appSecret: SecretHandle; readonly accessToken: SecretHandle };

  constructor(scope: Construct, id: string, { stage }: { readonly stage: Stage }) {
    super(scope, id);
    // "On update or delete": a first deployment that fails must not leave secrets behind whose names block the next.
    const removalPolicy = stage.retain ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;

    const key = new Key(this, 'Key', {
      description: `Table, secrets, media and verifications of Signet, stage ${stage.name}`,
      enableKeyRotation: true,
      removalPolicy,
    });
    (key.node.defaultChild as CfnKey).overrideLogicalId('StateKey');
    this.key = key;
    this.media = mediaBucket(this, key, removalPolicy, stage.uploadOrigins);

    const table = new Table(this, 'Orders', {
      partitionKey: { name: 'orderNo', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: 'ttl',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: key,
      deletionProtection: stage.retain,
      removalPolicy,
    });
    // Sparse: only orders that have not ended carry these attributes.
    table.addGlobalSecondaryIndex({
      indexName: pendingIndex.name,
      partitionKey: { name: 'pending', type: AttributeType.STRING },
      sortKey: { name: 'nextQueryAt', type: AttributeType.NUMBER },
      projectionType: ProjectionType.KEYS_ONLY,
    });
    (table.node.defaultChild as CfnTable).overrideLogicalId('Orders');
    this.table = {
      name: table.tableName,
      arn: table.tableArn,
      pendingIndexArn: `${table.tableArn}/index/${pendingIndex.name}`,
      keyArn: key.keyArn,
    };

    // L1, because the L2 construct gives every secret a random first value: what is not there yet must look empty.
    const secret = (
      logicalId: string,
      name: string,
      description: string,
      generated?: CfnSecret.GenerateSecretStringProperty,
    ) => {
      const resource = new CfnSecret(this, logicalId, {
        name,
        description,
        kmsKeyId: key.keyArn,
        generateSecretString: generated,
      });
      resource.overrideLogicalId(logicalId);
      resource.applyRemovalPolicy(removalPolicy);
      return { arn: resource.ref, keyArn: key.keyArn };
    };

    this.fingerprintKey = secret(
      'FingerprintKey',
      `signet/${stage.name}/fingerprint-key`,
      'Key of the keyed hashes in order records. A new value makes repeated orders look different.',
      { passwordLength: 64, excludePunctuation: true },
    );
    if (stage.appIdOwner !== undefined) {
      this.signTicket = {
        arn: Fn.importValue(exportName(stage.appId, 'sign-ticket')),
        keyArn: Fn.importValue(exportName(stage.appId, 'key')),
      };
      return;
    }
    this.refresher = {
      appSecret: secret(
        'AppSecret',
        appIdSecretName(stage.appId, 'app-secret'),
        'Secret of the app id, written by the operator as plain text.',
      ),
      accessToken: secret(
        'AccessToken',
        appIdSecretName(stage.appId, 'access-token'),
        'Access token of the app id, written and read by refresh-ticket alone.',
      ),
    };
    this.signTicket = secret(
      'SignTicket',
      appIdSecretName(stage.appId, 'sign-ticket'),
      'SIGN ticket of the app id, written by refresh-ticket, read by every operation.',
    );
    const shared = { 'sign-ticket': this.signTicket.arn, key: key.keyArn } as const;
    for (const [what, value] of Object.entries(shared)) {
      new CfnOutput(this, `Export-${what}`, {
        value,
        exportName: exportName(stage.appId, what as keyof typeof shared),
        description: 'For stages that share the app id',
      });
    }
  }
}
