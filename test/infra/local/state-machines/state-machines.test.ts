import { readFileSync, statSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { failure, functionArn, invoking, machineArn, machinesOf } from './fixture.ts';

const step = (more: object = {}): object => ({
  StartAt: 'Step',
  States: { Step: invoking('step', { End: true, OutputPath: '$.Payload', ...more }) },
});

/** A function that answers when it is told to. */
function held() {
  const waiting = Promise.withResolvers<string>();
  return { step: () => waiting.promise, answer: () => waiting.resolve('done') };
}

describe('the name of an execution', () => {
  test('stands for one execution while it runs, and for none after it', async () => {
    const { answer, step: run } = held();
    const { machines, start, view, calls } = machinesOf(step(), { step: run });
    const first = start({ id: 1 }, 'one');
    expect(first.arn).toBe('arn:aws-cn:states:cn-north-1:000000000000:execution:sample:one');
    expect(start({ id: 1 }, 'one')).toBe(first);
    const exists = expect.objectContaining({ name: 'ExecutionAlreadyExists', message: expect.stringContaining('one') });
    expect(() => start({ id: 2 }, 'one')).toThrow(exists);
    answer();
    while (view('one').status === 'RUNNING') await new Promise(setImmediate);
    expect(view('one')).toMatchObject({ status: 'SUCCEEDED', output: 'done' });
    expect(() => start({ id: 1 }, 'one')).toThrow(exists);
    expect(calls).toEqual(['step']);
    expect(() => machines.start(`${machineArn}s`, 'one', '{}')).toThrow(
      expect.objectContaining({ name: 'StateMachineDoesNotExist' }),
    );
  });

  test('is made if none is given', () => {
    const { start } = machinesOf(step(), { step: () => 1 });
    expect(start().name).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  test('is known after a restart, for 90 days', async () => {
    const day = 24 * 60 * 60 * 1000;
    let time = 1_000;
    const now = (): number => time;
    const { path, run } = machinesOf(step(), { step: () => 'kept' }, { now });
    await run({ id: 1 }, 'one');
    const text = readFileSync(path, 'utf8');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(text).not.toContain('history');
    time += 90 * day;
    const again = machinesOf(step(), { step: () => 1 }, { path, now });
    expect(again.view('one')).toMatchObject({ status: 'SUCCEEDED', input: { id: 1 }, output: 'kept', history: [] });
    expect(() => again.start({ id: 1 }, 'one')).toThrow('Execution Already Exists');
    time += 1;
    expect((await machinesOf(step(), { step: () => 'new' }, { path, now }).run({}, 'one')).output).toBe('new');
  });
});

test('what ran when the process ended is aborted', () => {
  const { path, start } = machinesOf(step(), { step: held().step });
  start({}, 'one');
  const left = readFileSync(path, 'utf8');
  const other = `${path}.copy`;
  writeFileSync(other, left);
  const again = machinesOf(step(), { step: () => 1 }, { path: other });
  expect(again.view('one').status).toBe('ABORTED');
  expect(() => again.start({}, 'one')).toThrow('Execution Already Exists');
});

test('a stop aborts what runs, begins nothing more, and waits for what has begun', async () => {
  const { answer, step: run } = held();
  const Retry = [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 60 }];
  const functions = { step: run, waiting: () => failure('again') };
  const definition = {
    StartAt: 'Both',
    States: {
      Both: {
        Type: 'Parallel',
        Branches: [
          {
            StartAt: 'Step',
            States: { Step: invoking('step', { Next: 'After' }), After: invoking('step', { End: true }) },
          },
          { StartAt: 'Waiting', States: { Waiting: invoking('waiting', { Retry, End: true }) } },
        ],
        Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 1 }],
        End: true,
      },
    },
  };
  const { machines, start, view, calls, lines } = machinesOf(definition, functions, { waits: (seconds) => seconds });
  start({}, 'one');
  while (calls.length < 2) await new Promise(setImmediate);
  let stopped = false;
  const stop = machines.stop().then(() => {
    stopped = true;
  });
  while (view('one').status === 'RUNNING') await new Promise(setImmediate);
  expect([view('one').status, stopped]).toEqual(['ABORTED', false]);
  expect(() => start({}, 'two')).toThrow('is stopping');
  answer();
  await stop;
  expect(calls.toSorted()).toEqual(['step', 'waiting']);
  expect(lines).toEqual(['execution: one aborted']);
});

describe('data over 262,144 bytes', () => {
  const catchAll = { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Step' }], Retry: [{ ErrorEquals: ['States.ALL'] }] };
  const letters = (count: number): string => '样'.repeat(Math.floor(count / 3)) + 'x'.repeat(count % 3);

  test.each<[number, string]>([
    [262_142, 'SUCCEEDED'],
    [262_143, 'FAILED'],
  ])('as a text of %i bytes and two quotes: %s', async (bytes, status) => {
    // A task by ARN adds nothing to what its function answers.
    const Only = { Type: 'Task', Resource: functionArn('step'), End: true };
    const { run, calls } = machinesOf({ StartAt: 'Only', States: { Only } }, { step: () => letters(bytes) });
    const { error, ...rest } = await run();
    expect([rest.status, error]).toEqual([status, status === 'FAILED' ? 'States.DataLimitExceeded' : undefined]);
    expect(calls).toHaveLength(1);
  });

  test('as a result of a task fails the execution whatever it catches', async () => {
    const { run, calls } = machinesOf(step(catchAll), { step: () => letters(262_143) });
    expect(await run()).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
    expect(calls).toHaveLength(1);
  });

  test('as an input of a task does so before the function runs', async () => {
    const Payload = { 'a.$': '$', 'b.$': '$' };
    const definition = step({ Parameters: { FunctionName: functionArn('step'), Payload }, ...catchAll });
    const { run, calls } = machinesOf(definition, { step: () => 1 });
    expect(await run({ x: letters(200_000) })).toMatchObject({ error: 'States.DataLimitExceeded' });
    expect(calls).toEqual([]);
  });

  test('as an output of any state does so', async () => {
    const Twice = { Type: 'Pass', Parameters: { 'a.$': '$', 'b.$': '$' }, End: true };
    const { run } = machinesOf({ StartAt: 'Twice', States: { Twice } });
    expect(await run({ x: letters(200_000) })).toMatchObject({ error: 'States.DataLimitExceeded' });
  });
});

describe('events of a task', () => {
  const definition = {
    StartAt: 'Tell',
    States: {
      Tell: {
        Type: 'Task',
        Resource: 'arn:aws-cn:states:::events:putEvents',
        Parameters: {
          Entries: [{ Source: 'signet', DetailType: 'Done', Detail: { 'id.$': '$.id' }, Resources: ['r'] }],
        },
        End: true,
      },
    },
  };

  test('are put with the ARNs of execution and machine', async () => {
    const put: unknown[] = [];
    const answer = { FailedEntryCount: 0, Entries: [{ EventId: 'one' }] };
    const putEvents = (input: unknown) => {
      put.push(input);
      return answer;
    };
    const { run } = machinesOf(definition, {}, { putEvents });
    const { arn, output } = await run({ id: 'a' });
    expect(output).toEqual(answer);
    const Resources = ['r', arn, machineArn];
    expect(put).toEqual([{ Entries: [{ Source: 'signet', DetailType: 'Done', Detail: '{"id":"a"}', Resources }] }]);
  });

  test('that are not taken fail it', async () => {
    const putEvents = () => ({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'InvalidArgument' }] });
    expect(await machinesOf(definition, {}, { putEvents }).run({ id: 'a' })).toMatchObject({
      error: 'EventBridge.FailedEntry',
    });
  });
});

test('every sequence of starts makes one execution per name', async () => {
  const { machines, start, calls } = machinesOf(step(), { step: (event: { id: number }) => event.id });
  let round = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.integer({ min: 0, max: 1 }), fc.boolean())),
      async (starts) => {
        round += 1;
        calls.length = 0;
        const inputs = new Map<string, number>();
        for (const [letter, id, pause] of starts) {
          const name = `${letter}${round}`;
          const before = machines.find(name)?.status;
          const known = inputs.get(name);
          try {
            start({ id }, name);
            expect(known === undefined || (known === id && before === 'RUNNING')).toBe(true);
            inputs.set(name, id);
          } catch (error) {
            expect((error as Error).name).toBe('ExecutionAlreadyExists');
            expect(known === id && before === 'RUNNING').toBe(false);
          }
          if (pause) await new Promise(setImmediate);
        }
        while ([...inputs.keys()].some((name) => machines.find(name)?.status === 'RUNNING'))
          await new Promise(setImmediate);
        for (const [name, id] of inputs) expect(machines.find(name)?.output).toBe(String(id));
        expect(calls).toHaveLength(inputs.size);
      },
    ),
    { numRuns: 20 },
  );
});
