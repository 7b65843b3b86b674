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
const readKey = ['kms:Decrypt StateKey', 'kms:DescribeKey StateKey'];
const writeKey = [...readKey, 'kms:Encrypt StateKey', 'kms:GenerateDataKey StateKey'];
const twoSecrets = ['secretsmanager:GetSecretValue FingerprintKey', 'secretsmanager:GetSecretValue SignTicket'];

const events = 'events:PutEvents arn:AWS::Partition:events:cn-north-1:AWS::AccountId:event-bus/default';
/** Permissions on the objects of one folder of the bucket: `s3:GetObject Media/uploads/*`. */
const objects = (folder: string, ...actions: string[]) => actions.map((action) => `s3:${action} Media/${folder}/*`);
const itemsLike = (...keys: string[]) =>
  ` if ${JSON.stringify({ 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys } })}`;
const ofVerifications = itemsLike('verification#*', 'media#*');

/** Operations that take files (design, section 3), may answer pictures (section 4), and are steps (section 8). */
const takeFiles = [
  'face-verify',
  'face-compare',
  'face-compare-group',
  'liveness-verify',
  'video-best-photos',
  'consent-record',
  'id-card-ocr',
  'bank-card-ocr',
  'driver-license-ocr',
  'vehicle-license-ocr',
];
const answerPictures = [
  'video-best-photos',
  'bank-card-ocr',
  'id-card-result',
  'bank-card-result',
  'driver-license-result',
  'vehicle-license-result',
];
const areSteps = [
  'consent-record',
  'consent-check',
  'id-card-ocr',
  'bank-card-ocr',
  'driver-license-ocr',
  'vehicle-license-ocr',
  'face-verify',
  'face-compare',
  'liveness-verify',
];
const mediaOf = (name: string) => [
  ...(takeFiles.includes(name) ? objects('uploads', 'GetObject', 'DeleteObject') : []),
  ...(answerPictures.includes(name) ? objects('results', 'GetObject', 'PutObject') : []),
  ...(areSteps.includes(name) ? objects('sealed', 'GetObject', 'PutObject') : []),
];

describe('each function may do exactly what it is there for', () => {
  test.each(operations.filter(({ creates }) => creates))('$name reads and writes orders', ({ name }) => {
    expect(grantsOf(dev, name)).toEqual(
      [
        'dynamodb:GetItem Orders',
        'dynamodb:UpdateItem Orders',
        ...writeKey,
        ...logs,
        ...twoSecrets,
        ...mediaOf(name),
      ].sort(),
    );
  });

  test.each(operations.filter(({ creates }) => !creates))(
    '$name reads orders, and may report the ticket as bad; a step also tells how it ended',
    ({ name }) => {
      expect(grantsOf(dev, name)).toEqual(
        [
          'dynamodb:GetItem Orders',
          `dynamodb:UpdateItem Orders${ticketItem}`,
          ...(areSteps.includes(name) ? [`dynamodb:UpdateItem Orders${itemsLike('verification#*')}`] : []),
          ...writeKey,
          ...logs,
          ...twoSecrets,
          ...mediaOf(name),
        ].sort(),
      );
    },
  );

  test('create-media signs uploads, and of the table it sees only what is known of files', () => {
    expect(grantsOf(dev, 'create-media')).toEqual(
      [
        `dynamodb:GetItem Orders${itemsLike('media#*')}`,
        `dynamodb:UpdateItem Orders${itemsLike('media#*')}`,
        ...writeKey,
        ...logs,
        ...objects('uploads', 'PutObject'),
      ].sort(),
    );
  });

  test('start-verification looks at the files, seals the plan and starts the one state machine; it writes no order', () => {
    const [[machine]] = dev.all('AWS::StepFunctions::StateMachine') as [[string, unknown]];
    expect(grantsOf(dev, 'start-verification')).toEqual(
      [
        'dynamodb:GetItem Orders',
        `dynamodb:UpdateItem Orders${ofVerifications}`,
        ...writeKey,
        ...logs,
        'secretsmanager:GetSecretValue FingerprintKey',
        ...objects('uploads', 'GetObject'),
        ...objects('sealed', 'GetObject', 'PutObject'),
        `states:StartExecution ${machine}`,
      ].sort(),
    );
  });

  test('get-verification only reads', () => {
    expect(grantsOf(dev, 'get-verification')).toEqual(
      ['dynamodb:GetItem Orders', ...readKey, ...logs, ...objects('sealed', 'GetObject')].sort(),
    );
  });

  test('decide-verification reads what was sealed, writes the decision but no order, tells of it and removes the uploads', () => {
    expect(grantsOf(dev, 'decide-verification')).toEqual(
      [
        'dynamodb:GetItem Orders',
        `dynamodb:UpdateItem Orders${ofVerifications}`,
        ...writeKey,
        ...logs,
        ...objects('sealed', 'GetObject'),
        ...objects('uploads', 'DeleteObject'),
        events,
      ].sort(),
    );
  });

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
  test('finds and ends orders, reads the ticket, removes uploads and tells what it found; it reads no other secret', () => {
    expect(grantsOf(dev, 'resolve-orders')).toEqual(
      [
        'dynamodb:GetItem Orders',
        'dynamodb:UpdateItem Orders',
        'dynamodb:Query Orders/index/pending',
        ...writeKey,
        ...logs,
        'secretsmanager:GetSecretValue SignTicket',
        ...objects('uploads', 'DeleteObject'),
        events,
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
  const machineRole = (stage: Synthesised) =>
    target(stage.all('AWS::StepFunctions::StateMachine')[0]![1].Properties.RoleArn);
  /** What AWS offers no resource for: log delivery of the state machine, and X-Ray. */
  const withoutResource = (stage: Synthesised) => wildcards(stage).filter(({ Resource }) => Resource === '*');

  test('there is no wildcard but the objects of one folder of the bucket', () => {
    expect(everyStatement(dev).length).toBeGreaterThan(operations.length);
    const others = wildcards(dev).filter((statement) => !withoutResource(dev).includes(statement));
    const resources = others.flatMap(({ Resource }) => list(Resource)).map(target);
    expect([...new Set(resources)].sort()).toEqual(['Media/results/*', 'Media/sealed/*', 'Media/uploads/*']);
    expect(others.flatMap(({ Action }) => list(Action)).filter((action) => action.includes('*'))).toEqual([]);
  });

  test('and the delivery of the log of the state machine, which has no resources', () => {
    expect(withoutResource(dev).map(({ Action }) => list(Action))).toEqual([
      [
        'logs:CreateLogDelivery',
        'logs:DeleteLogDelivery',
        'logs:DescribeLogGroups',
        'logs:DescribeResourcePolicies',
        'logs:GetLogDelivery',
        'logs:ListLogDeliveries',
        'logs:PutResourcePolicy',
        'logs:UpdateLogDelivery',
      ],
    ]);
    expect(statementsOf(dev, machineRole(dev))).toContainEqual(withoutResource(dev)[0]);
  });

  test('and that of X-Ray, which has none either, where the stage traces', () => {
    const stage = synthesise({ ...abroad, tracing: true });
    const traced = withoutResource(stage).flatMap(({ Action }) => {
      const actions = list(Action).filter((action) => action.startsWith('xray:'));
      return actions.length > 0 ? [actions] : [];
    });
    const functions = ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'];
    const machine = ['xray:GetSamplingRules', 'xray:GetSamplingTargets', ...functions];
    expect(traced.filter((actions) => actions.length === functions.length)).toEqual(lambdaNames.map(() => functions));
    expect(traced.filter((actions) => actions.length > functions.length)).toEqual([machine]);
  });

  test('nothing lists or scans, and nothing is deleted but uploads', () => {
    const granted = lambdaNames.flatMap((name) => grantsOf(dev, name));
    expect(granted.filter((grant) => /ListBucket|Scan|DeleteItem/.test(grant))).toEqual([]);
    expect(granted.filter((grant) => grant.startsWith('s3:Delete') && !grant.endsWith('Media/uploads/*'))).toEqual([]);
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
