import { existsSync, readFileSync } from 'node:fs';
import { writeFileAtomically } from '../atomic-file.ts';

/** What is kept of an execution; input and output are JSON. */
export interface ExecutionRecord {
  arn: string;
  machineArn: string;
  name: string;
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  input: string;
  output?: string;
  error?: string;
  cause?: string;
  /** Epoch milliseconds. */
  startedAt: number;
  stoppedAt?: number;
}

/** The executions of a stage, kept in one file. */
export interface ExecutionStore {
  /** By ARN, or by name. */
  find: (id: string) => ExecutionRecord | undefined;
  add: (execution: ExecutionRecord) => void;
  /** Stores what has been changed in the executions. */
  save: () => void;
}

/** A name is free again so long after its execution has ended, in milliseconds: 90 days. */
const nameKept = 90 * 24 * 60 * 60 * 1000;

/**
 * Opens the file of executions, or starts an empty one. What ran when the process of before ended is aborted. Throws if
 * the file is none of ours.
 */
export function openExecutionStore(path: string, now: () => number): ExecutionStore {
  const kept: ExecutionRecord[] = existsSync(path)
    ? (JSON.parse(readFileSync(path, 'utf8')) as { executions: ExecutionRecord[] }).executions
    : [];
  const executions = new Map(kept.map((execution) => [execution.arn, execution]));
  const save = (): void => {
    for (const { arn, stoppedAt } of executions.values()) {
      if (stoppedAt !== undefined && now() - stoppedAt > nameKept) executions.delete(arn);
    }
    writeFileAtomically(path, JSON.stringify({ executions: [...executions.values()] }, null, 1));
  };
  for (const execution of kept.filter(({ status }) => status === 'RUNNING')) {
    Object.assign(execution, { status: 'ABORTED', stoppedAt: now() } satisfies Partial<ExecutionRecord>);
  }
  save();
  return {
    find: (id) => executions.get(id) ?? [...executions.values()].find(({ name }) => name === id),
    add: (execution) => void executions.set(execution.arn, execution),
    save,
  };
}
