import { type Instance, type InvokeResult, type Job, startInstance } from './instance.ts';
import type { FunctionModel } from './model.ts';
import type { FunctionError } from './runtime-api.ts';
import type { Sandbox } from './sandbox.ts';

/** What a pool needs besides the function itself. */
export interface PoolOptions {
  sandbox: Sandbox;
  environment: Record<string, string>;
  log: (line: string) => void;
  /** Processes at the same time. */
  maxInstances: number;
  now: () => number;
}

/** The processes of one function. */
export interface Pool {
  lambda: FunctionModel;
  /** Has the job run by the first process that is free. `signal` takes it back while it still waits. */
  push: (job: Job, signal?: AbortSignal) => void;
  /** Refuses what waits and what is still to come. */
  close: () => void;
  /** Ends all processes and waits until they are gone. */
  stop: () => Promise<void>;
}

const failure = (errorType: string, errorMessage: string): InvokeResult => ({
  functionError: { errorType, errorMessage } satisfies FunctionError,
});

/** Makes the pool of a function: idle processes are used again, new ones are started up to the limit. */
export function createPool(lambda: FunctionModel, options: PoolOptions): Pool {
  const queue: Job[] = [];
  const idle: Instance[] = [];
  const instances = new Set<Instance>();
  const begins = new Set<Promise<void>>();
  // Processes that load, and such that have answered and will ask for more in a moment: no reason to start another.
  const soonFree = new Set<object>();
  let alive = 0;
  let closed = false;

  const scale = (): void => {
    const wanted = Math.min(queue.length - soonFree.size, options.maxInstances - alive);
    for (let count = 0; count < wanted; count += 1) {
      const begun = start().finally(() => begins.delete(begun));
      begins.add(begun);
    }
  };
  const start = async (): Promise<void> => {
    const token = {};
    alive += 1;
    soonFree.add(token);
    const lost = (initError?: FunctionError): void => {
      alive -= 1;
      soonFree.delete(token);
      if (initError) queue.shift()?.settle({ functionError: initError });
      scale();
    };
    try {
      const { sandbox, environment, log, now } = options;
      const own = await startInstance(
        { lambda, sandbox, environment, log, now },
        {
          free: (instance) => {
            soonFree.delete(token);
            const job = queue.shift();
            if (job) instance.run(job);
            else idle.push(instance);
          },
          answered: () => soonFree.add(token),
          gone: (instance, initError) => {
            instances.delete(instance);
            if (idle.includes(instance)) idle.splice(idle.indexOf(instance), 1);
            lost(initError);
          },
        },
      );
      instances.add(own);
      if (closed) await own.stop();
    } catch (error) {
      lost({ errorType: 'Signet.NoInstance', errorMessage: (error as Error).message });
    }
  };

  return {
    lambda,
    push: (job, signal) => {
      if (closed) return job.settle(failure('Signet.Stopped', 'The local stage has stopped'));
      const free = idle.pop();
      if (free) return free.run(job);
      queue.push(job);
      signal?.addEventListener('abort', () => {
        if (!queue.includes(job)) return;
        queue.splice(queue.indexOf(job), 1);
        job.settle(failure('Signet.Abandoned', 'Nobody waits for this invocation any more'));
      });
      scale();
    },
    close: () => {
      closed = true;
      for (const job of queue.splice(0)) job.settle(failure('Signet.Stopped', 'The local stage has stopped'));
    },
    stop: async () => {
      await Promise.all([...begins, ...[...instances].map((instance) => instance.stop())]);
    },
  };
}
