import { createHash } from 'node:crypto';
import { type Assembly, readAssembly } from './assembly.ts';
import {
  asText,
  createResolver,
  isObject,
  type Json,
  type Physical,
  parameterValues,
  type Resolver,
  type Resource,
} from './intrinsics.ts';
import type { Found, FunctionModel, ScheduleModel, SecretModel, StageModel, TableModel } from './model.ts';
import { bucketModel, bucketNames } from './s3/template.ts';
import { stateMachineModel } from './state-machines/template.ts';
import { readApi } from './template-api.ts';

/** Types that a running stage is made of; each is read by the functions below or by the API reader. */
const emulated = new Set([
  'AWS::Lambda::Function',
  'AWS::Lambda::LayerVersion',
  'AWS::DynamoDB::Table',
  'AWS::DynamoDB::GlobalTable',
  'AWS::SecretsManager::Secret',
  'AWS::S3::Bucket',
  'AWS::StepFunctions::StateMachine',
  'AWS::Events::Rule',
  'AWS::ApiGateway::RestApi',
  'AWS::ApiGateway::Resource',
  'AWS::ApiGateway::Method',
  'AWS::ApiGateway::GatewayResponse',
  'AWS::ApiGateway::Stage',
]);

/** Types without which a stage runs all the same: permissions, encryption, deployment, metering and watching. */
const ignored =
  /^AWS::(IAM|KMS|Logs|CloudWatch|SNS|CDK|WAFv2|XRay|ApplicationInsights)::|^AWS::Lambda::(Permission|EventInvokeConfig|Version|Alias)$|^AWS::ApiGateway::(Account|ApiKey|Deployment|UsagePlan|UsagePlanKey)$|^AWS::SecretsManager::ResourcePolicy$|^AWS::S3::BucketPolicy$/;

/** Reads and resolves the one stack of a cloud assembly. Throws on what the local stage cannot run, naming it. */
export function readTemplate(folder: string, parameters: Record<string, string> = {}): StageModel {
  const assembly = readAssembly(folder);
  const { template, stackName, account, region } = assembly;
  const names = physicalNames(assembly);
  const resolver: Resolver = createResolver(template, {
    parameters: parameterValues(template, parameters),
    pseudo: pseudoParameters(assembly),
    physical: (logicalId) => names(logicalId, resolver),
  });
  const active = Object.entries(template.Resources).filter(
    ([, { Condition }]) => Condition === undefined || resolver.condition(Condition),
  );
  for (const [logicalId, { Type }] of active) {
    if (!emulated.has(Type) && !ignored.test(Type)) {
      throw new Error(`The local stage cannot run ${Type} (${logicalId}).`);
    }
  }
  const read = <T>(types: string[], make: (resource: Found) => T): T[] =>
    active
      .filter(([, { Type }]) => types.includes(Type))
      .map(([logicalId, resource]) => {
        const properties = (resolver.value(resource.Properties ?? {}) ?? {}) as Json;
        return make({ logicalId, resource, properties, physical: names(logicalId, resolver) });
      });
  const layers = new Map(
    read(['AWS::Lambda::LayerVersion'], ({ physical, properties }) => [
      physical.ref,
      assembly.assetFolder(String((properties.Content as Json).S3Key)),
    ]),
  );
  const functions = read(['AWS::Lambda::Function'], (found) => functionModel(found, assembly, layers));
  const byArn = (arn: unknown): FunctionModel => {
    // Methods name a function inside a longer ARN, `…:lambda:path/2015-03-31/functions/<ARN>/invocations`.
    const own = /\/functions\/(.*)\/invocations$/.exec(String(arn))?.[1] ?? arn;
    const match = functions.find((candidate) => candidate.arn === own);
    if (!match) throw new Error(`The template sends events to ${String(arn)}, which is no function of it.`);
    return match;
  };
  return {
    stackName,
    account,
    region,
    functions,
    tables: read(['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'], tableModel),
    secrets: read(['AWS::SecretsManager::Secret'], secretModel),
    buckets: read(['AWS::S3::Bucket'], bucketModel),
    stateMachines: read(['AWS::StepFunctions::StateMachine'], (found) =>
      stateMachineModel(found, constructName(found.logicalId, found.resource)),
    ),
    schedules: read(['AWS::Events::Rule'], (found) => scheduleModels(found, byArn)).flat(),
    api: readApi(
      read(
        [...emulated].filter((type) => type.startsWith('AWS::ApiGateway::')),
        (found) => found,
      ),
      byArn,
    ),
  };
}

const partitionOf = (region: string): string => (region.startsWith('cn-') ? 'aws-cn' : 'aws');

function pseudoParameters({ account, region, stackName }: Assembly): Record<string, string> {
  const partition = partitionOf(region);
  return {
    'AWS::AccountId': account,
    'AWS::Partition': partition,
    'AWS::Region': region,
    'AWS::StackName': stackName,
    'AWS::StackId': `arn:${partition}:cloudformation:${region}:${account}:stack/${stackName}/local`,
    'AWS::URLSuffix': partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com',
  };
}

/** The id the construct was given: the last part of its path that CDK did not add by itself. */
function constructName(logicalId: string, resource: Resource): string {
  const path = asText(resource.Metadata?.['aws:cdk:path'] ?? logicalId).split('/');
  const own = path.filter((part) => part !== 'Resource' && part !== 'Function');
  return own.at(-1) ?? logicalId;
}

function physicalNames({ template, stackName, account, region }: Assembly) {
  const arn = (service: string, rest: string): string =>
    `arn:${partitionOf(region)}:${service}:${region}:${account}:${rest}`;
  const named = (ref: string, attributes: Record<string, string>): Physical => ({
    ref,
    attribute: (name) => attributes[name] ?? `${ref}.${name}`,
  });
  return (logicalId: string, resolver: Resolver): Physical => {
    const resource = template.Resources[logicalId] as Resource;
    const own = (property: string, otherwise: string): string =>
      asText(resolver.value(resource.Properties?.[property]) ?? otherwise);
    switch (resource.Type) {
      case 'AWS::Lambda::Function': {
        const name = own('FunctionName', `${stackName}-${constructName(logicalId, resource)}`);
        return named(name, { Arn: arn('lambda', `function:${name}`) });
      }
      case 'AWS::Lambda::LayerVersion':
        return named(arn('lambda', `layer:${logicalId}:1`), {});
      case 'AWS::DynamoDB::Table':
      case 'AWS::DynamoDB::GlobalTable': {
        const name = own('TableName', `${stackName}-${logicalId}`);
        return named(name, { Arn: arn('dynamodb', `table/${name}`) });
      }
      case 'AWS::SecretsManager::Secret': {
        const name = own('Name', `${stackName}-${logicalId}`);
        const secretArn = arn('secretsmanager', `secret:${name}-${suffix(name)}`);
        return named(secretArn, { Id: secretArn });
      }
      case 'AWS::S3::Bucket':
        return bucketNames(own('BucketName', `${stackName}-${logicalId}`.toLowerCase()), region);
      case 'AWS::StepFunctions::StateMachine': {
        const name = own('StateMachineName', `${stackName}-${constructName(logicalId, resource)}`);
        const machineArn = arn('states', `stateMachine:${name}`);
        return named(machineArn, { Arn: machineArn, Name: name });
      }
      default:
        return named(logicalId, { Arn: arn('local', logicalId) });
    }
  };
}

/** Secrets Manager ends every ARN with six characters of its own; here they follow from the name. */
const suffix = (name: string): string =>
  createHash('sha256').update(name).digest('base64url').replace(/[-_]/g, 'x').slice(0, 6);

function functionModel(found: Found, assembly: Assembly, layers: Map<string, string>): FunctionModel {
  const { logicalId, resource, properties, physical } = found;
  const code = properties.Code as Json;
  if (typeof code.S3Key !== 'string' || typeof properties.Handler !== 'string') {
    throw new Error(`The local stage runs Lambda functions from Node.js assets only (${logicalId}).`);
  }
  const environment = ((properties.Environment as Json)?.Variables ?? {}) as Json;
  return {
    logicalId,
    name: constructName(logicalId, resource),
    functionName: physical.ref,
    arn: physical.attribute('Arn'),
    assetFolder: assembly.assetFolder(code.S3Key),
    handler: properties.Handler,
    environment: Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, String(value)])),
    memoryMegabytes: Number(properties.MemorySize ?? 128),
    timeoutSeconds: Number(properties.Timeout ?? 3),
    logFormat: (properties.LoggingConfig as Json)?.LogFormat === 'JSON' ? 'JSON' : 'Text',
    layerFolders: ((properties.Layers ?? []) as string[]).map((arn) => {
      const layer = layers.get(arn);
      if (layer === undefined)
        throw new Error(`${logicalId} uses the layer ${arn}, which the template does not define.`);
      return layer;
    }),
  };
}

function tableModel({ properties, physical }: Found): TableModel {
  const ttl = properties.TimeToLiveSpecification as { AttributeName?: string; Enabled?: boolean } | undefined;
  return {
    name: physical.ref,
    keySchema: properties.KeySchema as Json[],
    attributeDefinitions: properties.AttributeDefinitions as Json[],
    globalSecondaryIndexes: ((properties.GlobalSecondaryIndexes ?? []) as Json[]).map(
      ({ IndexName, KeySchema, Projection }) => ({ IndexName, KeySchema, Projection }),
    ),
    ttlAttribute: ttl?.Enabled === false ? undefined : ttl?.AttributeName,
  };
}

function secretModel({ properties, physical }: Found): SecretModel {
  return {
    name: physical.ref.replace(/^.*:secret:(.*)-[^-]{6}$/, '$1'),
    arn: physical.ref,
    initial: properties.SecretString as string | undefined,
    generate: isObject(properties.GenerateSecretString) ? properties.GenerateSecretString : undefined,
  };
}

function scheduleModels({ logicalId, properties, physical }: Found, byArn: (arn: unknown) => FunctionModel) {
  if (typeof properties.ScheduleExpression !== 'string') {
    throw new Error(`The local stage runs EventBridge rules on a schedule only (${logicalId}).`);
  }
  const expression = properties.ScheduleExpression;
  if (properties.State === 'DISABLED') return [];
  return ((properties.Targets ?? []) as Json[]).map(
    ({ Arn, Input }): ScheduleModel => ({
      ruleArn: physical.attribute('Arn'),
      expression,
      functionName: byArn(Arn).name,
      input: typeof Input === 'string' ? JSON.parse(Input) : undefined,
    }),
  );
}
