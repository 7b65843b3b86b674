import { describe, expect, test } from 'vitest';
import type { Stage } from '../../infra/stages.ts';
import { operations } from '../../lib/operations/index.ts';
import { lambdaNames, type Synthesised, stages, synthesise, target } from './synthesise.ts';

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

const list = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T]);

function statementsOf(stage: Synthesised, role: string): readonly Statement[] {
  return stage
    .all('AWS::IAM::Policy')
    .filter(([, { Properties }]) => Properties.Roles.some((ref: unknown) => target(ref) === role))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement);
}

/** Every single permission of a function: `dynamodb:GetItem Orders`, with its condition. */
function grantsOf(stage: Synthesised, name: string): readonly string[] {
  const { properties } = stage.lambda(name);
  const ownLog = target(properties.LoggingConfig.LogGroup);
  return statementsOf(stage, target(properties.Role))
    .flatMap(({ Effect, Action, Resource, Condition }) => {
      expect(Effect).toBe('Allow');
      const condition = Condition === undefined ? '' : ` if ${JSON.stringify(Condition)}`;
      return list(Action).flatMap((action) =>
        list(Resource).map(
          (resource) => `${action} ${target(resource) === ownLog ? 'own log' : target(resource)}${condition}`,
        ),
      );
    })
    .sort();
}

const dev = synthesise(stages.dev);
const ticketItem = ' if {"ForAllValues:StringEquals":{"dynamodb:LeadingKeys":["ticket#TIDA0001"]}}';
const logs = ['logs:CreateLogStream own log', 'logs:PutLogEvents own log'];
const pendingIndex = JSON.stringify({ 'Fn::Join': ['', [{ 'Fn::GetAtt': ['Orders', 'Arn'] }, '/index/pending']] });
const readKey = ['kms:Decrypt StateKey', 'kms:DescribeKey StateKey'];
const writeKey = [...readKey, 'kms:Encrypt StateKey', 'kms:GenerateDataKey StateKey'];
const twoSecrets = ['secretsmanager:GetSecretValue FingerprintKey', 'secretsmanager:GetSecretValue SignTicket'];

describe('each function may do exactly what it is there for', () => {
  test.each(operations.filter(({ creates }) => creates))('$name reads and writes orders', ({ name }) => {
    expect(grantsOf(dev, name)).toEqual(
      ['dynamodb:GetItem Orders', 'dynamodb:UpdateItem Orders', ...writeKey, ...logs, ...twoSecrets].sort(),
    );
  });

  test.each(operations.filter(({ creates }) => !creates))(
    '$name reads orders, and may report the ticket as bad',
    ({ name }) => {
      expect(grantsOf(dev, name)).toEqual(
        [
          'dynamodb:GetItem Orders',
          `dynamodb:UpdateItem Orders${ticketItem}`,
          ...writeKey,
          ...logs,
          ...twoSecrets,
        ].sort(),
      );
    },
  );

  test('get-order only reads orders', () => {
    expect(grantsOf(dev, 'get-order')).toEqual(['dynamodb:GetItem Orders', ...readKey, ...logs].sort());
  });

  test('refresh-ticket alone reads the app secret and writes the ticket, and of the table it sees one item', () => {
    const versions = ['DescribeSecret', 'GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage'];
    expect(grantsOf(dev, 'refresh-ticket')).toEqual(
      [
        `dynamodb:GetItem Orders${ticketItem}`,
        `dynamodb:UpdateItem Orders${ticketItem}`,
        ...writeKey,
        ...logs,
        'secretsmanager:GetSecretValue AppSecret',
        ...versions.map((action) => `secretsmanager:${action} AccessToken`),
        ...versions.map((action) => `secretsmanager:${action} SignTicket`),
      ].sort(),
    );
  });
});

describe('resolve-orders', () => {
  test('finds and ends orders and reads the ticket; it reads no other secret and no index but this', () => {
    expect(grantsOf(dev, 'resolve-orders')).toEqual(
      [
        'dynamodb:GetItem Orders',
        'dynamodb:UpdateItem Orders',
        `dynamodb:Query ${pendingIndex}`,
        ...writeKey,
        ...logs,
        'secretsmanager:GetSecretValue SignTicket',
      ].sort(),
    );
  });

  test('is the only function that queries', () => {
    const others = lambdaNames.filter((name) => name !== 'resolve-orders');
    expect(others.flatMap((name) => grantsOf(dev, name)).filter((grant) => grant.includes('Query'))).toEqual([]);
  });
});

test('where the stage limits a family, its reading functions may count their calls, and nothing else', () => {
  const limited = synthesise({ ...stages.dev, rates: { 'license-query': { perSecond: 5, burst: 5 } } });
  const writes = (name: string) => grantsOf(limited, name).filter((grant) => grant.startsWith('dynamodb:UpdateItem'));
  const keys = (...all: string[]) =>
    `dynamodb:UpdateItem Orders if ${JSON.stringify({ 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': all } })}`;
  expect(writes('driver-license-result')).toEqual([keys('ticket#TIDA0001', 'rate#TIDA0001#license-query')]);
  expect(writes('bank-card-result')).toEqual([keys('ticket#TIDA0001')]);
  expect(writes('driver-license-ocr')).toEqual(['dynamodb:UpdateItem Orders']);
});

/** Every statement of a template but those of key policies, whose `*` means the key itself. */
const everyStatement = (stage: Synthesised): readonly Statement[] =>
  stage.all('AWS::IAM::Policy').flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement);

const abroad: Stage = { ...stages.dev, name: 'abroad', region: 'ap-southeast-1', dataResidency: 'exported' };
const wildcards = (stage: Synthesised) =>
  everyStatement(stage).filter(
    ({ Action, Resource }) =>
      list(Action).some((action) => action.includes('*')) ||
      list(Resource).some((resource) => JSON.stringify(resource).includes('*')),
  );

describe('no permission is wider than its purpose', () => {
  test('there is no wildcard', () => {
    expect(everyStatement(dev).length).toBeGreaterThan(operations.length);
    expect(wildcards(dev)).toEqual([]);
  });

  test('but that of X-Ray, which has no resources, where the stage traces', () => {
    const traced = wildcards(synthesise({ ...abroad, tracing: true }));
    expect(traced.length).toBe(lambdaNames.length);
    for (const { Action, Resource } of traced) {
      expect(list(Action)).toEqual(['xray:PutTelemetryRecords', 'xray:PutTraceSegments']);
      expect(Resource).toBe('*');
    }
  });

  test('functions get no managed policy', () => {
    for (const [, { Properties }] of dev.all('AWS::Lambda::Function')) {
      expect(dev.template.Resources[target(Properties.Role)]!.Properties).not.toHaveProperty('ManagedPolicyArns');
    }
  });

  test.each([stages.local, stages.dev, stages.prod, abroad])('stage $name names no partition', (stage) => {
    expect(JSON.stringify(synthesise(stage).template).match(/arn:aws.{0,40}/g)).toBeNull();
  });
});

describe('a stage that shares an app id', () => {
  const staging = synthesise({ ...stages.dev, name: 'staging', appIdOwner: 'dev' });

  test('neither refreshes nor owns what belongs to the app id', () => {
    const scheduled = staging.all('AWS::Events::Rule').map(([, { Properties }]) => target(Properties.Targets[0].Arn));
    expect(scheduled).toEqual([staging.lambda('resolve-orders').id]);
    expect(() => staging.lambda('refresh-ticket')).toThrow();
    expect(staging.all('AWS::SecretsManager::Secret').map(([id]) => id)).toEqual(['FingerprintKey']);
  });

  test('reads the ticket of the owner, whose stack exports it', () => {
    const exported = Object.values(dev.template.Outputs).flatMap(({ Export, Value }) =>
      Export ? [[Export.Name, target(Value)]] : [],
    );
    expect(exported).toEqual([
      ['signet-TIDA0001-sign-ticket', 'SignTicket'],
      ['signet-TIDA0001-key', 'StateKey'],
    ]);
    expect(grantsOf(staging, 'face-verify').filter((grant) => grant.includes('import'))).toEqual([
      'kms:Decrypt import signet-TIDA0001-key',
      'secretsmanager:GetSecretValue import signet-TIDA0001-sign-ticket',
    ]);
    expect(staging.lambda('face-verify').properties.Environment.Variables.SIGNET_TICKET_SECRET).toEqual({
      'Fn::ImportValue': 'signet-TIDA0001-sign-ticket',
    });
  });
});
