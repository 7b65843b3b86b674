import type { InvokeResult } from '../instance.ts';
import type { Json } from '../intrinsics.ts';
import { isTooLarge, taskKind } from './definition.ts';
import { TaskError, tooLarge } from './errors.ts';

/** What the tasks of one execution reach. */
export interface TaskHost {
  /** Invokes a function of the stage, by name or ARN. */
  invoke: (functionName: string, event: unknown, signal?: AbortSignal) => Promise<InvokeResult>;
  /** `PutEvents` of the stage. */
  putEvents: (input: Json) => Json;
  /** ARNs of the execution and of its state machine, which each event names. */
  resources: string[];
}

/**
 * Runs a Task state: its input after `Parameters` to its result. Rejects with a {@link TaskError}: a function's error
 * by its type, with the error as JSON for a cause; what Lambda refuses as `Lambda.` and the exception; events that were
 * not taken as `EventBridge.FailedEntry`; data over the limit as `States.DataLimitExceeded`.
 */
export async function runTask(name: string, state: Json, input: unknown, host: TaskHost, signal: AbortSignal) {
  if (isTooLarge(input)) throw tooLarge(`state ${name}`, 'input');
  const seconds = state.TimeoutSeconds;
  // The interpreter ends the task; an invocation that still waits for a process then is not to be made.
  const wanted =
    seconds === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(Number(seconds) * 1000)]);
  const result = await resultOf(state, input, host, wanted);
  if (isTooLarge(result)) throw tooLarge(`state ${name}`, 'result');
  return result;
}

async function resultOf(state: Json, input: unknown, host: TaskHost, signal: AbortSignal): Promise<unknown> {
  const given = (input ?? {}) as Json;
  switch (taskKind(state.Resource)) {
    case 'invoke': {
      const Payload = await call(String(given.FunctionName), given.Payload ?? {}, host, signal);
      return { ExecutedVersion: '$LATEST', Payload, StatusCode: 200 };
    }
    case 'events':
      return putEvents(given, host);
    default:
      return call(String(state.Resource), input, host, signal);
  }
}

async function call(functionName: string, event: unknown, { invoke }: TaskHost, signal: AbortSignal): Promise<unknown> {
  const result = await invoke(functionName, event, signal).catch((error: Error) => {
    throw new TaskError(`Lambda.${error.name}`, error.message);
  });
  const { functionError } = result;
  if (functionError) throw new TaskError(functionError.errorType || 'Lambda.Unknown', JSON.stringify(functionError));
  return result.payload ?? null;
}

/** The integration takes details as objects too, and adds its own ARNs to each event's resources. */
function putEvents(input: Json, host: TaskHost): Json {
  const entries = (Array.isArray(input.Entries) ? (input.Entries as Json[]) : []).map((entry) => ({
    ...entry,
    Detail: typeof entry.Detail === 'string' ? entry.Detail : JSON.stringify(entry.Detail),
    Resources: [...((entry.Resources as string[] | undefined) ?? []), ...host.resources],
  }));
  let answer: Json;
  try {
    answer = host.putEvents({ Entries: entries });
  } catch (error) {
    throw new TaskError(`EventBridge.${(error as Error).name}`, (error as Error).message);
  }
  if (answer.FailedEntryCount !== 0) throw new TaskError('EventBridge.FailedEntry', JSON.stringify(answer));
  return answer;
}
