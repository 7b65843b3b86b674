import { describe, expect, test } from 'vitest';
import { operations } from '../../lib/operations/index.ts';
import { ordersTable } from '../support/orders-table.ts';
import { lambdaNames, stages, synthesise, target } from './synthesise.ts';

const local = synthesise(stages.local);
const dev = synthesise(stages.dev);
const prod = synthesise(stages.prod);

test('the table is the one that the tests of the ledger use', () => {
  const tables = dev.all('AWS::DynamoDB::Table').map(([, { Properties }]) => Properties);
  expect(tables).toHaveLength(1);
  expect(tables[0]).toMatchObject({
    KeySchema: ordersTable.keySchema,
    AttributeDefinitions: ordersTable.attributeDefinitions,
    GlobalSecondaryIndexes: ordersTable.globalSecondaryIndexes,
    TimeToLiveSpecification: { AttributeName: ordersTable.ttlAttribute, Enabled: true },
  });
});

describe('functions', () => {
  test('there is one per operation and one per function of our own', () => {
    const names = dev.all('AWS::Lambda::Function').map(([, { Properties }]): string => Properties.FunctionName);
    expect(names.sort()).toEqual(lambdaNames.map((name) => `signet-dev-${name}`).sort());
    expect(names.length).toBeGreaterThan(operations.length);
  });

  test('all share one layer version', () => {
    expect(dev.all('AWS::Lambda::LayerVersion')).toHaveLength(1);
    const [[layer]] = dev.all('AWS::Lambda::LayerVersion') as [[string, unknown]];
    for (const [, { Properties }] of dev.all('AWS::Lambda::Function'))
      expect(Properties.Layers).toEqual([{ Ref: layer }]);
  });

  test('all have the house runtime, size, time limit and logs, each a log group of its own', () => {
    const groups = dev.all('AWS::Lambda::Function').map(([, { Properties }]) => {
      expect(Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        MemorySize: 512,
        Timeout: 28,
        LoggingConfig: { LogFormat: 'JSON' },
      });
      expect(Properties).not.toHaveProperty('ReservedConcurrentExecutions');
      expect(Properties).not.toHaveProperty('SnapStart');
      return target(Properties.LoggingConfig.LogGroup);
    });
    expect(new Set(groups).size).toBe(lambdaNames.length);
    for (const group of groups) expect(dev.template.Resources[group]!.Properties.RetentionInDays).toBe(30);
  });

  test('each has a role of its own', () => {
    const roles = dev.all('AWS::Lambda::Function').map(([, { Properties }]) => target(Properties.Role));
    expect(new Set(roles).size).toBe(lambdaNames.length);
  });
});

describe('nothing is tried again by itself, because the upstream charges for each call', () => {
  test('neither by the asynchronous queue of any function', () => {
    const configs = dev.all('AWS::Lambda::EventInvokeConfig').map(([, { Properties }]) => Properties);
    expect(configs.map(({ FunctionName }) => target(FunctionName)).sort()).toEqual(
      dev
        .all('AWS::Lambda::Function')
        .map(([id]) => id)
        .sort(),
    );
    for (const config of configs) {
      expect(config).toMatchObject({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60, Qualifier: '$LATEST' });
    }
  });

  test('nor by a schedule', () => {
    const rules = dev.all('AWS::Events::Rule').map(([, { Properties }]) => Properties);
    for (const rule of rules) {
      expect(rule.ScheduleExpression).toBe('rate(1 minute)');
      expect(rule.Targets).toHaveLength(1);
      expect(rule.Targets[0].RetryPolicy).toEqual({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 });
    }
    expect(rules.map(({ Targets }) => target(Targets[0].Arn)).sort()).toEqual(
      ['refresh-ticket', 'resolve-orders'].map((name) => dev.lambda(name).id).sort(),
    );
  });
});

describe('environment', () => {
  const common = ['SIGNET_APP_ID', 'SIGNET_POLICY', 'SIGNET_PROFILE', 'SIGNET_STAGE', 'SIGNET_TABLE'];
  const media = ['SIGNET_MEDIA_BUCKET', 'SIGNET_MEDIA_KEY'];
  const own: Readonly<Record<string, readonly string[]>> = {
    'get-order': [],
    'refresh-ticket': ['SIGNET_APP_SECRET_ID', 'SIGNET_TICKET_SECRET', 'SIGNET_TOKEN_SECRET'],
    'resolve-orders': ['SIGNET_TICKET_SECRET', ...media],
    'create-media': media,
    'start-verification': ['SIGNET_FINGERPRINT_SECRET', 'SIGNET_STATE_MACHINE', ...media],
    'get-verification': media,
    'decide-verification': media,
  };
  const withoutMedia = ['liveness-challenge'];
  const variablesOf = (name: string) =>
    own[name] ?? ['SIGNET_FINGERPRINT_SECRET', 'SIGNET_TICKET_SECRET', ...(withoutMedia.includes(name) ? [] : media)];

  test.each(lambdaNames)('%s has its variables and no others', (name) => {
    const variables = Object.keys(dev.lambda(name).properties.Environment.Variables);
    expect(variables.sort()).toEqual([...common, ...variablesOf(name)].sort());
  });

  test('bucket, key and state machine are those of the stage', () => {
    const { Variables } = dev.lambda('start-verification').properties.Environment;
    expect(Variables.SIGNET_MEDIA_BUCKET).toEqual({ Ref: 'Media' });
    expect(Variables.SIGNET_MEDIA_KEY).toEqual({ 'Fn::GetAtt': ['StateKey', 'Arn'] });
    const [[machine]] = dev.all('AWS::StepFunctions::StateMachine') as [[string, unknown]];
    expect(Variables.SIGNET_STATE_MACHINE).toEqual({ Ref: machine });
  });

  test('secrets are named, never given', () => {
    const { Variables } = dev.lambda('refresh-ticket').properties.Environment;
    expect(target(Variables.SIGNET_APP_SECRET_ID)).toBe('AppSecret');
    expect(target(Variables.SIGNET_TOKEN_SECRET)).toBe('AccessToken');
    expect(target(Variables.SIGNET_TICKET_SECRET)).toBe('SignTicket');
    expect(JSON.stringify(dev.template).match(/"SecretString".{0,40}/g)).toBeNull();
  });

  test('the policy of the stage is handed on as data', () => {
    expect(JSON.parse(dev.lambda('face-verify').properties.Environment.Variables.SIGNET_POLICY)).toEqual({
      similarity: { match: 70, approve: 80 },
      challengeMaxAge: 300,
      isolateCallers: true,
      externalOrders: 'deny',
      approval: {
        requires: ['consent', 'idCard', ['face', 'liveness']],
        warnings: {
          review: ['border-incomplete', 'photocopy', 'reshot', 'temporary-card', 'covered', 'glare', 'invalid-date'],
          decline: ['expired'],
        },
      },
      decisionRetentionDays: 1825,
    });
  });

  test('so are the limits and what the upstream has confirmed, where a stage says something about them', () => {
    const more = {
      notFoundProves: ['id-card-ocr'],
      rates: { face: { perSecond: 10, burst: 5 } },
      ordersPerPerson: { face: 5 },
    };
    const stage = synthesise({ ...stages.dev, ...more });
    for (const name of lambdaNames) {
      const { SIGNET_POLICY: policy } = stage.lambda(name).properties.Environment.Variables;
      expect(JSON.parse(policy)).toMatchObject(more);
    }
  });

  test('only the stage that is never deployed can replace the hosts of the upstream', () => {
    expect(local.template.Parameters.UpstreamUrl).toMatchObject({ Type: 'String', Default: '' });
    for (const name of lambdaNames) {
      expect(local.lambda(name).properties.Environment.Variables.SIGNET_UPSTREAM_URL).toEqual({ Ref: 'UpstreamUrl' });
    }
    for (const { template } of [dev, prod]) {
      expect(JSON.stringify(template).match(/.{0,40}(UpstreamUrl|UPSTREAM_URL)/g)).toBeNull();
    }
  });
});

describe('what a stage must not lose', () => {
  // A changed id is a new, empty thing beside the old one: this list changes only with a migration.
  const stateful = {
    StateKey: 'AWS::KMS::Key',
    Orders: 'AWS::DynamoDB::Table',
    FingerprintKey: 'AWS::SecretsManager::Secret',
    AppSecret: 'AWS::SecretsManager::Secret',
    AccessToken: 'AWS::SecretsManager::Secret',
    SignTicket: 'AWS::SecretsManager::Secret',
    Media: 'AWS::S3::Bucket',
  };

  test('keeps its logical ids', () => {
    const types = new Set(Object.values(stateful));
    const found = Object.entries(prod.template.Resources).filter(([, { Type }]) => types.has(Type));
    expect(Object.fromEntries(found.map(([id, { Type }]) => [id, Type]))).toEqual(stateful);
  });

  test('is retained and protected in prod only', () => {
    for (const id of Object.keys(stateful)) {
      expect(prod.template.Resources[id]).toMatchObject({
        DeletionPolicy: 'RetainExceptOnCreate',
        UpdateReplacePolicy: 'Retain',
      });
      expect(dev.template.Resources[id]).toMatchObject({ DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
    }
    expect(prod.terminationProtection).toBe(true);
    expect(dev.terminationProtection).toBeFalsy();
    expect(prod.template.Resources.Orders!.Properties.DeletionProtectionEnabled).toBe(true);
    expect(dev.template.Resources.Orders!.Properties.DeletionProtectionEnabled).toBe(false);
  });

  test('is a table with point-in-time recovery, expiry, own key and a sparse index of unfinished orders', () => {
    expect(dev.template.Resources.Orders!.Properties).toMatchObject({
      KeySchema: [{ AttributeName: 'orderNo', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true, KMSMasterKeyId: { 'Fn::GetAtt': ['StateKey', 'Arn'] } },
      GlobalSecondaryIndexes: [
        {
          IndexName: 'pending',
          KeySchema: [
            { AttributeName: 'pending', KeyType: 'HASH' },
            { AttributeName: 'nextQueryAt', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    });
  });

  test('is secrets named after the app id, empty until someone writes them; the fingerprint key is made at once', () => {
    const secrets = dev.all('AWS::SecretsManager::Secret').map(([id, { Properties }]) => {
      expect(target(Properties.KmsKeyId)).toBe('StateKey');
      return [id, Properties.Name, Properties.GenerateSecretString];
    });
    expect(secrets).toEqual([
      ['FingerprintKey', 'signet/dev/fingerprint-key', { PasswordLength: 64, ExcludePunctuation: true }],
      ['AppSecret', 'signet/TIDA0001/app-secret', undefined],
      ['AccessToken', 'signet/TIDA0001/access-token', undefined],
      ['SignTicket', 'signet/TIDA0001/sign-ticket', undefined],
    ]);
  });
});

test('the outputs tell the address and where to write the app secret', () => {
  expect(Object.keys(dev.template.Outputs)).toEqual(
    expect.arrayContaining(['ApiUrl', 'AppSecretName', 'AccessTokenName', 'SignTicketName']),
  );
  expect(dev.template.Outputs.AppSecretName!.Value).toBe('signet/TIDA0001/app-secret');
});

test('there is no custom resource', () => {
  const types = Object.values(dev.template.Resources).map(({ Type }) => Type);
  expect(types.filter((type) => type.startsWith('Custom::') || type.startsWith('AWS::CloudFormation::'))).toEqual([]);
});
