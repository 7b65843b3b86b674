import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { stateName, steps } from '../../lib/verifications/checks.ts';
import { machineOf, type State, statesIn } from './machine.ts';
import { stages, synthesise, target } from './synthesise.ts';

/** It has no types, and writes into what it is given. */
const validate = createRequire(import.meta.url)('asl-validator') as (definition: object) => {
  readonly isValid: boolean;
  readonly errors: readonly unknown[];
};

const dev = synthesise(stages.dev);
const { id, properties, definition } = machineOf(dev);
const states = statesIn(definition);
const tasks = states.filter(([, { Type }]) => Type === 'Task');
const taskNamed = (name: string): State => tasks.find(([other]) => other === name)![1];

/** What may be tried again although the step buys: it has bought nothing (design, section 8). */
const triedAgain = [
  'ticket-unavailable',
  'ledger-unavailable',
  'upstream-unreachable',
  'upstream-circuit-open',
  'insufficient-time',
  'rate-limited',
  'media-unavailable',
  'order-in-progress',
  'Lambda.TooManyRequestsException',
];
const ocrSteps = steps.filter(({ phase }) => phase === 'documents');
/** Steps whose orders of unknown outcome can be asked about. */
const askedSteps = [steps.find(({ name }) => name === 'consent-record')!, ...ocrSteps];

test('the definition is valid', () => {
  const { isValid, errors } = validate({
    ...structuredClone(definition),
    // The validator knows ARNs, and no logical ids.
    States: JSON.parse(JSON.stringify(definition.States).replaceAll('arn:AWS::Partition', 'arn:aws-cn')),
  });
  expect(errors).toEqual([]);
  expect(isValid).toBe(true);
});

test('it speaks JSONPath: JSONata is run wrongly by the interpreter of the local stage', () => {
  expect(JSON.stringify(definition)).not.toMatch(/QueryLanguage|JSONata|\{%/);
});

describe('tasks', () => {
  test('are one per step, a second one for each document and the recorded consent, and the decision', () => {
    expect(tasks.map(([name]) => name).sort()).toEqual(
      [
        'Decide',
        ...steps.map(({ name }) => stateName(name)),
        ...askedSteps.map(({ name }) => `${stateName(name)}Again`),
      ].sort(),
    );
  });

  test.each(tasks)(
    '%s catches everything, keeps nothing of the error, and waits a little longer than its function',
    (_, state) => {
      expect(state.TimeoutSeconds).toBe(30);
      expect(state.Catch).toEqual([{ ErrorEquals: ['States.ALL'], ResultPath: null, Next: expect.any(String) }]);
    },
  );

  test.each(steps)('$name invokes its operation with the id and its own name, nothing else', (step) => {
    const name = stateName(step.name);
    for (const state of [taskNamed(name), ...(ocrSteps.includes(step) ? [taskNamed(`${name}Again`)] : [])]) {
      expect(state.Resource).toBe('arn:AWS::Partition:states:::lambda:invoke');
      expect(state.Parameters).toEqual({
        FunctionName: dev.lambda(step.operation.name).id,
        Payload: { 'verificationId.$': '$.verificationId', step: step.name },
      });
    }
  });

  test('the decision is invoked with the id, and its answer is that of the execution', () => {
    const { Parameters, ResultSelector, ResultPath, End } = taskNamed('Decide');
    expect(Parameters).toEqual({
      FunctionName: dev.lambda('decide-verification').id,
      Payload: { 'verificationId.$': '$.verificationId' },
    });
    expect(ResultSelector).toEqual({
      'verificationId.$': '$.Payload.verificationId',
      'status.$': '$.Payload.status',
      'verdict.$': '$.Payload.verdict',
    });
    expect([ResultPath, End]).toEqual([undefined, true]);
  });

  test('of a result nothing is kept but what a later state asks for', () => {
    const kept = tasks.flatMap(([name, { ResultSelector, ResultPath }]) =>
      ResultPath === null || name === 'Decide' ? [] : [[ResultPath, ResultSelector]],
    );
    expect(kept).toEqual([
      ...askedSteps.flatMap(() => Array(2).fill(['$.answer', { 'again.$': '$.Payload.again' }])),
      ['$.Face', { 'outcome.$': '$.Payload.outcome' }],
    ]);
  });
});

describe('what is tried again', () => {
  test('is spread out: three repeats at most, which are four attempts, none more than a minute later', () => {
    const retries = states.flatMap(([, { Retry }]) => Retry ?? []);
    expect(retries).toHaveLength(2 * tasks.length - 1);
    for (const retry of retries) {
      expect(retry).toMatchObject({ BackoffRate: 2, JitterStrategy: 'FULL' });
      expect(retry.MaxDelaySeconds).toBeLessThanOrEqual(60);
      expect(retry.MaxAttempts).toBeLessThanOrEqual(3);
    }
  });

  test('is, of a step, only what has bought nothing, each under one retrier', () => {
    for (const [name, { Retry }] of tasks) {
      if (name === 'Decide') continue;
      expect(Retry.flatMap(({ ErrorEquals }: State) => ErrorEquals).sort(), name).toEqual([...triedAgain].sort());
    }
  });

  /** Waits of a retrier at their longest. */
  const waitsOf = ({ IntervalSeconds, BackoffRate, MaxDelaySeconds, MaxAttempts }: State): number[] =>
    Array.from({ length: MaxAttempts }, (_, at) => Math.min(IntervalSeconds * BackoffRate ** at, MaxDelaySeconds));
  const retrierOf = (name: string, error: string): State =>
    taskNamed(name).Retry.find(({ ErrorEquals }: State) => ErrorEquals.includes(error));

  test.each(tasks.filter(([name]) => name !== 'Decide'))(
    'of %s outlives another call of the same order, and is soon done after anything else',
    (name) => {
      for (const error of triedAgain.filter((other) => other !== 'order-in-progress')) {
        expect(waitsOf(retrierOf(name, error))).toEqual([2, 4, 8]);
      }
      const longest = waitsOf(retrierOf(name, 'order-in-progress'));
      // Each wait is drawn evenly between nothing and its longest: the middles of so many equal parts stand for it.
      const parts = 24;
      const sums = longest.reduce(
        (before: readonly number[], most) =>
          before.flatMap((sum) => Array.from({ length: parts }, (_, part) => sum + (most * (part + 0.5)) / parts)),
        [0],
      );
      const seconds = 30;
      expect(sums.reduce((all, sum) => all + sum, 0) / sums.length).toBeGreaterThan(2 * seconds);
      expect(sums.filter((sum) => sum < seconds).length / sums.length).toBeLessThan(0.025);
    },
  );

  test('is everything of the decision, which buys nothing', () => {
    expect(taskNamed('Decide').Retry[0].ErrorEquals).toEqual(['States.TaskFailed', 'States.Timeout']);
  });
});

test('no path is followed that may be missing: that error could not be caught', () => {
  const rules = states.flatMap(([, { Choices }]) => (Choices ?? []).map(({ And }: State) => And));
  expect(rules.length).toBeGreaterThan(steps.length);
  for (const And of rules) {
    const present = And.filter(({ IsPresent }: State) => IsPresent === true).map(({ Variable }: State) => Variable);
    expect(new Set(And.map(({ Variable }: State) => Variable))).toEqual(new Set(present));
  }
});

test('the whole ends after half an hour at the latest', () => {
  expect(definition.TimeoutSeconds).toBe(1800);
});

describe('the state machine', () => {
  test('is named after the stage, and keeps its executions', () => {
    expect(properties).toMatchObject({ StateMachineName: 'signet-dev-verification', StateMachineType: 'STANDARD' });
  });

  test("encrypts them with the stage's key", () => {
    expect(properties.EncryptionConfiguration).toEqual({
      Type: 'CUSTOMER_MANAGED_KMS_KEY',
      KmsKeyId: { 'Fn::GetAtt': ['StateKey', 'Arn'] },
      KmsDataKeyReusePeriodSeconds: 300,
    });
  });

  test('and of all that the key encrypts, has its log delivery read what is on its way to the logs', () => {
    const { Statement } = dev.template.Resources.StateKey!.Properties.KeyPolicy;
    const others = Statement.filter(({ Action }: State) => Action !== 'kms:*');
    const { Condition, ...delivery } = others[0];
    expect(others).toHaveLength(1);
    expect(delivery).toEqual({
      Action: 'kms:Decrypt',
      Effect: 'Allow',
      Principal: { Service: 'delivery.logs.amazonaws.com' },
      Resource: '*',
    });
    expect(Object.keys(Condition)).toEqual(['StringEquals']);
    expect(Object.entries(Condition.StringEquals).map(([name, value]) => [name, target(value)])).toEqual([
      ['kms:EncryptionContext:SourceArn', 'arn:AWS::Partition:logs:cn-north-1:AWS::AccountId:*'],
    ]);
  });

  test.each([stages.local, stages.dev, stages.prod])('logs every event without its data in stage $name', (stage) => {
    const synthesised = synthesise(stage);
    const { LoggingConfiguration } = machineOf(synthesised).properties;
    expect(LoggingConfiguration).toMatchObject({ Level: 'ALL', IncludeExecutionData: false });
    expect(LoggingConfiguration.Destinations).toHaveLength(1);
    const log = target(LoggingConfiguration.Destinations[0].CloudWatchLogsLogGroup.LogGroupArn);
    expect(synthesised.template.Resources[log]).toMatchObject({
      Properties: { LogGroupName: `/aws/vendedlogs/states/signet-${stage.name}-verification`, RetentionInDays: 30 },
      DeletionPolicy: stage.retain ? 'RetainExceptOnCreate' : 'Delete',
    });
  });

  test('is traced where the stage is', () => {
    expect(properties.TracingConfiguration).toEqual({ Enabled: false });
    const abroad = synthesise({ ...stages.dev, region: 'ap-southeast-1', dataResidency: 'exported', tracing: true });
    expect(machineOf(abroad).properties.TracingConfiguration).toEqual({ Enabled: true });
  });

  test('may invoke its functions, use the key for its own executions and logs, and have its log delivered', () => {
    const role = target(properties.RoleArn);
    const policies = dev
      .all('AWS::IAM::Policy')
      .filter(([, { Properties }]) => Properties.Roles.some((of: unknown) => target(of) === role));
    const statements: readonly State[] = policies.flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement);
    const invoked = statements.filter(({ Action }) => Action === 'lambda:InvokeFunction');
    const functions = [...steps.map(({ operation }) => operation.name), 'decide-verification'];
    expect(
      invoked
        .flatMap(({ Resource }) => Resource)
        .map(target)
        .sort(),
    ).toEqual([...new Set(functions)].map((name) => dev.lambda(name).id).sort());
    const others = statements.filter((statement) => !invoked.includes(statement));
    expect(
      others.map(({ Action, Resource, Condition }) => [
        Action,
        target(Resource),
        Object.keys(Condition?.StringEquals ?? {}),
      ]),
    ).toEqual([
      // The actions are those of the test of wildcards.
      [expect.arrayContaining(['logs:CreateLogDelivery']), '*', []],
      [['kms:Decrypt', 'kms:GenerateDataKey'], 'StateKey', ['kms:EncryptionContext:aws:states:stateMachineArn']],
      ['kms:GenerateDataKey', 'StateKey', ['kms:EncryptionContext:SourceArn']],
    ]);
    expect(dev.template.Resources[role]!.Properties).not.toHaveProperty('ManagedPolicyArns');
    expect(JSON.stringify(dev.template.Resources[id])).not.toContain('undefined');
  });
});
