/** What all handlers have in common. Kept apart, so that each function holds only what it runs. */
import middy from '@middy/core';
import type { Context as LambdaContext } from 'aws-lambda';
import type { Call, Context } from '../flow/context.ts';
import type { InvocationEvent } from './invocation.ts';
import { accessLog, calls, type Reply, replies } from './middlewares.ts';

/** A Lambda handler. */
export type Handler = (event: InvocationEvent, lambda: LambdaContext) => Promise<unknown>;

/**
 * A handler of one route: makes a call of the event, runs it, and gives its result or problem the form that the caller
 * understands.
 */
export function createHandler(
  name: string,
  route: string,
  run: (call: Call, context: Context) => Promise<Reply>,
  context: () => Context,
): Handler {
  const handler = middy<InvocationEvent | Call, unknown, Error, LambdaContext>({ timeoutEarlyInMillis: 0 })
    .use(accessLog(name, context))
    .use(replies(context))
    .use(calls(route))
    .handler((call) => run(call as Call, context()));
  return handler as unknown as Handler;
}
