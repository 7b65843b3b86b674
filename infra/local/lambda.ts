import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { InvokeResult } from './instance.ts';
import type { FunctionModel } from './model.ts';
import { createPool } from './pool.ts';
import type { Sandbox, SandboxMode } from './sandbox.ts';

/** Lambda's limit for an event, in bytes. */
export const requestLimit = 6_291_456;

/** What the function runner needs. */
export interface LambdaOptions {
  functions: FunctionModel[];
  region: string;
  sandbox: Sandbox;
  /** What the stage adds to every function's environment: endpoints and credentials. */
  environment: Record<string, string>;
  /** Takes one line of a function's output. */
  log: (functionName: string, line: string) => void;
  /** Processes per function at the same time; further invocations wait. */
  maxInstances?: number;
  /** Epoch milliseconds. */
  now?: () => number;
}

/** Runs the functions of a stage. */
export interface Lambda {
  mode: SandboxMode;
  /**
   * Invokes a function by construct name, deployed name or ARN. `signal` takes back an invocation that still waits.
   * Rejects with `RequestEntityTooLargeException` for an event over the limit, `ResourceNotFoundException` for no such
   * function.
   */
  invoke: (functionName: string, event: unknown, signal?: AbortSignal) => Promise<InvokeResult>;
  /** Lets what runs end for `graceMs` milliseconds, then ends every process. */
  stop: (graceMs?: number) => Promise<void>;
}

/** An error with the name that the Lambda API gives it. */
export class LambdaError extends Error {
  constructor(name: 'RequestEntityTooLargeException' | 'ResourceNotFoundException', message: string) {
    super(message);
    this.name = name;
  }
}

/** Makes the function runner. Processes are started when they are needed and kept until `stop`. */
export function createLambda(options: LambdaOptions): Lambda {
  const { sandbox, log, maxInstances = 10, now = Date.now } = options;
  const pools = options.functions.map((lambda) =>
    createPool(lambda, {
      sandbox,
      environment: environmentOf(lambda, options),
      log: (line) => log(lambda.name, line),
      maxInstances,
      now,
    }),
  );
  const running = new Set<Promise<InvokeResult>>();
  return {
    mode: sandbox.mode,
    invoke: async (functionName, event, signal) => {
      const pool = pools.find(({ lambda: { name, functionName: deployed, arn } }) =>
        [name, deployed, arn].includes(functionName),
      );
      if (!pool) throw new LambdaError('ResourceNotFoundException', `Function not found: ${functionName}`);
      const body = JSON.stringify(event ?? null);
      const bytes = Buffer.byteLength(body);
      if (bytes > requestLimit) {
        throw new LambdaError(
          'RequestEntityTooLargeException',
          `${bytes} byte payload is too large for the RequestResponse invocation type (limit ${requestLimit} bytes)`,
        );
      }
      const result = new Promise<InvokeResult>((settle) =>
        pool.push({ requestId: randomUUID(), body, settle }, signal),
      );
      running.add(result);
      return result.finally(() => running.delete(result));
    },
    stop: async (graceMs = 0) => {
      for (const pool of pools) pool.close();
      if (running.size > 0)
        await Promise.race([Promise.allSettled(running), delay(graceMs, undefined, { ref: false })]);
      await Promise.all(pools.map((pool) => pool.stop()));
    },
  };
}

/** The environment as Lambda sets it, without what depends on where the files lie. */
function environmentOf(lambda: FunctionModel, { region, environment }: LambdaOptions): Record<string, string> {
  return {
    ...lambda.environment,
    ...environment,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: lambda.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(lambda.memoryMegabytes),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_FORMAT: lambda.logFormat,
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${lambda.functionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    _HANDLER: lambda.handler,
  };
}
