import type { HistoryEvent } from './history.ts';
import type { StateMachines } from './state-machines.ts';
import type { ExecutionRecord } from './store.ts';

/** An execution as the stage shows it: data as it is, times in epoch milliseconds. */
export interface ExecutionView {
  arn: string;
  name: string;
  status: ExecutionRecord['status'];
  input: unknown;
  output?: unknown;
  error?: string;
  cause?: string;
  history: HistoryEvent[];
}

/** An execution by ARN or name; `undefined` if there is none. */
export function viewOf(machines: Pick<StateMachines, 'find' | 'history'>, id: string): ExecutionView | undefined {
  const execution = machines.find(id);
  if (!execution) return undefined;
  const { arn, name, status, input, output, error, cause } = execution;
  return {
    arn,
    name,
    status,
    input: JSON.parse(input),
    output: output === undefined ? undefined : JSON.parse(output),
    error,
    cause,
    history: machines.history(arn),
  };
}
