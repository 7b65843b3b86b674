import { randomUUID } from 'node:crypto';
import type { InvokeResult } from '../instance.ts';
import type { Json } from '../intrinsics.ts';
import { AwsError } from '../json-endpoint.ts';
import type { StateMachineModel } from '../model.ts';
import { checkStateMachine } from './check.ts';
import type { HistoryEvent } from './history.ts';
import { type PreparedMachine, prepareMachine } from './prepare.ts';
import { type Outcome, runMachine } from './run.ts';
import { type ExecutionRecord, openExecutionStore } from './store.ts';
import { runTask } from './tasks.ts';

/** What the state machines are started with. */
export interface StateMachinesOptions {
  /** File that keeps the executions between runs. */
  path: string;
  machines: StateMachineModel[];
  /** The functions that tasks may name. */
  functionArns: string[];
  invoke: (functionName: string, event: unknown, signal?: AbortSignal) => Promise<InvokeResult>;
  /** `PutEvents` of the stage. */
  putEvents: (input: Json) => Json;
  /** How long to wait, in seconds, where a definition says to wait so many; as long as it says if not given. */
  waits?: (seconds: number) => number;
  /** Takes one line about an execution that did not succeed. */
  log: (line: string) => void;
  /** Epoch milliseconds. */
  now?: () => number;
}

/** State machines that can be executed. */
export interface StateMachines {
  /**
   * Starts an execution, or answers the one that runs under the name with the same input. `input` is JSON. Throws
   * {@link AwsError} `StateMachineDoesNotExist`, `ExecutionAlreadyExists`, or `ServiceUnavailable` while it stops.
   */
  start: (machineArn: string, name: string | undefined, input: string) => ExecutionRecord;
  /** By ARN, or by name. */
  find: (id: string) => ExecutionRecord | undefined;
  /** What happened in an execution; nothing for those of earlier runs, and for all but the latest ones. */
  history: (id: string) => HistoryEvent[];
  /** Aborts what runs and waits for it, invocations included: these end by themselves or with their function. */
  stop: () => Promise<void>;
}

/** So many executions have a history. */
const histories = 500;

/** Makes the state machines of a stage. Throws on a definition that they cannot run, naming the state. */
export function createStateMachines(options: StateMachinesOptions): StateMachines {
  const { machines, functionArns, invoke, putEvents, waits = (seconds) => seconds, log, now = Date.now } = options;
  for (const machine of machines) checkStateMachine(machine, functionArns);
  const prepared = new Map<string, PreparedMachine>(
    machines.map(({ arn, definition }) => [arn, prepareMachine(definition, waits)]),
  );
  const store = openExecutionStore(options.path, now);
  const happened = new Map<string, HistoryEvent[]>();
  const running = new Set<Promise<unknown>>();
  const stopping = new AbortController();

  const track = <T>(work: Promise<T>): Promise<T> => {
    const own = work.catch(() => {}).finally(() => running.delete(own));
    running.add(own);
    return work;
  };
  const execute = async (execution: ExecutionRecord, machine: PreparedMachine, events: HistoryEvent[]) => {
    const { arn, machineArn, name } = execution;
    const input: unknown = JSON.parse(execution.input);
    const host = { invoke, putEvents, resources: [arn, machineArn] };
    const outcome = await runMachine({
      machine,
      input,
      context: {
        Execution: { Id: arn, Name: name },
        StateMachine: { Id: machineArn, Name: machineArn.split(':').at(-1) },
        Given: { Input: input, StartTime: new Date(execution.startedAt).toISOString() },
      },
      runTask: (state, taskInput, signal) =>
        track(runTask(state, machine.tasks.get(state) as Json, taskInput, host, signal)),
      record: (event) => void events.push(event),
      signal: stopping.signal,
    });
    end(execution, outcome, events);
  };
  const end = (execution: ExecutionRecord, outcome: Outcome, events: HistoryEvent[]): void => {
    const { status, ...rest } = outcome;
    const stoppedAt = now();
    events.push({ type: endings[status], at: stoppedAt, ...rest });
    const output = 'output' in rest ? { output: JSON.stringify(rest.output ?? null) } : rest;
    Object.assign(execution, { status, stoppedAt, ...output } satisfies Partial<ExecutionRecord>);
    if (status !== 'SUCCEEDED') {
      const error = 'error' in rest && rest.error !== undefined ? ` with ${rest.error}` : '';
      log(`execution: ${execution.name} ${status.toLowerCase()}${error}`);
    }
    store.save();
  };

  return {
    start: (machineArn, name = randomUUID(), input) => {
      const machine = prepared.get(machineArn);
      if (!machine) throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${machineArn}'`);
      const arn = `${machineArn.replace(':stateMachine:', ':execution:')}:${name}`;
      const existing = store.find(arn);
      if (existing?.status === 'RUNNING' && existing.input === input) return existing;
      if (existing) throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
      if (stopping.signal.aborted) throw new AwsError('ServiceUnavailable', 'The local stage is stopping.');
      const execution: ExecutionRecord = { arn, machineArn, name, status: 'RUNNING', input, startedAt: now() };
      store.add(execution);
      store.save();
      const events: HistoryEvent[] = [];
      happened.set(arn, events);
      for (const old of [...happened.keys()].slice(0, -histories)) happened.delete(old);
      track(execute(execution, machine, events)).catch((error: Error) => log(`execution: ${name}: ${error.message}`));
      return execution;
    },
    find: store.find,
    history: (id) => happened.get(store.find(id)?.arn ?? '') ?? [],
    stop: async () => {
      stopping.abort();
      while (running.size > 0) await Promise.all(running);
    },
  };
}

/** The last event of an execution, by its status. */
const endings: Record<Outcome['status'], string> = {
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  TIMED_OUT: 'ExecutionTimedOut',
  ABORTED: 'ExecutionAborted',
};
