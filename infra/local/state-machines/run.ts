import {
  ExecutionError,
  ExecutionTimeoutError,
  StateMachine,
  type StateMachineDefinition,
} from 'aws-local-stepfunctions';
import type { Json } from '../intrinsics.ts';
import { isTooLarge } from './definition.ts';
import { TaskError, tooLarge } from './errors.ts';
import { type HistoryEvent, historyEvent, type InterpreterEvent } from './history.ts';
import type { PreparedMachine } from './prepare.ts';

/** Runs a Task state: its input after `Parameters` to its result. `signal` says that nobody waits any more. */
export type RunTask = (name: string, input: unknown, signal: AbortSignal) => Promise<unknown>;

/** How an execution ended. */
export type Outcome =
  | { status: 'SUCCEEDED'; output: unknown }
  | { status: 'FAILED'; error?: string; cause?: string }
  | { status: 'TIMED_OUT' | 'ABORTED' };

/** What an execution runs with. */
export interface RunOptions {
  machine: PreparedMachine;
  input: unknown;
  /** The context object. */
  context: Json;
  runTask: RunTask;
  /** Takes what happens. */
  record: (event: HistoryEvent) => void;
  /** Ends the execution; no task is begun after it. */
  signal: AbortSignal;
}

type Handlers = Record<string, (input: unknown) => Promise<unknown>>;

/** Runs a state machine to its end. Tasks that run when it ends may still be running. */
export async function runMachine(options: RunOptions): Promise<Outcome> {
  try {
    return { status: 'SUCCEEDED', output: await launch(options.machine.definition, options.input, options, false) };
  } catch (error) {
    if (options.signal.aborted) return { status: 'ABORTED' };
    if (error instanceof ExecutionTimeoutError) return { status: 'TIMED_OUT' };
    const { name, message } = error as Error;
    return { status: 'FAILED', error: name || undefined, cause: message || undefined };
  }
}

/** Runs the whole machine, or one branch of it. Rejects with the error of the state that failed. */
async function launch(definition: Json, input: unknown, options: RunOptions, inner: boolean): Promise<unknown> {
  const { machine, context, record } = options;
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, ended.signal]);
  const handlers: Handlers = {};
  // What has been ended retries nevertheless: nothing may come of it.
  const guarded = (run: (input: unknown) => Promise<unknown>) => async (taskInput: unknown) => {
    if (signal.aborted) throw new TaskError('Signet.Stopped', 'The execution has ended.', false);
    return run(taskInput);
  };
  for (const name of machine.tasks.keys()) {
    handlers[name] = guarded((taskInput) => options.runTask(name, taskInput, signal));
  }
  for (const [name, branches] of machine.branches) {
    handlers[name] = guarded((taskInput) => parallel(branches, taskInput, { ...options, signal }));
  }
  const interpreter = new StateMachine(definition as unknown as StateMachineDefinition, {
    validationOptions: { noValidate: true },
  });
  const run = interpreter.run(input as never, { context, overrides: { taskResourceLocalHandlers: handlers as never } });
  if (signal.aborted) run.abort();
  signal.addEventListener('abort', run.abort, { once: true });
  let exceeded: TaskError | undefined;
  const recorded = (async () => {
    for await (const event of run.eventLogs as AsyncIterable<InterpreterEvent>) {
      if (event.type === 'StateExited' && isTooLarge(event.state?.output)) {
        exceeded = tooLarge(`state ${event.state?.name}`, 'output');
        ended.abort();
      }
      const made = historyEvent(event, inner, machine);
      if (made) record(made);
    }
  })();
  const settled = await run.result.then(
    (output) => ({ output }),
    (error: unknown) => ({ error }),
  );
  await recorded;
  ended.abort();
  if (exceeded) throw exceeded;
  if ('output' in settled) return settled.output;
  throw settled.error instanceof ExecutionError ? settled.error.cause : settled.error;
}

/** Runs the branches of a Parallel state at once. The first that fails ends the others. */
async function parallel(branches: Json[], input: unknown, options: RunOptions): Promise<unknown> {
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const running = branches.map((branch) => launch(branch, structuredClone(input), { ...options, signal }, true));
  try {
    return await Promise.all(running);
  } catch (error) {
    failed.abort();
    await Promise.allSettled(running);
    throw error;
  }
}
