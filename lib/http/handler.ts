/** Handlers of the public routes, which are the functions' only content. */
import { ask } from '../flow/ask.ts';
import { buy } from '../flow/buy.ts';
import type { Call, Context } from '../flow/context.ts';
import { fitting } from '../flow/media.ts';
import { grantUpload } from '../media/grant.ts';
import { largestFiles } from '../media/largest.ts';
import type { Operation } from '../operation.ts';
import { lookUp } from '../orders/look-up.ts';
import { productionContext } from '../runtime.ts';
import { runStep, type StepCall } from '../verifications/run-step.ts';
import { createHandler, type Handler } from './create-handler.ts';
import type { Reply } from './middlewares.ts';

/**
 * The handler of an operation.
 *
 * @param sibling the free operation that reads its result again, where it has one
 * @param context the surroundings; those of production unless a test hands in others
 */
export function operationHandler(operation: Operation, sibling?: Operation, context = productionContext): Handler {
  const run = async (call: Call, surroundings: Context): Promise<Reply> => {
    if (call.step) return stepReply(operation, sibling, { ...call, ...call.step }, surroundings);
    const { answer, replayed } = operation.creates
      ? await buy(operation, sibling, call, surroundings)
      : await ask(operation, call, surroundings);
    const { orderNo, outcome, reason, billed, upstream } = answer;
    const { code, bizSeqNo } = upstream;
    return {
      body: await fitting(operation, answer, surroundings),
      replayed,
      facts: { orderNo, outcome, reason, billed, code, bizSeqNo, status: 200 },
    };
  };
  return createHandler(operation.name, operation.route, run, context);
}

async function stepReply(
  operation: Operation,
  sibling: Operation | undefined,
  call: StepCall,
  context: Context,
): Promise<Reply> {
  const body = await runStep(operation, sibling, call, context);
  const { orderNo, status: state, outcome, reason, billed } = body;
  const { verificationId, step } = call;
  return { body, replayed: false, facts: { verificationId, step, orderNo, state, outcome, reason, billed } };
}

/** The route that grants uploads. */
export const mediaRoute = 'POST /v1/media';

/**
 * The handler of `POST /v1/media`.
 *
 * @param operations every operation, because the largest file that any of them takes may be staged
 */
export function mediaHandler(operations: readonly Operation[], context = productionContext): Handler {
  const run = async (call: Call, surroundings: Context): Promise<Reply> => {
    const largest = largestFiles(operations, surroundings.profile.name);
    const body = await grantUpload(largest, call, surroundings);
    return { body, replayed: false, facts: { status: 200 } };
  };
  return createHandler('create-media', mediaRoute, run, context);
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
