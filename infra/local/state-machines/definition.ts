import { isObject, type Json } from '../intrinsics.ts';

/** One state of a definition, with its name and the names of the states that it lies in, outermost first. */
export interface StateOf {
  name: string;
  state: Json;
  within: string[];
}

/** Bytes that Step Functions takes as input or result of a state and of an execution, as UTF-8 (service quotas). */
export const dataLimit = 262_144;

/** Whether data is over {@link dataLimit}. */
export const isTooLarge = (data: unknown): boolean => Buffer.byteLength(JSON.stringify(data ?? null)) > dataLimit;

/** The state machines inside a Parallel or Map state. */
export function machinesIn(state: Json): Json[] {
  const inner = [...((state.Branches as unknown[] | undefined) ?? []), state.ItemProcessor, state.Iterator];
  return inner.filter(isObject);
}

/** All states of a definition, those in branches and item processors included. */
export function statesOf(machine: Json, within: string[] = []): StateOf[] {
  return Object.entries((machine.States ?? {}) as Record<string, Json>).flatMap(([name, state]) => [
    { name, state, within },
    ...machinesIn(state).flatMap((inner) => statesOf(inner, [...within, name])),
  ]);
}

/** What a Task state of the local stage does: `invoke` as an integration, `function` by its bare ARN. */
export type TaskKind = 'invoke' | 'function' | 'events';

/** The kind of a Task's resource; `undefined` for one that the local stage does not know. */
export function taskKind(resource: unknown): TaskKind | undefined {
  const arn = String(resource);
  if (/^arn:[a-z-]+:states:::lambda:invoke$/.test(arn)) return 'invoke';
  if (/^arn:[a-z-]+:states:::events:putEvents$/.test(arn)) return 'events';
  return /^arn:[a-z-]+:lambda:[^:]+:\d+:function:[^:]+$/.test(arn) ? 'function' : undefined;
}
