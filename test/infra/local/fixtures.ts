import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { FunctionModel } from '../../../infra/local/model.ts';

/** A folder of its own, gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'signet-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files under a folder, by path. */
export function writeFiles(folder: string, files: Record<string, string>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** A function from the source of its `index.cjs`. */
export function functionFrom(source: string, more: Partial<FunctionModel> = {}): FunctionModel {
  const assetFolder = writeFiles(temporaryFolder(), { 'index.cjs': source });
  return {
    logicalId: 'Sample',
    name: 'sample',
    functionName: 'stack-sample',
    arn: 'arn:aws:lambda:us-east-1:000000000000:function:stack-sample',
    assetFolder,
    handler: 'index.handler',
    environment: {},
    memoryMegabytes: 128,
    timeoutSeconds: 10,
    logFormat: 'JSON',
    layerFolders: [],
    ...more,
  };
}

/** A cloud assembly with one stack, written by hand: its template, and the files of its assets by folder. */
export function assemblyFrom(template: object, assets: Record<string, Record<string, string>> = {}): string {
  const folder = temporaryFolder();
  const artifacts = {
    'sample.assets': { type: 'cdk:asset-manifest', properties: { file: 'sample.assets.json' } },
    sample: {
      type: 'aws:cloudformation:stack',
      environment: 'aws://unknown-account/cn-north-1',
      properties: { templateFile: 'sample.template.json' },
    },
  };
  const files = Object.keys(assets).map((name) => [
    name,
    { source: { path: `asset.${name}`, packaging: 'zip' }, destinations: { here: { objectKey: `${name}.zip` } } },
  ]);
  writeFiles(folder, {
    'manifest.json': JSON.stringify({ version: '53.0.0', artifacts }),
    'sample.template.json': JSON.stringify(template),
    'sample.assets.json': JSON.stringify({ files: Object.fromEntries(files) }),
  });
  for (const [name, content] of Object.entries(assets)) writeFiles(join(folder, `asset.${name}`), content);
  return folder;
}

/** Resources of a function, as CDK writes them. */
export function functionResource(name: string, asset: string, properties: object = {}): object {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Code: { S3Bucket: { 'Fn::Sub': 'assets-${AWS::AccountId}-${AWS::Region}' }, S3Key: `${asset}.zip` },
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      ...properties,
    },
    Metadata: { 'aws:cdk:path': `sample/Functions/${name}/Function/Resource` },
  };
}

/** The target of a method, as CDK writes it. */
export const proxyTo = (logicalId: string): object => ({
  Type: 'AWS_PROXY',
  IntegrationHttpMethod: 'POST',
  Uri: {
    'Fn::Join': [
      '',
      [
        'arn:',
        { Ref: 'AWS::Partition' },
        ':apigateway:',
        { Ref: 'AWS::Region' },
        ':lambda:path/2015-03-31/functions/',
        { 'Fn::GetAtt': [logicalId, 'Arn'] },
        '/invocations',
      ],
    ],
  },
});

/** A REST API with one method, `POST /v1/{name}`, that ends in a function. */
export const apiResources = (logicalId: string): Record<string, object> => ({
  Rest: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'sample' } },
  V1: {
    Type: 'AWS::ApiGateway::Resource',
    Properties: { ParentId: { 'Fn::GetAtt': ['Rest', 'RootResourceId'] }, PathPart: 'v1', RestApiId: { Ref: 'Rest' } },
  },
  Name: {
    Type: 'AWS::ApiGateway::Resource',
    Properties: { ParentId: { Ref: 'V1' }, PathPart: '{name}', RestApiId: { Ref: 'Rest' } },
  },
  Post: {
    Type: 'AWS::ApiGateway::Method',
    Properties: {
      HttpMethod: 'POST',
      ResourceId: { Ref: 'Name' },
      RestApiId: { Ref: 'Rest' },
      AuthorizationType: 'AWS_IAM',
      Integration: proxyTo(logicalId),
    },
  },
});
