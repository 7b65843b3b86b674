import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createResolver, parameterValues, type Template } from '../../../infra/local/intrinsics.ts';
import { readTemplate } from '../../../infra/local/template.ts';
import { apiResources, assemblyFrom, functionResource, proxyTo, temporaryFolder } from './fixtures.ts';

describe('intrinsics', () => {
  const template: Template = {
    Conditions: {
      Yes: { 'Fn::Equals': [{ Ref: 'Url' }, 'http://x'] },
      No: { 'Fn::Not': [{ Condition: 'Yes' }] },
      Both: { 'Fn::And': [{ Condition: 'Yes' }, { 'Fn::Or': [{ Condition: 'No' }, { Condition: 'Yes' }] }] },
    },
    Mappings: { Map: { top: { second: 'found' } } },
    Resources: { Thing: { Type: 'AWS::IAM::Role' } },
  };
  const { value } = createResolver(template, {
    parameters: { Url: 'http://x' },
    pseudo: { 'AWS::Region': 'cn-north-1' },
    physical: (id) => ({ ref: `${id}-ref`, attribute: (name) => `${id}-${name}` }),
  });

  test.each<[unknown, unknown]>([
    [{ Ref: 'Url' }, 'http://x'],
    [{ Ref: 'AWS::Region' }, 'cn-north-1'],
    [{ Ref: 'Thing' }, 'Thing-ref'],
    [{ 'Fn::GetAtt': ['Thing', 'Arn'] }, 'Thing-Arn'],
    [{ 'Fn::GetAtt': 'Thing.A.B' }, 'Thing-A.B'],
    [{ 'Fn::Sub': '${Url}/${Thing}/${Thing.Arn}/${!Literal}' }, 'http://x/Thing-ref/Thing-Arn/${Literal}'],
    [{ 'Fn::Sub': ['${a}-${AWS::Region}', { a: { Ref: 'Url' } }] }, 'http://x-cn-north-1'],
    [{ 'Fn::Join': ['-', ['a', { Ref: 'Thing' }]] }, 'a-Thing-ref'],
    [{ 'Fn::Select': ['1', { 'Fn::Split': [':', 'a:b:c'] }] }, 'b'],
    [{ 'Fn::If': ['Both', 'yes', 'no'] }, 'yes'],
    [{ 'Fn::If': ['No', 'yes', { Ref: 'AWS::NoValue' }] }, undefined],
    [{ 'Fn::FindInMap': ['Map', 'top', 'second'] }, 'found'],
    [{ a: { Ref: 'AWS::NoValue' }, b: [{ Ref: 'AWS::NoValue' }, 1] }, { b: [1] }],
  ])('%j', (input, output) => {
    expect(value(input)).toEqual(output);
  });

  test('what it does not know is an error that names it', () => {
    expect(() => value({ Ref: 'Nothing' })).toThrow('refers to Nothing');
    expect(() => value({ 'Fn::GetAtt': ['Nothing', 'Arn'] })).toThrow('refers to Nothing');
    expect(() => value({ 'Fn::ImportValue': 'x' })).toThrow('Fn::ImportValue');
    expect(() => value({ 'Fn::If': ['Nothing', 1, 2] })).toThrow('no condition Nothing');
  });
});

test('parameters take defaults and overrides, and nothing else', () => {
  const template: Template = {
    Parameters: {
      Url: { Default: '' },
      Size: { AllowedValues: [1, 2] },
      Name: { Default: 'a', AllowedPattern: '[a-z]+' },
    },
    Resources: {},
  };
  expect(parameterValues(template, { Size: '2' })).toEqual({ Url: '', Size: '2', Name: 'a' });
  expect(() => parameterValues(template, {})).toThrow('Size needs a value');
  expect(() => parameterValues(template, { Size: '3' })).toThrow('Size is not one of 1, 2');
  expect(() => parameterValues(template, { Size: '1', Name: 'A' })).toThrow('Name does not match');
  expect(() => parameterValues(template, { Size: '1', Other: '' })).toThrow('no parameter Other');
});

describe('a template', () => {
  const resources = {
    Layer: { Type: 'AWS::Lambda::LayerVersion', Properties: { Content: { S3Key: 'layer.zip' } } },
    Verify: functionResource('face-verify', 'code', {
      FunctionName: 'signet-local-face-verify',
      Environment: { Variables: { TABLE: { Ref: 'Orders' }, TICKET: { Ref: 'Ticket' }, URL: { Ref: 'UpstreamUrl' } } },
      Layers: [{ Ref: 'Layer' }],
      LoggingConfig: { LogFormat: 'JSON' },
      MemorySize: 512,
      Timeout: 28,
    }),
    // Its ARN begins with that of the other.
    Longer: functionResource('face-verify-more', 'code', { FunctionName: 'signet-local-face-verify-more' }),
    Orders: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        AttributeDefinitions: [{ AttributeName: 'orderNo', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'orderNo', KeyType: 'HASH' }],
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      },
    },
    Ticket: { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'signet/X/sign-ticket' } },
    Key: {
      Type: 'AWS::SecretsManager::Secret',
      Properties: { Name: 'key', GenerateSecretString: { PasswordLength: 64 } },
    },
    Media: {
      Type: 'AWS::S3::Bucket',
      Properties: {
        LifecycleConfiguration: {
          Rules: [
            { Status: 'Enabled', ExpirationInDays: 1, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
            { Status: 'Disabled', ExpirationInDays: 0 },
          ],
        },
      },
    },
    Named: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'named-by-hand' } },
    MediaPolicy: { Type: 'AWS::S3::BucketPolicy', Properties: { Bucket: { Ref: 'Media' } } },
    Machine: {
      Type: 'AWS::StepFunctions::StateMachine',
      Metadata: { 'aws:cdk:path': 'sample/verification/Resource' },
      Properties: {
        DefinitionString: {
          'Fn::Join': ['', ['{"StartAt":"A","States":{"A":{"Resource":"', { 'Fn::GetAtt': ['Verify', 'Arn'] }, '"}}}']],
        },
      },
    },
    Rule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        ScheduleExpression: 'rate(1 minute)',
        State: 'ENABLED',
        Targets: [{ Arn: { 'Fn::GetAtt': ['Longer', 'Arn'] }, Id: 'Target0', Input: '{"a":1}' }],
      },
    },
    Off: { Type: 'AWS::Events::Rule', Properties: { ScheduleExpression: 'rate(1 day)', State: 'DISABLED' } },
    Role: { Type: 'AWS::IAM::Role' },
    Never: { Type: 'AWS::SQS::Queue', Condition: 'Never' },
    ...apiResources('Longer'),
    Refusal: {
      Type: 'AWS::ApiGateway::GatewayResponse',
      Properties: {
        ResponseType: 'ACCESS_DENIED',
        StatusCode: '403',
        ResponseParameters: { 'gatewayresponse.header.Cache-Control': "'no-store'" },
        ResponseTemplates: { 'application/json': '{}' },
      },
    },
  };
  const assets = { code: { 'index.cjs': '' }, layer: { 'nodejs/signing.cjs': '' } };
  const template = {
    Parameters: { UpstreamUrl: { Type: 'String', Default: '' } },
    Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } },
    Resources: resources,
  };

  test('becomes what a stage is made of', () => {
    const folder = assemblyFrom(template, assets);
    const model = readTemplate(folder, { UpstreamUrl: 'http://127.0.0.1:1' });
    expect(model).toMatchObject({ stackName: 'sample', account: '000000000000', region: 'cn-north-1' });
    const ticket = model.secrets[0]?.arn;
    expect(ticket).toMatch(/^arn:aws-cn:secretsmanager:cn-north-1:000000000000:secret:signet\/X\/sign-ticket-\w{6}$/);
    expect(model.functions[0]).toEqual({
      logicalId: 'Verify',
      name: 'face-verify',
      functionName: 'signet-local-face-verify',
      arn: 'arn:aws-cn:lambda:cn-north-1:000000000000:function:signet-local-face-verify',
      assetFolder: join(folder, 'asset.code'),
      handler: 'index.handler',
      environment: { TABLE: 'sample-Orders', TICKET: ticket, URL: 'http://127.0.0.1:1' },
      memoryMegabytes: 512,
      timeoutSeconds: 28,
      logFormat: 'JSON',
      layerFolders: [join(folder, 'asset.layer')],
    });
    expect(model.functions[1]).toMatchObject({
      memoryMegabytes: 128,
      timeoutSeconds: 3,
      logFormat: 'Text',
      layerFolders: [],
    });
    expect(model.tables).toMatchObject([{ name: 'sample-Orders', ttlAttribute: 'ttl', globalSecondaryIndexes: [] }]);
    expect(model.secrets.map(({ name, generate }) => [name, generate])).toEqual([
      ['signet/X/sign-ticket', undefined],
      ['key', { PasswordLength: 64 }],
    ]);
    expect(model.buckets).toEqual([
      { name: 'sample-media', arn: 'arn:aws-cn:s3:::sample-media', expirationDays: 1 },
      { name: 'named-by-hand', arn: 'arn:aws-cn:s3:::named-by-hand', expirationDays: undefined },
    ]);
    expect(model.stateMachines).toEqual([
      {
        name: 'verification',
        arn: 'arn:aws-cn:states:cn-north-1:000000000000:stateMachine:sample-verification',
        definition: { StartAt: 'A', States: { A: { Resource: model.functions[0]?.arn } } },
      },
    ]);
    expect(model.schedules).toMatchObject([
      { expression: 'rate(1 minute)', functionName: 'face-verify-more', input: { a: 1 } },
    ]);
    expect(model.api).toEqual({
      stageName: 'local',
      stageVariables: null,
      methods: [
        {
          httpMethod: 'POST',
          resource: '/v1/{name}',
          functionName: 'face-verify-more',
          authorizationType: 'AWS_IAM',
          timeoutMs: 29_000,
        },
      ],
      responses: {
        ACCESS_DENIED: {
          statusCode: 403,
          headers: { 'Cache-Control': "'no-store'" },
          templates: { 'application/json': '{}' },
        },
      },
    });
  });

  test.each<[string, object, string]>([
    ['a type that it does not know', { Queue: { Type: 'AWS::SQS::Queue' } }, 'cannot run AWS::SQS::Queue (Queue)'],
    ['an asset that is not there', { F: functionResource('f', 'missing') }, 'no asset for the S3 key missing.zip'],
    ['inline code', { F: { Type: 'AWS::Lambda::Function', Properties: { Code: { ZipFile: '' } } } }, '(F)'],
    [
      'a bucket that expires in part',
      {
        B: bucketWith({
          LifecycleConfiguration: { Rules: [{ Status: 'Enabled', ExpirationInDays: 1, Prefix: 'a/' }] },
        }),
      },
      'expires buckets as a whole only (B)',
    ],
    [
      'a bucket with versions',
      { B: bucketWith({ VersioningConfiguration: { Status: 'Enabled' } }) },
      'no versions of objects (B)',
    ],
    [
      'a bucket with no name for one',
      { B: bucketWith({ BucketName: 'Media' }) },
      'Media cannot be the name of a bucket',
    ],
    ['an express state machine', { M: machineWith({ StateMachineType: 'EXPRESS' }) }, '(M)'],
    ['a state machine with substitutions', { M: machineWith({ DefinitionSubstitutions: { a: 'b' } }) }, '(M)'],
    ['a definition elsewhere', { M: machineWith({ Definition: undefined, DefinitionS3Location: {} }) }, '(M)'],
    ['events by pattern', { R: { Type: 'AWS::Events::Rule', Properties: { EventPattern: {} } } }, '(R)'],
    [
      'an authorizer',
      { ...apiResources('Verify'), Verify: resources.Verify, Get: custom() },
      'no authorizers (Get is CUSTOM)',
    ],
    [
      'a mock integration',
      { ...apiResources('Verify'), Verify: resources.Verify, Get: custom({ Type: 'MOCK' }) },
      '(Get is MOCK)',
    ],
  ])('with %s is refused by name', (_what, extra, message) => {
    const folder = assemblyFrom({ ...template, Resources: { ...resources, ...extra } }, assets);
    expect(() => readTemplate(folder)).toThrow(message);
  });

  test('must be the only one of its assembly', () => {
    expect(() => readTemplate(temporaryFolder())).toThrow('no manifest.json');
  });
});

const bucketWith = (Properties: object): object => ({ Type: 'AWS::S3::Bucket', Properties });

const machineWith = (Properties: object): object => ({
  Type: 'AWS::StepFunctions::StateMachine',
  Properties: { Definition: { StartAt: 'A', States: {} }, ...Properties },
});

function custom(integration = proxyTo('Verify')): object {
  return {
    Type: 'AWS::ApiGateway::Method',
    Properties: {
      HttpMethod: 'GET',
      ResourceId: { Ref: 'Name' },
      AuthorizationType: 'CUSTOM',
      Integration: integration,
    },
  };
}
