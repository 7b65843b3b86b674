import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { FunctionModel } from './model.ts';
import { type FunctionError, type Invocation, startRuntimeApi } from './runtime-api.ts';
import type { Sandbox } from './sandbox.ts';

/** What an invocation came to: the function's answer, or its error. */
export type InvokeResult =
  | { payload: unknown; functionError?: undefined }
  | { payload?: undefined; functionError: FunctionError };

/** An invocation that waits or runs. */
export interface Job {
  requestId: string;
  body: string;
  settle: (result: InvokeResult) => void;
}

/** What an instance tells its pool. */
export interface InstanceEvents {
  /** It is free: `run` may be called. */
  free: (instance: Instance) => void;
  /** It has ended its invocation and will be free in a moment. */
  answered: () => void;
  /** Its process is gone; `initError` if it never got as far as being free. */
  gone: (instance: Instance, initError?: FunctionError) => void;
}

/** One process of a function, running one invocation at a time. */
export interface Instance {
  run: (job: Job) => void;
  /** Kills the process and waits until it is gone. */
  stop: () => Promise<void>;
}

/** What an instance is started with. */
export interface InstanceOptions {
  lambda: FunctionModel;
  sandbox: Sandbox;
  environment: Record<string, string>;
  log: (line: string) => void;
  now: () => number;
}

/** Lambda gives a function this long to load before the first invocation, in milliseconds. */
const initLimit = 10_000;

/** Starts a process of a function. It reports once it is free, or gone. */
export async function startInstance(options: InstanceOptions, events: InstanceEvents): Promise<Instance> {
  const { lambda, sandbox, environment, log, now } = options;
  let job: Job | undefined;
  let hand: ((invocation: Invocation) => void) | undefined;
  let initError: FunctionError | undefined;
  let ready = false;
  let timer: NodeJS.Timeout | undefined;

  const finish = (requestId: string | undefined, result: InvokeResult): void => {
    if (job === undefined || (requestId !== undefined && requestId !== job.requestId)) return;
    const { settle } = job;
    job = undefined;
    events.answered();
    settle(result);
  };
  const fail = (requestId: string, { errorType, errorMessage, trace }: FunctionError): void =>
    finish(requestId, { functionError: { errorType, errorMessage, trace } });

  const runtime = await startRuntimeApi({
    next: () =>
      new Promise((resolve) => {
        ready = true;
        hand = resolve;
        clearTimeout(timer);
        events.free(instance);
      }),
    answered: (requestId, body) => finish(requestId, { payload: JSON.parse(body) }),
    failed: fail,
    initFailed: (error) => {
      initError = error;
    },
  });
  const child = sandbox.start(lambda, runtime.address, environment);
  const exited = exitOf(child);
  // Later than the exit: by then its last output has been read.
  const closed = once(child, 'close').catch(() => {});
  const kill = (): void => killGroup(child.pid);
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', log);
  }
  timer = setTimeout(
    () => {
      initError = timedOut('init', lambda.timeoutSeconds);
      kill();
    },
    Math.max(initLimit, lambda.timeoutSeconds * 1000),
  );

  const instance: Instance = {
    run: (next) => {
      job = next;
      const milliseconds = lambda.timeoutSeconds * 1000;
      timer = setTimeout(() => {
        finish(next.requestId, { functionError: timedOut(next.requestId, lambda.timeoutSeconds) });
        kill();
      }, milliseconds);
      hand?.({ ...next, functionArn: lambda.arn, deadline: now() + milliseconds });
    },
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) kill();
      await closed;
    },
  };
  void exited.then((reason) => {
    clearTimeout(timer);
    runtime.close();
    kill();
    const exitError = {
      errorType: 'Runtime.ExitError',
      errorMessage: `RequestId: ${job?.requestId ?? 'none'} Error: ${reason}`,
    };
    finish(undefined, { functionError: exitError });
    events.gone(instance, ready ? undefined : (initError ?? exitError));
  });
  return instance;
}

const timedOut = (requestId: string, seconds: number): FunctionError => ({
  errorType: 'Sandbox.Timedout',
  errorMessage: `RequestId: ${requestId} Error: Task timed out after ${seconds.toFixed(2)} seconds`,
});

/** Why a process ended, in Lambda's words. */
async function exitOf(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    if (signal !== null) return `Runtime exited with error: signal: ${signal}`;
    return code === 0 ? 'Runtime exited without providing a reason' : `Runtime exited with error: exit status ${code}`;
  } catch (error) {
    return `Runtime could not be started: ${(error as Error).message}`;
  }
}

/** Kills a process group: a function's process with whatever it has started. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}
