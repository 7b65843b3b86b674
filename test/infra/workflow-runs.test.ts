import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import { describe, expect, test } from 'vitest';
import { stateName, steps } from '../../lib/verifications/checks.ts';
import { machineOf, statesIn } from './machine.ts';
import { stages, synthesise } from './synthesise.ts';

const { definition } = machineOf(synthesise(stages.dev));
const names = steps.map(({ name }) => stateName(name));
const ocrNames = steps.filter(({ phase }) => phase === 'documents').map(({ name }) => stateName(name));
const verificationId = 'verify0001';

/** What a function answers, call by call; the last answer stays. An error is thrown. */
type Answers = Readonly<Record<string, readonly (object | Error)[]>>;

const succeeded = {
  orderNo: 'order1',
  status: 'succeeded',
  outcome: 'match',
  reason: null,
  billed: 'yes',
  again: false,
};
const open = { ...succeeded, status: 'unknown', outcome: null, billed: 'unknown', again: true };
const failure = (name: string) => Object.assign(new Error('{"title":"a problem"}'), { name });
const decided = { verificationId, status: 'completed', verdict: 'approved', rules: ['not to be kept'] };

/** Runs the machine without its waits: what was invoked with what, how it ended, and all data that states saw. */
async function run(planned: readonly string[], answers: Answers = {}) {
  const invoked: [name: string, payload: unknown][] = [];
  const tasks = statesIn(definition).flatMap(([name, { Type }]) => (Type === 'Task' ? [name] : []));
  const waits = statesIn(definition).flatMap(([name, { Type }]) => (Type === 'Wait' ? [name] : []));
  const handler = (name: string) => (input: unknown) => {
    const { Payload, FunctionName } = input as { readonly Payload: unknown; readonly FunctionName: string };
    const step = name.replace(/Again$/, '');
    const before = invoked.filter(([other]) => other.replace(/Again$/, '') === step).length;
    invoked.push([name, Payload]);
    const given = answers[step] ?? [name === 'Decide' ? decided : { step, ...succeeded }];
    const answer = given[Math.min(before, given.length - 1)]!;
    if (answer instanceof Error) throw answer;
    return { ExecutedVersion: '$LATEST', FunctionName, Payload: answer, StatusCode: 200 } as never;
  };
  const machine = new StateMachine(structuredClone(definition) as unknown as StateMachineDefinition, {
    validationOptions: { noValidate: true },
  });
  const input = { verificationId, run: Object.fromEntries(names.map((name) => [name, planned.includes(name)])) };
  const { result, eventLogs } = machine.run(input, {
    overrides: {
      taskResourceLocalHandlers: Object.fromEntries(tasks.map((name) => [name, handler(name)])),
      waitTimeOverrides: Object.fromEntries(waits.map((name) => [name, 0])),
      retryIntervalOverrides: Object.fromEntries(tasks.map((name) => [name, 0])),
    },
  });
  const ended = result.then(
    (output) => ({ output }),
    (error: Error) => ({ error: error.cause as Error }),
  );
  const seen: unknown[] = [];
  for await (const event of eventLogs) {
    if ('state' in event) seen.push(event.state.input, ...('output' in event.state ? [event.state.output] : []));
  }
  return { ...(await ended), invoked, order: invoked.map(([name]) => name), seen };
}

const count = (order: readonly string[], name: string) => order.filter((other) => other === name).length;

describe('a verification', () => {
  test('runs what is planned: consent, the documents at once, face, liveness, the decision', async () => {
    const { output, order, invoked } = (await run(names)) as Awaited<ReturnType<typeof run>> & { output: unknown };
    expect(order.slice(0, 2)).toEqual(['ConsentRecord', 'ConsentCheck']);
    expect(order.slice(2, 8).sort()).toEqual([...ocrNames].sort());
    expect(order.slice(8)).toEqual(['Face', 'Liveness', 'Decide']);
    expect(output).toEqual({ verificationId, status: 'completed', verdict: 'approved' });
    for (const { name } of steps) {
      if (name === 'face-fallback') continue;
      expect(invoked).toContainEqual([stateName(name), { verificationId, step: name }]);
    }
    expect(invoked.at(-1)).toEqual(['Decide', { verificationId }]);
  });

  test.each([...names, 'nothing'])('runs %s alone when nothing else is planned', async (name) => {
    const { order } = await run([name]);
    expect(order).toEqual([...(names.includes(name) && name !== 'FaceFallback' ? [name] : []), 'Decide']);
  });

  test('also ends in a decision when the input lacks its flags', async () => {
    const machine = new StateMachine(structuredClone(definition) as unknown as StateMachineDefinition, {
      validationOptions: { noValidate: true },
    });
    const handlers = { Decide: () => ({ Payload: decided }) };
    const { result } = machine.run({ verificationId }, { overrides: { taskResourceLocalHandlers: handlers } });
    await expect(result).resolves.toMatchObject({ verdict: 'approved' });
  });

  test('shows no state more than ids, flags and codes, in less than 2 KB', async () => {
    const { seen } = await run(names, {
      Face: [{ ...succeeded, outcome: 'no-reference' }],
      BankCard: [open, succeeded],
    });
    const allowed = new Set(['verificationId', 'run', ...names, 'outcome', 'answer', 'again', 'status', 'verdict']);
    const keysOf = (value: unknown): string[] =>
      typeof value === 'object' && value !== null
        ? Object.entries(value).flatMap(([key, inner]) => [...(Array.isArray(value) ? [] : [key]), ...keysOf(inner)])
        : [];
    expect(seen.length).toBeGreaterThan(names.length);
    for (const data of seen) {
      expect(keysOf(data).filter((key) => !allowed.has(key))).toEqual([]);
      expect(Buffer.byteLength(JSON.stringify(data ?? null))).toBeLessThan(2048);
    }
  });
});

describe('the fallback of the face', () => {
  const planned = ['Face', 'FaceFallback', 'Liveness'];

  test('runs after no-reference', async () => {
    const { order } = await run(planned, { Face: [{ ...succeeded, outcome: 'no-reference' }] });
    expect(order).toEqual(['Face', 'FaceFallback', 'Liveness', 'Decide']);
  });

  test.each(['match', 'no-match', 'not-live', 'undecided', 'identity-not-found', null])(
    'does not run after %s',
    async (outcome) => {
      const { order } = await run(planned, { Face: [{ ...succeeded, outcome }] });
      expect(order).toEqual(['Face', 'Liveness', 'Decide']);
    },
  );

  test('does not run after an error, nor when it is not planned', async () => {
    const failed = await run(planned, { Face: [failure('internal')] });
    expect(failed.order).toEqual(['Face', 'Liveness', 'Decide']);
    const { order } = await run(['Face'], { Face: [{ ...succeeded, outcome: 'no-reference' }] });
    expect(order).toEqual(['Face', 'Decide']);
  });
});

describe('a document whose order is open', () => {
  test.each(ocrNames)('%s is asked again until it says otherwise', async (name) => {
    const { order, output } = (await run([name], { [name]: [open, open, open, succeeded] })) as {
      order: string[];
      output: unknown;
    };
    expect(order).toEqual([name, ...Array(3).fill(`${name}Again`), 'Decide']);
    expect(output).toMatchObject({ verdict: 'approved' });
  });

  test.each(ocrNames)('%s is asked once more after an error, and no more after a second one', async (name) => {
    const others = ocrNames.filter((other) => other !== name);
    const { order } = await run(ocrNames, { [name]: [failure('Lambda.Unknown')] });
    expect(count(order, name)).toBe(1);
    expect(count(order, `${name}Again`)).toBe(1);
    for (const other of others) expect([count(order, other), count(order, `${other}Again`)]).toEqual([1, 0]);
    expect(order.at(-1)).toBe('Decide');
  });

  test('is asked on after an error that has left its order open', async () => {
    const { order } = await run(['BankCard'], { BankCard: [failure('States.Timeout'), open, succeeded] });
    expect(order).toEqual(['BankCard', 'BankCardAgain', 'BankCardAgain', 'Decide']);
  });
});

describe('errors', () => {
  const single = names.filter((name) => !['ConsentRecord', ...ocrNames, 'FaceFallback'].includes(name));

  test.each(single)(
    '%s is not run again after one, the rest is, and the decision says what that means',
    async (name) => {
      const { order } = await run(single, { [name]: [failure('upstream-timeout')] });
      expect(order).toEqual([...single, 'Decide']);
    },
  );

  test.each([
    'upstream-timeout',
    'upstream-invalid-response',
    'order-outcome-unknown',
    'internal',
    'Runtime.ExitError',
    'Sandbox.Timedout',
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.Unknown',
    'States.Timeout',
    'States.TaskFailed',
  ])('%s, after which something may have been bought, is not tried again', async (name) => {
    const { order } = await run(['Face'], { Face: [failure(name)] });
    expect(order).toEqual(['Face', 'Decide']);
  });

  test('one that bought nothing is tried again: four attempts at most', async () => {
    const { order } = await run(['Face'], {
      Face: [failure('ticket-unavailable'), failure('rate-limited'), succeeded],
    });
    expect(order).toEqual(['Face', 'Face', 'Face', 'Decide']);
    const never = await run(['Face'], { Face: [failure('ticket-unavailable')] });
    expect(never.order).toEqual([...Array(4).fill('Face'), 'Decide']);
  });

  test('one that meets another call of the same order is tried again as often, whatever else befell it', async () => {
    const occupied = failure('order-in-progress');
    const { order } = await run(['Face'], { Face: [occupied, occupied, occupied, succeeded] });
    expect(order).toEqual([...Array(4).fill('Face'), 'Decide']);
    const never = await run(['Face'], { Face: [occupied] });
    expect(never.order).toEqual([...Array(4).fill('Face'), 'Decide']);
    const both = await run(['Face'], { Face: [...Array(3).fill(failure('ticket-unavailable')), occupied, succeeded] });
    expect(both.order).toEqual([...Array(5).fill('Face'), 'Decide']);
  });

  test('the decision is tried again after anything', async () => {
    const { order, output } = (await run([], {
      Decide: [failure('internal'), failure('Lambda.ServiceException'), failure('ledger-unavailable'), decided],
    })) as { order: string[]; output: unknown };
    expect(order).toEqual(Array(4).fill('Decide'));
    expect(output).toEqual({ verificationId, status: 'completed', verdict: 'approved' });
  });

  test('a decision that is not to be had for a while is waited out, because the steps are paid for', async () => {
    const failures = Array(10).fill(failure('internal'));
    const { order, output } = (await run(['Face'], { Decide: [...failures, decided] })) as {
      order: string[];
      output: unknown;
    };
    expect(order).toEqual(['Face', ...Array(11).fill('Decide')]);
    expect(output).toEqual({ verificationId, status: 'completed', verdict: 'approved' });
  });
});
