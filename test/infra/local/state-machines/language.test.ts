import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { ended, failure, invoking, machinesOf } from './fixture.ts';

const only = (state: object, more: object = {}): object => ({
  StartAt: 'Only',
  States: { Only: { End: true, ...state }, ...more },
});

/** Timers that the test moves on. */
function clock(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
}

/** Expected results are the states language's and the guide's of Step Functions. */
describe('a task', () => {
  test('answers with the function and its version, of which a selector takes what it needs', async () => {
    const definition = only(
      invoking('step', {
        Parameters: {
          FunctionName: 'arn:aws-cn:lambda:cn-north-1:000000000000:function:step',
          Payload: { 'id.$': '$.id', 'execution.$': '$$.Execution.Name', 'machine.$': '$$.StateMachine.Name', n: 1 },
        },
        ResultSelector: { 'answer.$': '$.Payload', 'code.$': '$.StatusCode', 'version.$': '$.ExecutedVersion' },
        ResultPath: '$.step.first',
      }),
    );
    const { run } = machinesOf(definition, { step: (event) => ({ got: event }) });
    expect((await run({ id: 'a' }, 'named')).output).toEqual({
      id: 'a',
      step: {
        first: {
          answer: { got: { id: 'a', execution: 'named', machine: 'sample', n: 1 } },
          code: 200,
          version: '$LATEST',
        },
      },
    });
  });

  test('by the ARN of its function answers with the payload, and takes the whole input', async () => {
    const state = { Type: 'Task', Resource: 'arn:aws-cn:lambda:cn-north-1:000000000000:function:step' };
    const { run } = machinesOf(only(state), { step: (event) => [event] });
    expect((await run({ id: 'a' })).output).toEqual([{ id: 'a' }]);
  });

  test.each<[unknown, unknown]>([
    [null, { id: 'a' }],
    ['$', { Payload: 1, StatusCode: 200, ExecutedVersion: '$LATEST' }],
    ['$.x', { id: 'a', x: { Payload: 1, StatusCode: 200, ExecutedVersion: '$LATEST' } }],
  ])('puts its result at ResultPath %j', async (ResultPath, output) => {
    const { run } = machinesOf(only(invoking('step', { ResultPath })), { step: () => 1 });
    expect((await run({ id: 'a' })).output).toEqual(output);
  });

  test('fails the execution with the type of the error, and the error for a cause', async () => {
    const { run, lines } = machinesOf(only(invoking('step')), { step: () => failure('media-unavailable', 'gone') });
    const { status, error, cause, output } = await run({}, 'one');
    expect([status, error, output]).toEqual(['FAILED', 'media-unavailable', undefined]);
    expect(JSON.parse(cause ?? '')).toEqual({ errorType: 'media-unavailable', errorMessage: 'gone' });
    expect(lines).toEqual(['execution: one failed with media-unavailable']);
  });

  test('names what Lambda refuses after Lambda', async () => {
    const refused = Object.assign(new Error('too large'), { name: 'RequestEntityTooLargeException' });
    const more = { invoke: () => Promise.reject(refused) };
    const { run } = machinesOf(only(invoking('step')), { step: () => 1 }, more);
    expect(await run()).toMatchObject({ error: 'Lambda.RequestEntityTooLargeException', cause: 'too large' });
  });
});

describe('a timeout', () => {
  const slow = { step: (): Promise<never> => new Promise(() => {}) };

  test('of a task fails it, and can be caught', async () => {
    clock();
    const Catch = [{ ErrorEquals: ['States.Timeout'], ResultPath: '$.error', Next: 'Caught' }];
    const Retry = [{ ErrorEquals: ['States.TaskFailed'] }];
    const machine = only(invoking('step', { TimeoutSeconds: 5, Catch, Retry }), { Caught: { Type: 'Succeed' } });
    const sample = machinesOf(machine, slow);
    const { arn } = sample.start();
    await vi.advanceTimersByTimeAsync(4_999);
    expect(sample.view(arn).status).toBe('RUNNING');
    await vi.advanceTimersByTimeAsync(1);
    expect(await ended(() => sample.view(arn))).toMatchObject({
      status: 'SUCCEEDED',
      output: { error: { Error: 'States.Timeout' } },
    });
    expect(sample.calls).toEqual(['step']);
  });

  test('of the machine ends the execution and nothing else', async () => {
    clock();
    const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }];
    const machine = only(invoking('step', { Catch }), { Caught: { Type: 'Succeed' } });
    const sample = machinesOf({ ...machine, TimeoutSeconds: 70 }, slow);
    const { arn } = sample.start();
    // Longer than the interpreter would give a task without a timeout.
    await vi.advanceTimersByTimeAsync(69_999);
    expect(sample.view(arn).status).toBe('RUNNING');
    await vi.advanceTimersByTimeAsync(1);
    expect((await ended(() => sample.view(arn))).status).toBe('TIMED_OUT');
    expect(sample.view(arn).history.at(-1)?.type).toBe('ExecutionTimedOut');
  });
});

describe('a retry', () => {
  const retrying = (...Retry: object[]) => only(invoking('step', { Retry }));
  const failingTimes = (times: number, type: string) => {
    let count = 0;
    return () => (count++ < times ? failure(type) : count);
  };

  test('is made by the name of the error, as often as it says', async () => {
    const machine = retrying(
      { ErrorEquals: ['rate-limited', 'Lambda.TooManyRequestsException'], MaxAttempts: 2, JitterStrategy: 'FULL' },
      { ErrorEquals: ['Sandbox.Timedout'], MaxAttempts: 1, IntervalSeconds: 5, BackoffRate: 1.5, MaxDelaySeconds: 6 },
    );
    for (const [type, times, status, calls] of [
      ['rate-limited', 2, 'SUCCEEDED', 3],
      ['rate-limited', 3, 'FAILED', 3],
      ['Sandbox.Timedout', 1, 'SUCCEEDED', 2],
      ['Sandbox.Timedout', 2, 'FAILED', 2],
      ['Runtime.ExitError', 1, 'FAILED', 1],
    ] as const) {
      const sample = machinesOf(machine, { step: failingTimes(times, type) });
      expect([type, (await sample.run()).status, sample.calls.length]).toEqual([type, status, calls]);
    }
  });

  test.each([
    ['States.TaskFailed', 'any', 4],
    ['States.ALL', 'any', 4],
    ['States.Timeout', 'any', 1],
  ])('by default is made three times: %s', async (name, type, calls) => {
    const sample = machinesOf(retrying({ ErrorEquals: [name] }), { step: failingTimes(9, type) });
    expect([(await sample.run()).error, sample.calls.length]).toEqual(['any', calls]);
  });

  test('waits longer each time, up to the maximum', async () => {
    clock();
    const retry = { ErrorEquals: ['a'], IntervalSeconds: 3, BackoffRate: 2, MaxDelaySeconds: 10, MaxAttempts: 4 };
    const sample = machinesOf(retrying(retry), { step: failingTimes(4, 'a') }, { waits: undefined });
    const { arn } = sample.start();
    await vi.advanceTimersByTimeAsync(0);
    for (const [index, seconds] of [3, 6, 10, 10].entries()) {
      expect(sample.calls.length).toBe(index + 1);
      await vi.advanceTimersByTimeAsync(seconds * 1000 - 1);
      expect(sample.calls.length).toBe(index + 1);
      await vi.advanceTimersByTimeAsync(1);
    }
    expect(sample.calls.length).toBe(5);
    expect((await ended(() => sample.view(arn))).output).toMatchObject({ Payload: 5 });
  });

  test('with full jitter waits no longer than that', async () => {
    clock();
    const retry = { ErrorEquals: ['a'], IntervalSeconds: 3, JitterStrategy: 'FULL', MaxAttempts: 2 };
    const sample = machinesOf(retrying(retry), { step: failingTimes(2, 'a') }, { waits: (seconds) => seconds * 10 });
    sample.start();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(sample.calls.length).toBeGreaterThanOrEqual(2);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sample.calls.length).toBe(3);
  });
});

describe('a catch', () => {
  const caught = (Catch: object[], type: string) =>
    machinesOf(only(invoking('step', { Catch }), { Caught: { Type: 'Pass', End: true } }), {
      step: () => failure(type, 'gone'),
    });
  const Cause = JSON.stringify({ errorType: 'a', errorMessage: 'gone' });

  test.each<[object, unknown]>([
    [
      { ErrorEquals: ['a'], ResultPath: '$.error' },
      { id: 1, error: { Error: 'a', Cause } },
    ],
    [{ ErrorEquals: ['States.ALL'], ResultPath: null }, { id: 1 }],
    [
      { ErrorEquals: ['States.TaskFailed'], ResultPath: '$' },
      { Error: 'a', Cause },
    ],
    [{ ErrorEquals: ['States.ALL'] }, { Error: 'a', Cause }],
  ])('%j', async (catcher, output) => {
    expect((await caught([{ ...catcher, Next: 'Caught' }], 'a').run({ id: 1 })).output).toEqual(output);
  });

  test('takes the first that matches', async () => {
    const sample = caught(
      [
        { ErrorEquals: ['b'], Next: 'Only' },
        { ErrorEquals: ['a'], ResultPath: null, Next: 'Caught' },
      ],
      'a',
    );
    expect((await sample.run({ id: 1 })).output).toEqual({ id: 1 });
  });

  test('takes no error of another name', async () => {
    expect(await caught([{ ErrorEquals: ['b'], Next: 'Caught' }], 'a').run()).toMatchObject({ error: 'a' });
  });
});

describe('a choice', () => {
  const and = {
    And: [
      { Variable: '$.run.Face', IsPresent: true },
      { Variable: '$.run.Face', BooleanEquals: true },
    ],
  };
  const rules: object[] = [
    { ...and, Next: 'Yes' },
    { Variable: '$.run', IsPresent: false, Next: 'Absent' },
    { Not: { Variable: '$.run.Face', IsBoolean: false }, Next: 'No' },
  ];
  const passes = ['Yes', 'No', 'Absent', 'Other'].map((name) => [name, { Type: 'Pass', Result: name, End: true }]);
  const definition = {
    StartAt: 'Which',
    States: { Which: { Type: 'Choice', Choices: rules, Default: 'Other' }, ...Object.fromEntries(passes) },
  };

  test.each<[object, string]>([
    [{ run: { Face: true } }, 'Yes'],
    [{ run: { Face: false } }, 'No'],
    [{ run: { Face: 'true' } }, 'Other'],
    [{}, 'Absent'],
  ])('%j', async (input, output) => {
    expect((await machinesOf(definition).run(input)).output).toBe(output);
  });

  test('without a match fails', async () => {
    const Choices = [{ Variable: '$.x', NumericEquals: 1, Next: 'End' }];
    const machine = { StartAt: 'C', States: { C: { Type: 'Choice', Choices }, End: { Type: 'Succeed' } } };
    expect((await machinesOf(machine).run({ x: 2 })).error).toBe('States.NoChoiceMatched');
    expect((await machinesOf(machine).run({})).error).toBe('States.Runtime');
  });
});

describe('a pass', () => {
  test.each<[object, unknown]>([
    [{ Result: { a: 1 } }, { a: 1 }],
    [
      { Result: false, ResultPath: '$.f' },
      { id: 'a', n: 2, f: false },
    ],
    [{ Result: null }, null],
    [{ Parameters: { 'text.$': "States.Format('{}-{}', $.id, $$.Execution.Name)" } }, { text: 'a-named' }],
    [{ Parameters: { 'list.$': "States.Array($.id, 'b', States.MathAdd($.n, 1))" } }, { list: ['a', 'b', 3] }],
    [{ Parameters: { 'whole.$': '$$.Execution.Input' } }, { whole: { id: 'a', n: 2 } }],
    [{ Parameters: { 'at.$': '$$.Execution.StartTime' } }, { at: '2026-01-01T00:00:00.000Z' }],
    [{ InputPath: '$.id' }, 'a'],
    [{ OutputPath: '$.n' }, 2],
  ])('%j', async (state, output) => {
    const now = (): number => Date.parse('2026-01-01T00:00:00Z');
    const { run } = machinesOf(only({ Type: 'Pass', ...state }), {}, { now });
    expect((await run({ id: 'a', n: 2 }, 'named')).output).toEqual(output);
  });

  test('fails where a path leads nowhere', async () => {
    const { run } = machinesOf(only({ Type: 'Pass', Parameters: { 'x.$': '$.none' } }));
    expect((await run()).error).toBe('States.Runtime');
  });
});

describe('parallel branches', () => {
  const branch = (name: string, state: object) => ({ StartAt: name, States: { [name]: { End: true, ...state } } });

  test('each take the input, and answer with a list at ResultPath', async () => {
    const context = { Type: 'Pass', Parameters: { 'of.$': '$$.Execution.Input.id', 'own.$': '$' } };
    const Branches = [branch('A', invoking('a', { OutputPath: '$.Payload' })), branch('B', context)];
    const machine = {
      StartAt: 'First',
      States: {
        First: { Type: 'Pass', Result: { n: 1 }, ResultPath: '$', Next: 'Both' },
        Both: { Type: 'Parallel', Branches, ResultPath: '$.both', End: true },
      },
    };
    const { run } = machinesOf(machine, { a: (event) => event });
    const { output, history } = await run({ id: 'x' });
    expect(output).toEqual({ n: 1, both: [{ n: 1 }, { of: 'x', own: { n: 1 } }] });
    expect(history.map(({ type, state }) => `${type} ${state ?? ''}`.trim()).toSorted()).toEqual([
      'ExecutionStarted',
      'ExecutionSucceeded',
      'ParallelStateEntered Both',
      'ParallelStateExited Both',
      'PassStateEntered B',
      'PassStateEntered First',
      'PassStateExited B',
      'PassStateExited First',
      'TaskStateEntered A',
      'TaskStateExited A',
    ]);
  });

  test('end together when one fails: what waits for its retry is not tried again', async () => {
    const Retry = [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 1 }];
    const Branches = [branch('A', invoking('a', { Retry })), branch('B', invoking('b'))];
    const Catch = [{ ErrorEquals: ['of-b'], ResultPath: '$.error', Next: 'After' }];
    const machine = {
      StartAt: 'Both',
      States: {
        Both: { Type: 'Parallel', Branches, Catch, End: true },
        After: { Type: 'Pass', End: true },
      },
    };
    let failB: (() => void) | undefined;
    const tried = new Promise<void>((resolve) => {
      failB = resolve;
    });
    const functions = {
      a: () => {
        failB?.();
        return failure('of-a');
      },
      b: () => tried.then(() => failure('of-b')),
    };
    const sample = machinesOf(machine, functions, { waits: () => 60 });
    const { status, output } = await sample.run({ id: 1 });
    expect([status, output]).toMatchObject(['SUCCEEDED', { id: 1, error: { Error: 'of-b' } }]);
    await sample.machines.stop();
    expect(sample.calls.toSorted()).toEqual(['a', 'b']);
  });

  test('are tried again as a whole', async () => {
    let count = 0;
    const Branches = [branch('A', invoking('a')), branch('B', { Type: 'Pass', Result: 2 })];
    const Retry = [{ ErrorEquals: ['once'], MaxAttempts: 1 }];
    const machine = only({ Type: 'Parallel', Branches, Retry });
    const sample = machinesOf(machine, { a: () => (count++ === 0 ? failure('once') : 1) });
    expect((await sample.run()).output).toMatchObject([{ Payload: 1 }, 2]);
  });
});

test('a map runs its tasks for every item', async () => {
  const ItemProcessor = { StartAt: 'Each', States: { Each: invoking('each', { OutputPath: '$.Payload', End: true }) } };
  const ItemSelector = { 'value.$': '$$.Map.Item.Value', 'index.$': '$$.Map.Item.Index' };
  const machine = only({ Type: 'Map', ItemsPath: '$.items', ItemSelector, ItemProcessor, ResultPath: '$.done' });
  const { run } = machinesOf(machine, { each: ({ value, index }: { value: string; index: number }) => [value, index] });
  expect((await run({ items: ['a', 'b'] })).output).toEqual({
    items: ['a', 'b'],
    done: [
      ['a', 0],
      ['b', 1],
    ],
  });
});

test('a wait waits as long as it is told, and a fail fails as it says', async () => {
  const asked: number[] = [];
  const waits = (seconds: number): number => {
    asked.push(seconds);
    return 0.001;
  };
  const machine = (Failed: object) => ({
    StartAt: 'Wait',
    States: { Wait: { Type: 'Wait', Seconds: 30, Next: 'Failed' }, Failed: { Type: 'Fail', ...Failed } },
  });
  const first = await machinesOf(machine({ Error: 'own', Cause: 'why' }), {}, { waits }).run();
  expect([first.status, first.error, first.cause]).toEqual(['FAILED', 'own', 'why']);
  expect(asked).toEqual([30]);
  const bare = await machinesOf(machine({}), {}, { waits }).run();
  expect([bare.status, bare.error, bare.cause]).toEqual(['FAILED', undefined, undefined]);
});
