import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { InvokeResult } from '../../../../infra/local/instance.ts';
import {
  createStateMachines,
  type StateMachinesOptions,
} from '../../../../infra/local/state-machines/state-machines.ts';
import { type ExecutionView, viewOf } from '../../../../infra/local/state-machines/view.ts';
import { temporaryFolder } from '../fixtures.ts';

export const machineArn = 'arn:aws-cn:states:cn-north-1:000000000000:stateMachine:sample';
export const functionArn = (name: string): string => `arn:aws-cn:lambda:cn-north-1:000000000000:function:${name}`;

/** A Task that invokes the function of its own name in lower case, with what is in `more`. */
export const invoking = (name: string, more: object = {}): object => ({
  Type: 'Task',
  Resource: 'arn:aws-cn:states:::lambda:invoke',
  Parameters: { FunctionName: functionArn(name), 'Payload.$': '$' },
  ...more,
});

/** What a function does: its payload for an event, or the error type that it fails with. */
export type Fake = (event: never, signal?: AbortSignal) => unknown;

/** An error that a function throws: its type is the name. */
export function failure(errorType: string, errorMessage = 'it failed'): never {
  throw Object.assign(new Error(errorMessage), { name: errorType });
}

/** State machines over functions that are fakes, by name; a fake that throws is a function that fails. */
export function machinesOf(
  definition: object,
  functions: Record<string, Fake> = {},
  more: Partial<StateMachinesOptions> = {},
) {
  const path = more.path ?? join(temporaryFolder(), 'executions.json');
  const lines: string[] = [];
  const calls: string[] = [];
  // Functions that never answer do so at the end of the test.
  const over = Promise.withResolvers<void>();
  const machines = createStateMachines({
    path,
    machines: [{ name: 'sample', arn: machineArn, definition: definition as Record<string, unknown> }],
    functionArns: Object.keys(functions).map(functionArn),
    invoke: async (arn, event, signal): Promise<InvokeResult> => {
      const name = arn.split(':').at(-1) ?? '';
      calls.push(name);
      try {
        return { payload: await Promise.race([functions[name]?.(event as never, signal), over.promise]) };
      } catch (error) {
        const { name: errorType, message: errorMessage } = error as Error;
        return { functionError: { errorType, errorMessage } };
      }
    },
    putEvents: () => ({ FailedEntryCount: 0, Entries: [{ EventId: 'one' }] }),
    waits: () => 0,
    log: (line) => lines.push(line),
    ...more,
  });
  onTestFinished(() => {
    over.resolve();
    return machines.stop();
  });
  const view = (id: string): ExecutionView => viewOf(machines, id) as ExecutionView;
  return {
    machines,
    path,
    lines,
    calls,
    view,
    start: (input: unknown = {}, name?: string) => machines.start(machineArn, name, JSON.stringify(input)),
    /** Runs to the end. */
    run: async (input: unknown = {}, name?: string): Promise<ExecutionView> => {
      const { arn } = machines.start(machineArn, name, JSON.stringify(input));
      return ended(() => view(arn));
    },
  };
}

/** The execution, once it does not run any more. */
export async function ended(look: () => ExecutionView): Promise<ExecutionView> {
  while (look().status === 'RUNNING') await new Promise((resolve) => setImmediate(resolve));
  return look();
}
