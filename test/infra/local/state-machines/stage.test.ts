import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { expect, onTestFinished, test } from 'vitest';
import { type Stage, type StageOptions, startStage } from '../../../../infra/local/stage.ts';
import { apiResources, assemblyFrom, functionResource, temporaryFolder } from '../fixtures.ts';
import { ended } from './fixture.ts';

// One function that starts an execution, and is its steps.
const code = `
  const aws = (endpoint, target, version, body) => fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-' + version,
      'x-amz-target': target,
      authorization: 'AWS4-HMAC-SHA256 Credential=' + process.env.AWS_ACCESS_KEY_ID + '/20260101/x/y/aws4_request',
    },
    body: JSON.stringify(body),
  }).then((response) => response.json());
  let tries = 0;
  exports.handler = async ({ step, name }) => {
    if (step === 'start') return aws(process.env.AWS_ENDPOINT_URL_SFN, 'AWSStepFunctions.StartExecution', '1.0',
      { stateMachineArn: process.env.MACHINE, name, input: JSON.stringify({ name }) });
    if (step === 'fail' && tries++ < 2) throw Object.assign(new Error('not now'), { name: 'rate-limited' });
    if (step === 'exit') process.exit(3);
    if (step === 'hang') return new Promise((resolve) => setTimeout(resolve, 60_000));
    await aws(process.env.AWS_ENDPOINT_URL_EVENTBRIDGE, 'AWSEvents.PutEvents', '1.1',
      { Entries: [{ Source: 'signet', DetailType: step, Detail: JSON.stringify({ name }) }] });
    return { step, name };
  };`;

const state = (step: string, more: object) => ({
  Type: 'Task',
  Resource: 'arn:aws-cn:states:::lambda:invoke',
  Parameters: { FunctionName: 'FUNCTION', Payload: { step, 'name.$': '$.name' } },
  ...more,
});

/** A definition as CDK writes it: text around the ARN of the function. */
const definitionOf = (states: object) => {
  const parts = JSON.stringify({ StartAt: 'First', States: states }).split('"FUNCTION"');
  const arn = { 'Fn::GetAtt': ['Step', 'Arn'] };
  return { 'Fn::Join': ['', parts.flatMap((part, index) => (index === 0 ? [part] : ['"', arn, '"', part]))] };
};

const templateOf = (states: object) => ({
  Resources: {
    Step: functionResource('step', 'code', { Environment: { Variables: { MACHINE: { Ref: 'Machine' } } } }),
    Machine: {
      Type: 'AWS::StepFunctions::StateMachine',
      Properties: { StateMachineName: 'checks', DefinitionString: definitionOf(states) },
      Metadata: { 'aws:cdk:path': 'sample/verification/Resource' },
    },
    ...apiResources('Step'),
  },
});

async function start(states: object, more: Partial<StageOptions> = {}): Promise<Stage> {
  const stage = await startStage({
    assembly: assemblyFrom(templateOf(states), { code: { 'index.cjs': code } }),
    data: join(temporaryFolder(), 'data'),
    port: 0,
    waits: () => 0.01,
    ...more,
  });
  onTestFinished(() => stage.stop());
  return stage;
}

const look = (stage: Stage, name: string) => () => stage.execution(name)!;

test('a stage runs the state machines of its template, with its functions', async () => {
  const Retry = [{ ErrorEquals: ['rate-limited'], IntervalSeconds: 30, MaxAttempts: 2, JitterStrategy: 'FULL' }];
  const Catch = [{ ErrorEquals: ['Runtime.ExitError'], ResultPath: '$.error', Next: 'Last' }];
  const data = join(temporaryFolder(), 'data');
  const states = {
    First: state('fail', {
      Retry,
      ResultPath: '$.first',
      ResultSelector: { 'step.$': '$.Payload.step' },
      Next: 'Wait',
    }),
    Wait: { Type: 'Wait', Seconds: 600, Next: 'Exit' },
    Exit: state('exit', { Catch, Next: 'Last' }),
    Last: state('last', { ResultPath: '$.last', End: true }),
  };
  const stage = await start(states, { data });
  const arn = 'arn:aws-cn:states:cn-north-1:000000000000:stateMachine:checks';
  expect(stage.stateMachines).toEqual({ verification: arn });
  const executionArn = 'arn:aws-cn:states:cn-north-1:000000000000:execution:checks:one';
  expect(await stage.invoke('step', { step: 'start', name: 'one' })).toMatchObject({ payload: { executionArn } });
  const { status, output, input } = await ended(look(stage, 'one'));
  expect([status, input]).toEqual(['SUCCEEDED', { name: 'one' }]);
  expect(output).toMatchObject({
    first: { step: 'fail' },
    error: { Error: 'Runtime.ExitError' },
    last: { StatusCode: 200 },
  });
  expect(stage.events().map(({ 'detail-type': type, detail }) => [type, detail])).toEqual([
    ['fail', { name: 'one' }],
    ['last', { name: 'one' }],
  ]);
  expect(stage.execution('none')).toBeUndefined();
  await stage.stop();
  expect(readFileSync(join(data, 'events.jsonl'), 'utf8').trimEnd().split('\n')).toHaveLength(2);

  const { stateMachinesEndpoint: endpoint, region, credentials, ...again } = await start(states, { data });
  expect(again.execution('one')).toMatchObject({ status: 'SUCCEEDED', output, history: [] });
  const client = new SFNClient({ endpoint, region, credentials });
  onTestFinished(() => client.destroy());
  expect((await client.send(new DescribeExecutionCommand({ executionArn }))).status).toBe('SUCCEEDED');
  const repeated = new StartExecutionCommand({ stateMachineArn: arn, name: 'one', input: '{"name":"one"}' });
  await expect(client.send(repeated)).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
});

test('a stage that stops aborts what runs', async () => {
  const data = join(temporaryFolder(), 'data');
  const Retry = [{ ErrorEquals: ['States.ALL'] }];
  const stage = await start({ First: state('hang', { Retry, End: true }) }, { data });
  await stage.invoke('step', { step: 'start', name: 'one' });
  await stage.stop();
  expect(look(stage, 'one')().status).toBe('ABORTED');
  const kept = JSON.parse(readFileSync(join(data, 'executions.json'), 'utf8')) as { executions: { status: string }[] };
  expect(kept.executions.map(({ status }) => status)).toEqual(['ABORTED']);
});

test('a stage does not start with a state machine that it cannot run', async () => {
  const token = state('fail', { Resource: 'arn:aws-cn:states:::lambda:invoke.waitForTaskToken', End: true });
  await expect(start({ First: token })).rejects.toThrow('waitForTaskToken (state machine verification, state First)');
});

test.each([
  [new SFNClient({ region: 'cn-north-1' }), 'AWS_ENDPOINT_URL_SFN'],
  [new EventBridgeClient({ region: 'cn-north-1' }), 'AWS_ENDPOINT_URL_EVENTBRIDGE'],
])('%#: the environment names the endpoint as the SDK looks it up', ({ config }, name) => {
  // The SDK's rule: the service's id in capitals, with underscores for spaces.
  const { serviceId } = config as unknown as { serviceId: string };
  expect(`AWS_ENDPOINT_URL_${serviceId.toUpperCase().replaceAll(' ', '_')}`).toBe(name);
  expect(code).toContain(`process.env.${name},`);
});
