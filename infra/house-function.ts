/** The one way a function of Signet is made: same runtime, limits and logs; each variable comes together with its grant. */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  type ILayerVersion,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { BucketHandle, MediaFolder } from './bucket.ts';
import type { Stage } from './stages.ts';
import type { SecretHandle, TableHandle } from './state.ts';

/** What differs from function to function. */
export interface HouseFunctionProps {
  readonly stage: Stage;
  /** Name of the Lambda: its entry in `functions/` and its bundle in `dist/functions/`. */
  readonly name: string;
  readonly description: string;
  /** Folder that the build wrote. */
  readonly dist: string;
  readonly layer: ILayerVersion;
  readonly environment: Readonly<Record<string, string>>;
}

/** What a function may do with items of the table. There is no scan and no delete. */
export type TableAction = 'GetItem' | 'UpdateItem';

const kmsActions: Readonly<Record<TableAction, readonly string[]>> = {
  GetItem: ['kms:Decrypt', 'kms:DescribeKey'],
  UpdateItem: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey'],
};

/** What a function may do with objects of the bucket. There is no list: what is missing answers 403 then, not 404. */
export type ObjectAction = 'GetObject' | 'PutObject' | 'DeleteObject';

const objectKmsActions: Readonly<Record<ObjectAction, readonly string[]>> = {
  GetObject: ['kms:Decrypt'],
  PutObject: ['kms:GenerateDataKey'],
  DeleteObject: [],
};

/** One Lambda with a role and a log group of its own. */
export class HouseFunction extends Construct {
  readonly lambda: LambdaFunction;
  readonly #role: Role;

  constructor(scope: Construct, props: HouseFunctionProps) {
    super(scope, props.name);
    const { stage } = props;
    const logGroup = new LogGroup(this, 'Log', {
      retention: stage.logRetentionDays,
      removalPolicy: stage.retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    // Own role: the managed policy that Lambda gets otherwise may write to every log of the account.
    this.#role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(this.#role);
    this.lambda = new LambdaFunction(this, 'Function', {
      functionName: `signet-${stage.name}-${props.name}`,
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(`${props.dist}/functions/${props.name}`),
      handler: 'index.handler',
      layers: [props.layer],
      memorySize: 512,
      // Below API Gateway's 29 s, so that the function itself says what is known about an order.
      timeout: Duration.seconds(28),
      role: this.#role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      tracing: stage.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      environment: { ...props.environment },
      // Lambda's queue would buy again, or act hours late.
      retryAttempts: 0,
      maxEventAge: Duration.seconds(60),
    });
  }

  #allow(actions: readonly string[], resource: string, partitionKeys: readonly string[] = []): void {
    if (actions.length === 0) return;
    const operator = partitionKeys.some((key) => key.endsWith('*')) ? 'StringLike' : 'StringEquals';
    this.#role.addToPolicy(
      new PolicyStatement({
        actions: [...actions],
        resources: [resource],
        ...(partitionKeys.length === 0
          ? {}
          : { conditions: { [`ForAllValues:${operator}`]: { 'dynamodb:LeadingKeys': [...partitionKeys] } } }),
      }),
    );
  }

  /** Names the secret in the variable and lets the function read it. */
  readsSecret(variable: string, secret: SecretHandle): this {
    this.lambda.addEnvironment(variable, secret.arn);
    this.#allow(['secretsmanager:GetSecretValue'], secret.arn);
    this.#allow(['kms:Decrypt'], secret.keyArn);
    return this;
  }

  /** Names the secret in the variable and lets the function read it, add versions and move their labels. */
  replacesSecret(variable: string, secret: SecretHandle): this {
    this.readsSecret(variable, secret);
    this.#allow(
      ['secretsmanager:DescribeSecret', 'secretsmanager:PutSecretValue', 'secretsmanager:UpdateSecretVersionStage'],
      secret.arn,
    );
    this.#allow(['kms:GenerateDataKey'], secret.keyArn);
    return this;
  }

  /**
   * Names the table in the variable and allows the actions: on every item, or on those with these partition keys. A
   * key that ends with `*` stands for all that begin like it.
   */
  usesTable(
    variable: string,
    table: TableHandle,
    actions: readonly TableAction[],
    partitionKeys: readonly string[] = [],
  ): this {
    this.lambda.addEnvironment(variable, table.name);
    this.#allow(
      actions.map((action) => `dynamodb:${action}`),
      table.arn,
      partitionKeys,
    );
    this.#allow([...new Set(actions.flatMap((action) => kmsActions[action]))], table.keyArn);
    return this;
  }

  /** Allows to find the orders without an end through the table's index. */
  findsPending(table: TableHandle): this {
    this.#allow(['dynamodb:Query'], table.pendingIndexArn);
    return this;
  }

  /** Names bucket and key in their variables and allows the actions on the objects of one folder. */
  usesBucket(bucket: BucketHandle, folder: MediaFolder, actions: readonly ObjectAction[]): this {
    this.lambda.addEnvironment('SIGNET_MEDIA_BUCKET', bucket.name);
    this.lambda.addEnvironment('SIGNET_MEDIA_KEY', bucket.keyArn);
    this.#allow(
      actions.map((action) => `s3:${action}`),
      `${bucket.arn}/${folder}/*`,
    );
    this.#allow([...new Set(actions.flatMap((action) => objectKmsActions[action]))], bucket.keyArn);
    return this;
  }

  /** Allows to tell others, through the account's default event bus, what has ended. */
  sendsEvents(): this {
    const bus = Stack.of(this).formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' });
    this.#allow(['events:PutEvents'], bus);
    return this;
  }

  /** Names the state machine in the variable and lets the function start it. */
  startsExecutions(variable: string, stateMachineArn: string): this {
    this.lambda.addEnvironment(variable, stateMachineArn);
    this.#allow(['states:StartExecution'], stateMachineArn);
    return this;
  }
}
