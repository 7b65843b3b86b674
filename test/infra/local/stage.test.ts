import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { type StageOptions, startStage } from '../../../infra/local/stage.ts';
import { apiResources, assemblyFrom, functionResource, temporaryFolder } from './fixtures.ts';

const code = `
  const { sign } = require('/opt/nodejs/signing.cjs');
  const aws = (endpoint, target, body) => fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': target,
      'x-amz-date': '20260101T000000Z',
      authorization: 'AWS4-HMAC-SHA256 Credential=' + process.env.AWS_ACCESS_KEY_ID + '/20260101/x/y/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=0',
    },
    body: JSON.stringify(body),
  }).then((response) => response.json());
  exports.handler = async (event) => {
    const { name } = event.pathParameters ?? { name: event.source };
    console.log('ran for', name);
    const Item = { orderNo: { S: name } };
    await aws(process.env.AWS_ENDPOINT_URL_DYNAMODB, 'DynamoDB_20120810.PutItem', { TableName: process.env.TABLE, Item });
    const secret = await aws(process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER, 'secretsmanager.GetSecretValue', { SecretId: process.env.KEY });
    return { statusCode: 200, body: sign(name) + ' ' + secret.SecretString + ' ' + process.env.URL };
  };`;

const template = {
  Parameters: { UpstreamUrl: { Default: '' } },
  Resources: {
    Layer: { Type: 'AWS::Lambda::LayerVersion', Properties: { Content: { S3Key: 'layer.zip' } } },
    Hello: functionResource('hello', 'code', {
      Environment: { Variables: { TABLE: { Ref: 'Orders' }, KEY: { Ref: 'Key' }, URL: { Ref: 'UpstreamUrl' } } },
      Layers: [{ Ref: 'Layer' }],
    }),
    Orders: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        AttributeDefinitions: [{ AttributeName: 'orderNo', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'orderNo', KeyType: 'HASH' }],
      },
    },
    Key: { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'key' } },
    Rule: {
      Type: 'AWS::Events::Rule',
      Properties: { ScheduleExpression: 'rate(1 day)', Targets: [{ Arn: { 'Fn::GetAtt': ['Hello', 'Arn'] } }] },
    },
    ...apiResources('Hello'),
  },
};
const assets = {
  code: { 'index.cjs': code },
  layer: { 'nodejs/signing.cjs': 'exports.sign = (text) => `signed ${text}`;' },
};

let data: string;
beforeEach(() => {
  data = join(temporaryFolder(), 'data');
});

async function start(more: Partial<StageOptions> = {}) {
  const stage = await startStage({
    assembly: assemblyFrom(template, assets),
    data,
    port: 0,
    parameters: { UpstreamUrl: 'http://127.0.0.1:9' },
    secrets: { key: 'of the operator' },
    ...more,
  });
  onTestFinished(() => stage.stop());
  return stage;
}

const items = async ({ tablesEndpoint: endpoint, region, credentials, tables }: Awaited<ReturnType<typeof start>>) => {
  const { Items = [] } = await new DynamoDBClient({ endpoint, region, credentials }).send(
    new ScanCommand({ TableName: tables[0] }),
  );
  return new Set(Items.map(({ orderNo }) => orderNo?.S));
};

test('runs API, functions, layer, table, secret and schedule of a template, and keeps its data', async () => {
  const lines: string[] = [];
  const stage = await start({ verbose: true, log: (line) => lines.push(line) });
  expect(await stage.firstRuns).toEqual([]);
  const response = await fetch(`${stage.url}/v1/caller`, { method: 'POST', body: '{}' });
  expect([response.status, await response.text()]).toEqual([200, 'signed caller of the operator http://127.0.0.1:9']);
  expect(await stage.invoke('hello', { pathParameters: { name: 'direct' } })).toMatchObject({
    payload: { statusCode: 200 },
  });
  expect(await items(stage)).toEqual(new Set(['aws.events', 'caller', 'direct']));
  const { secretsEndpoint: endpoint, region, credentials } = stage;
  const secrets = new SecretsManagerClient({ endpoint, region, credentials });
  expect((await secrets.send(new GetSecretValueCommand({ SecretId: 'key' }))).SecretString).toBe('of the operator');
  await Promise.all([stage.stop(), stage.stop()]);
  await expect(fetch(stage.url)).rejects.toThrow();
  expect(readFileSync(stage.logFile, 'utf8')).toMatch(/^hello .*ran for aws\.events$/m);
  expect(lines.filter((line) => line.includes('ran for'))).toHaveLength(3);
  expect(await items(await start())).toContain('caller');
});

test('leaves nothing behind when it cannot start', async () => {
  const stage = await start();
  await expect(start()).rejects.toThrow('is in use by the process');
  const { port } = new URL(stage.url);
  const other = join(temporaryFolder(), 'other');
  await expect(start({ data: other, port: Number(port) })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await expect(start({ data: other, parameters: { Other: '1' } })).rejects.toThrow('no parameter Other');
  await expect(start({ data: other, secrets: { none: 'x' } })).rejects.toThrow('no secret none');
  expect(existsSync(join(other, 'lock'))).toBe(false);
  await (await start({ data: other })).stop();
});
