import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { expect, onTestFinished, test } from 'vitest';
import { startStepFunctions } from '../../../../infra/local/state-machines/step-functions.ts';
import { failure, invoking, machineArn, machinesOf } from './fixture.ts';

const definition = { StartAt: 'Step', States: { Step: invoking('step', { End: true, OutputPath: '$.Payload' }) } };

async function start(run: (event: never) => unknown = () => 'done') {
  const sample = machinesOf(definition, { step: run }, { now: () => 1_767_225_600_500 });
  const { endpoint, stop } = await startStepFunctions({ machines: sample.machines, accessKeyId: 'KEY' });
  const client = new SFNClient({
    endpoint,
    region: 'cn-north-1',
    credentials: { accessKeyId: 'KEY', secretAccessKey: 'any' },
    maxAttempts: 1,
  });
  onTestFinished(async () => {
    client.destroy();
    await stop();
  });
  const begin = (input: object) => client.send(new StartExecutionCommand({ stateMachineArn: machineArn, ...input }));
  const describeOf = (executionArn?: string) => client.send(new DescribeExecutionCommand({ executionArn }));
  return {
    client,
    endpoint,
    begin,
    describeOf,
    end: async (executionArn?: string) => {
      for (;;) {
        const described = await describeOf(executionArn);
        if (described.status !== 'RUNNING') return described;
      }
    },
  };
}

test('an execution is started, described and told', async () => {
  const { begin, end, client } = await start((event) => ({ got: event }));
  const { executionArn, startDate } = await begin({ name: 'one', input: '{"id": 1}' });
  expect(executionArn).toBe('arn:aws-cn:states:cn-north-1:000000000000:execution:sample:one');
  expect(startDate).toEqual(new Date('2026-01-01T00:00:00.500Z'));
  const described = await end(executionArn);
  expect(described).toMatchObject({
    executionArn,
    stateMachineArn: machineArn,
    name: 'one',
    status: 'SUCCEEDED',
    startDate,
    stopDate: startDate,
    input: '{"id": 1}',
    output: '{"got":{"id":1}}',
  });
  const { events = [] } = await client.send(new GetExecutionHistoryCommand({ executionArn }));
  expect(events.map(({ id, type }) => [id, type])).toEqual([
    [1, 'ExecutionStarted'],
    [2, 'TaskStateEntered'],
    [3, 'TaskStateExited'],
    [4, 'ExecutionSucceeded'],
  ]);
  expect(events[1]?.stateEnteredEventDetails).toMatchObject({ name: 'Step', input: '{"id":1}' });
  expect(events[2]?.stateExitedEventDetails).toMatchObject({ name: 'Step', output: '{"got":{"id":1}}' });
  const command = { executionArn, reverseOrder: true, maxResults: 3, includeExecutionData: false };
  const first = await client.send(new GetExecutionHistoryCommand(command));
  expect(first.events?.map(({ id }) => id)).toEqual([4, 3, 2]);
  expect(first.events?.[0]?.executionSucceededEventDetails).toEqual({});
  const { nextToken } = first;
  const second = await client.send(new GetExecutionHistoryCommand({ ...command, nextToken }));
  expect([second.events?.map(({ id }) => id), second.nextToken]).toEqual([[1], undefined]);
});

test('a failed execution says which error and why', async () => {
  const { begin, end, client } = await start(() => failure('rate-limited', 'wait'));
  const { executionArn } = await begin({ name: 'one' });
  const cause = '{"errorType":"rate-limited","errorMessage":"wait"}';
  expect(await end(executionArn)).toMatchObject({ status: 'FAILED', error: 'rate-limited', cause, input: '{}' });
  const { events = [] } = await client.send(new GetExecutionHistoryCommand({ executionArn }));
  const failed = { resourceType: 'lambda', resource: 'invoke', error: 'rate-limited', cause };
  expect(events.map(({ taskFailedEventDetails: details }) => details).filter(Boolean)).toEqual([failed]);
  expect(events.at(-1)?.executionFailedEventDetails).toMatchObject({ error: 'rate-limited', cause });
});

test('a start that is repeated answers the same while it runs, and is refused after it', async () => {
  const waiting = Promise.withResolvers<number>();
  const { begin, end } = await start(() => waiting.promise);
  const first = await begin({ name: 'one', input: '{}' });
  const again = await begin({ name: 'one', input: '{}' });
  expect([again.executionArn, again.startDate]).toEqual([first.executionArn, first.startDate]);
  await expect(begin({ name: 'one', input: '{"a":1}' })).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
  waiting.resolve(1);
  await end(first.executionArn);
  await expect(begin({ name: 'one', input: '{}' })).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
});

const big = JSON.stringify('x'.repeat(262_143));

test.each<[object, string]>([
  [{ stateMachineArn: `${machineArn}2` }, 'StateMachineDoesNotExist'],
  [{ stateMachineArn: 'sample' }, 'InvalidArn'],
  [{ name: '' }, 'InvalidName'],
  [{ name: 'x'.repeat(81) }, 'InvalidName'],
  ...[' ', '<', '}', '*', '"', '#', '/', ':', '\u0085', '😀', '\uffff'].map((character): [object, string] => [
    { name: `a${character}b` },
    'InvalidName',
  ]),
  [{ input: '{' }, 'InvalidExecutionInput'],
  [{ input: '' }, 'InvalidExecutionInput'],
  [{ input: big }, 'ValidationException'],
])('%#: a start that is not right is %s', async (input, name) => {
  const { begin } = await start();
  await expect(begin(input)).rejects.toMatchObject({ name });
});

test('names of 80 characters, and of other scripts, are names', async () => {
  const { begin } = await start();
  for (const name of ['x'.repeat(80), '样本-A_1.(b)=+@!']) {
    expect((await begin({ name })).executionArn).toBe(`${machineArn.replace('stateMachine', 'execution')}:${name}`);
  }
});

test('what there is not is not described', async () => {
  const { describeOf } = await start();
  const arn = machineArn.replace('stateMachine', 'execution');
  await expect(describeOf(`${arn}:none`)).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
  await expect(describeOf('none')).rejects.toMatchObject({ name: 'InvalidArn' });
});

test('only its own key, its own actions and JSON objects are served', async () => {
  const { endpoint } = await start();
  const send = async (target: string, key: string, body: string) => {
    const headers = { 'x-amz-target': target, authorization: `AWS4-HMAC-SHA256 Credential=${key}/20260101/x` };
    const response = await fetch(endpoint, { method: 'POST', headers, body });
    return [response.status, ((await response.json()) as { __type: string }).__type];
  };
  expect(await send('AWSStepFunctions.StartExecution', 'OTHER', '{}')).toEqual([400, 'UnrecognizedClientException']);
  expect(await send('AWSStepFunctions.DeleteStateMachine', 'KEY', '{}')).toEqual([400, 'UnknownOperationException']);
  expect(await send('AWSStepFunctions.constructor', 'KEY', '{}')).toEqual([400, 'UnknownOperationException']);
  expect(await send('Other.StartExecution', 'KEY', '{}')).toEqual([400, 'UnknownOperationException']);
  expect(await send('AWSStepFunctions.StartExecution', 'KEY', '[]')).toEqual([400, 'SerializationException']);
});
