import type { Json, Physical, Resource } from './intrinsics.ts';

/** One Lambda function as the template describes it. */
export interface FunctionModel {
  logicalId: string;
  /** The construct's own id, for example `face-verify`. */
  name: string;
  /** The deployed name, as in `AWS_LAMBDA_FUNCTION_NAME`. */
  functionName: string;
  arn: string;
  assetFolder: string;
  handler: string;
  environment: Record<string, string>;
  memoryMegabytes: number;
  timeoutSeconds: number;
  logFormat: 'JSON' | 'Text';
  /** Folders of the layers, in the order in which they are laid over `/opt`. */
  layerFolders: string[];
}

/** One DynamoDB table: the properties that `CreateTable` takes, and the attribute that `UpdateTimeToLive` takes. */
export interface TableModel {
  name: string;
  keySchema: Json[];
  attributeDefinitions: Json[];
  globalSecondaryIndexes: Json[];
  ttlAttribute?: string;
}

/** One secret; without `initial` and `generate` it is made without a value. */
export interface SecretModel {
  name: string;
  arn: string;
  initial?: string;
  generate?: Json;
}

/** One bucket. */
export interface BucketModel {
  name: string;
  arn: string;
  /** After how many days objects expire; never if not given. */
  expirationDays?: number;
}

/** One state machine. */
export interface StateMachineModel {
  /** The construct's own id. */
  name: string;
  arn: string;
  /** The definition in the Amazon States Language. */
  definition: Json;
}

/** One function started by the clock. */
export interface ScheduleModel {
  ruleArn: string;
  expression: string;
  functionName: string;
  /** Replaces the event, where the rule sets an input. */
  input?: unknown;
}

/** A synthesised stack, resolved, as far as running it needs. */
export interface StageModel {
  stackName: string;
  account: string;
  region: string;
  functions: FunctionModel[];
  tables: TableModel[];
  secrets: SecretModel[];
  buckets: BucketModel[];
  stateMachines: StateMachineModel[];
  schedules: ScheduleModel[];
  api?: ApiModel;
}

/** One method of the REST API. */
export interface MethodModel {
  /** `ANY` matches every method that the resource does not list. */
  httpMethod: string;
  /** Full path with its parameters in braces, for example `/v1/orders/{orderNo}`. */
  resource: string;
  functionName: string;
  authorizationType: string;
  /** How long API Gateway waits for the function, in milliseconds. */
  timeoutMs: number;
}

/** How the API words one kind of its own answers. */
export interface GatewayResponseModel {
  statusCode?: number;
  /** By header name, each value as in the template: a quoted literal or a `context.` reference. */
  headers: Record<string, string>;
  /** By media type. */
  templates: Record<string, string>;
}

/** The REST API of a stack. */
export interface ApiModel {
  stageName: string;
  stageVariables: Record<string, string> | null;
  methods: MethodModel[];
  /** By response type, for example `MISSING_AUTHENTICATION_TOKEN`. */
  responses: Record<string, GatewayResponseModel>;
}

/** A resource with its properties resolved. */
export interface Found {
  logicalId: string;
  resource: Resource;
  properties: Json;
  physical: Physical;
}
