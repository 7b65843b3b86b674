import type { Context as LambdaContext } from 'aws-lambda';
import type { InvokeResult } from '../../infra/local/instance.ts';
import type { Json } from '../../infra/local/intrinsics.ts';
import { checkStateMachine } from '../../infra/local/state-machines/check.ts';
import { statesOf } from '../../infra/local/state-machines/definition.ts';
import { TaskError } from '../../infra/local/state-machines/errors.ts';
import { prepareMachine } from '../../infra/local/state-machines/prepare.ts';
import { type Outcome, runMachine } from '../../infra/local/state-machines/run.ts';
import { runTask } from '../../infra/local/state-machines/tasks.ts';
import { decider, verificationDefinition } from '../../infra/workflow-states.ts';
import { operationHandler } from '../../lib/http/handler.ts';
import { operations } from '../../lib/operations/index.ts';
import { resolveHandler } from '../../lib/orders/handler.ts';
import { type StepName, stateName, steps } from '../../lib/verifications/checks.ts';
import { decideVerificationHandler } from '../../lib/verifications/handlers.ts';
import type { World } from './world.ts';

const arnOf = (name: string): string => `arn:aws:lambda:us-east-1:000000000000:function:${name}`;
const names = [decider, ...steps.map(({ operation }) => operation.name)];
const definition = verificationDefinition({ invoke: 'arn:aws:states:::lambda:invoke', arnOf }) as unknown as Json;
checkStateMachine({ name: 'verification', arn: '', definition } as never, names.map(arnOf));

/** No wait is real: the clock of the world moves instead. */
const prepared = prepareMachine(structuredClone(definition), () => 0);
const states = new Map(statesOf(definition).map(({ name, state }) => [name, state]));
/** Seconds that the machine waits before a state. */
const pauses = new Map(
  [...states.values()].flatMap(({ Type, Next, Seconds }): [string, number][] =>
    Type === 'Wait' ? [[String(Next), Number(Seconds)]] : [],
  ),
);

const parallel = steps.filter(({ phase }) => phase === 'documents').map(({ name }): string => name);

/** One call of a function by the machine. */
export interface Task {
  /** The state. */
  readonly state: string;
  /** The step, or `decide`. */
  readonly step: string;
  /** How often the machine has called for this step, this call included. */
  readonly call: number;
}

/** What happens when the machine calls a function: `invoke` it, once or more often or not at all, and answer or throw. */
export type Around = (task: Task, invoke: () => Promise<unknown>) => Promise<unknown>;

/** What became of an execution, and everything that its states saw. */
export interface Run {
  readonly outcome: Outcome;
  /** Calls in order. */
  readonly tasks: readonly Task[];
  /** Inputs, outputs, parameters, results and errors. */
  readonly seen: readonly { readonly what: string; readonly data: unknown }[];
}

const lambda = { awsRequestId: 'verification', getRemainingTimeInMillis: () => 28_000 } as LambdaContext;
const minute = 60_000;

/** Everything of the world that goes by its clock, done at every full minute. */
async function tick(world: World): Promise<void> {
  await world.refresh();
  await resolveHandler(operations, () => world.context)({}, lambda);
}

const turns = new WeakMap<World, Promise<void>>();

/** Lets time pass until `at`, with the schedules of each minute. */
export function passUntil(world: World, at: number): Promise<void> {
  const pass = async (): Promise<void> => {
    while (world.clock < at) {
      const next = Math.min(at, (Math.floor(world.clock / minute) + 1) * minute);
      world.clock = next;
      if (next % minute === 0) await tick(world);
    }
  };
  const turn = (turns.get(world) ?? Promise.resolve()).then(pass);
  turns.set(world, turn);
  return turn;
}

/** Invokes a function as Lambda does: JSON in, JSON or an error out. */
async function invoked(world: World, functionName: string, event: unknown): Promise<InvokeResult> {
  const name = functionName.split(':').at(-1)!;
  const operation = operations.find((candidate) => candidate.name === name);
  const query = operation && 'query' in operation.order ? operation.order.query : undefined;
  const sibling = operations.find((candidate) => candidate.name === query);
  const context = () => world.context;
  const handler = operation ? operationHandler(operation, sibling, context) : decideVerificationHandler(context);
  try {
    return { payload: JSON.parse(JSON.stringify(await handler(structuredClone(event) as never, lambda))) };
  } catch (error) {
    const { name: errorType, message: errorMessage } = error as Error;
    return { functionError: { errorType, errorMessage } };
  }
}

/** A task that ends as one does whose function is killed; `name` as Step Functions calls it. */
export const crash = (name = 'Lambda.Unknown'): TaskError => new TaskError(name, '{"errorType":"Runtime.ExitError"}');

/** Runs a started verification with the machine of the stacks, in this process and without waiting. */
export async function runVerification(
  world: World,
  verificationId: string,
  around: Around = (_, invoke) => invoke(),
): Promise<Run> {
  const input = world.executions.get(verificationId);
  if (!input) throw new Error('The verification has not been started');
  const tasks: Task[] = [];
  const seen: { what: string; data: unknown }[] = [];
  const endedAt = new Map<string, number>();
  /** Calls in a row that have failed, by state. */
  const failures = new Map<string, number>();
  const waiting: { readonly at: number; readonly wake: () => void }[] = [];
  const branches = new Set(parallel);
  const note = (what: string, data: unknown) => void seen.push({ what, data });
  const host = {
    invoke: (name: string, event: unknown) => invoked(world, name, event),
    putEvents: () => ({ FailedEntryCount: 1 }),
    resources: [],
  };

  /** Waits until `at`. Time passes for a branch only when all of them wait or are done. */
  async function due(step: string, at: number): Promise<void> {
    if (at <= world.clock) return;
    if (!branches.has(step)) return passUntil(world, at);
    await new Promise<void>((wake) => {
      waiting.push({ at, wake });
      void turn();
    });
  }
  async function turn(): Promise<void> {
    if (waiting.length === 0 || waiting.length < branches.size) return;
    const at = Math.min(...waiting.map((other) => other.at));
    await passUntil(world, at);
    for (const { wake } of waiting.filter((other) => other.at <= at)) wake();
    waiting.splice(0, waiting.length, ...waiting.filter((other) => other.at > at));
  }
  const ends = (type: string, state: string | undefined): void => {
    const branch =
      type === 'PassStateEntered' && parallel.find((step) => state === `${stateName(step as StepName)}Done`);
    if (branch && branches.delete(branch)) void turn();
  };

  async function task(state: string, taskInput: unknown, signal: AbortSignal): Promise<unknown> {
    const { step = 'decide' } = (taskInput as { Payload: { step?: string } }).Payload;
    const retries = failures.get(state) ?? 0;
    const own = { state, step, call: tasks.filter((other) => other.step === step).length + 1 };
    tasks.push(own);
    const { IntervalSeconds = 0, BackoffRate = 1 } = ((states.get(state)!.Retry as Json[] | undefined)?.[0] ??
      {}) as Record<string, number>;
    // The first call comes at once, one after a pause of the machine after that, the others after the retrier's.
    const pause = own.call > 1 ? (pauses.get(state) ?? 0) : 0;
    const seconds = retries === 0 ? pause : IntervalSeconds * BackoffRate ** (retries - 1);
    await due(step, (endedAt.get(step) ?? world.clock) + seconds * 1000);
    note(`${state} parameters`, taskInput);
    try {
      const invoke = () => runTask(state, states.get(state)!, taskInput, host, signal);
      const result = await around(own, invoke);
      note(`${state} result`, result);
      failures.delete(state);
      return result;
    } catch (error) {
      failures.set(state, retries + 1);
      throw error;
    } finally {
      endedAt.set(step, world.clock);
    }
  }

  const outcome = await runMachine({
    machine: prepared,
    input: JSON.parse(JSON.stringify(input)),
    context: { Execution: { Id: verificationId, Name: verificationId } },
    runTask: task,
    record: ({ type, state, input: given, output, error, cause }) => {
      note(`${state ?? ''} ${type}`, { input: given, output, error, cause });
      ends(type, state);
    },
    signal: new AbortController().signal,
  });
  note('outcome', outcome);
  return { outcome, tasks, seen };
}
