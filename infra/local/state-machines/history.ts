import type { Json } from '../intrinsics.ts';
import type { PreparedMachine } from './prepare.ts';

/** One thing that happened in an execution, by the type that Step Functions gives it. */
export interface HistoryEvent {
  type: string;
  /** Epoch milliseconds. */
  at: number;
  /** The state, unless it is about the whole execution. */
  state?: string;
  input?: unknown;
  output?: unknown;
  error?: string;
  cause?: string;
  /** The resource of a task. */
  resource?: string;
}

/** What the interpreter reports, as far as it is read here. */
export interface InterpreterEvent {
  type: string;
  timestamp: number;
  input?: unknown;
  output?: unknown;
  state?: { name: string; type: string; input: unknown; output?: unknown };
  Error?: string;
  Cause?: unknown;
}

/** Types that may fail without ending the execution; others have no such event. */
const failing = ['Task', 'Parallel', 'Map'];

/**
 * The history event of a report; `undefined` where Step Functions has none. The end of the execution is not made here.
 * Not in the history: that a task is scheduled, begins and succeeds, and the start and end of iterations.
 */
export function historyEvent(
  report: InterpreterEvent,
  inner: boolean,
  machine: PreparedMachine,
): HistoryEvent | undefined {
  const { type, timestamp: at, state } = report;
  if (type === 'ExecutionStarted' && !inner) return { type, at, input: report.input };
  if (!state) return undefined;
  const { name } = state;
  const kind = machine.branches.has(name) ? 'Parallel' : state.type;
  switch (type) {
    case 'StateEntered':
      return { type: `${kind}StateEntered`, at, state: name, input: state.input };
    case 'StateExited':
      return { type: `${kind}StateExited`, at, state: name, output: state.output };
    case 'StateFailed': {
      if (!failing.includes(kind)) return undefined;
      const cause = typeof report.Cause === 'string' ? report.Cause : JSON.stringify(report.Cause);
      const failed = { at, state: name, error: report.Error, cause };
      if (kind !== 'Task') return { type: `${kind}StateFailed`, ...failed };
      return { type: 'TaskFailed', ...failed, resource: String(machine.tasks.get(name)?.Resource) };
    }
    default:
      return undefined;
  }
}

/** The members of a history event that only its own type has. */
const endings: Record<string, string> = {
  ExecutionFailed: 'executionFailedEventDetails',
  ExecutionAborted: 'executionAbortedEventDetails',
  ExecutionTimedOut: 'executionTimedOutEventDetails',
};

/** A history event in the shape of `GetExecutionHistory`; `withData` as its `includeExecutionData`. */
export function wireEvent(event: HistoryEvent, index: number, withData: boolean): Json {
  const { type, at, state: name, error, cause } = event;
  const data = (key: 'input' | 'output'): Json =>
    event[key] === undefined || !withData
      ? {}
      : { [key]: JSON.stringify(event[key]), [`${key}Details`]: { truncated: false } };
  const details = ((): Json => {
    if (type === 'ExecutionStarted') return { executionStartedEventDetails: data('input') };
    if (type === 'ExecutionSucceeded') return { executionSucceededEventDetails: data('output') };
    if (type.endsWith('StateEntered')) return { stateEnteredEventDetails: { name, ...data('input') } };
    if (type.endsWith('StateExited')) return { stateExitedEventDetails: { name, ...data('output') } };
    if (type === 'TaskFailed') {
      const [resourceType, resource] = (event.resource ?? '').split(':').slice(-2);
      return { taskFailedEventDetails: { resourceType, resource, error, cause } };
    }
    const key = endings[type];
    return key === undefined ? {} : { [key]: { error, cause } };
  })();
  return { id: index + 1, previousEventId: index, timestamp: at / 1000, type, ...details };
}
