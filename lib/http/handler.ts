/** Handlers of the public routes, which are the functions' only content. */
import middy from '@middy/core';
import type { Context as LambdaContext } from 'aws-lambda';
import { ask } from '../flow/ask.ts';
import { buy } from '../flow/buy.ts';
import type { Call, Context } from '../flow/context.ts';
import type { Operation } from '../operation.ts';
import { lookUp } from '../orders/look-up.ts';
import { productionContext } from '../runtime.ts';
import type { InvocationEvent } from './invocation.ts';
import { accessLog, calls, type Reply, replies } from './middlewares.ts';

/** A Lambda handler. */
export type Handler = (event: InvocationEvent, lambda: LambdaContext) => Promise<unknown>;

function createHandler(
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

/**
 * The handler of an operation.
 *
 * @param sibling the free operation that reads its result again, where it has one
 * @param context the surroundings; those of production unless a test hands in others
 */
export function operationHandler(operation: Operation, sibling?: Operation, context = productionContext): Handler {
  const run = async (call: Call, surroundings: Context): Promise<Reply> => {
    const { answer, replayed } = operation.creates
      ? await buy(operation, sibling, call, surroundings)
      : await ask(operation, call, surroundings);
    const { orderNo, outcome, reason, billed, upstream } = answer;
    const { code, bizSeqNo } = upstream;
    return { body: answer, replayed, facts: { orderNo, outcome, reason, billed, code, bizSeqNo, status: 200 } };
  };
  return createHandler(operation.name, operation.route, run, context);
}

/** The route that shows an order. */
export const orderRoute = 'GET /v1/orders/{orderNo}';

/** The handler of `GET /v1/orders/{orderNo}`. */
export function orderHandler(context = productionContext): Handler {
  const run = async (call: Call, surroundings: Context): Promise<Reply> => {
    const order = await lookUp(call, surroundings);
    return { body: order, replayed: false, facts: { orderNo: order.orderNo, state: order.state, status: 200 } };
  };
  return createHandler('get-order', orderRoute, run, context);
}
