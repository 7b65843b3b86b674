import type { Context as LambdaContext } from 'aws-lambda';
import { type Resolved, resolveOrders } from '../flow/resolve.ts';
import { needOfOrder, sweepMedia } from '../flow/sweep.ts';
import { errorFields } from '../log.ts';
import type { Operation } from '../operation.ts';
import { productionContext } from '../runtime.ts';
import { settled } from '../settled.ts';
import { needOfVerification } from '../verifications/conclude.ts';

/** The handler of the schedule that resolves orders. @throws when the index of orders cannot be read */
export function resolveHandler(
  operations: readonly Operation[],
  context = productionContext,
): (event: unknown, lambda: LambdaContext) => Promise<Resolved> {
  return async (_event, lambda) => {
    const call = { requestId: lambda.awsRequestId, remaining: () => lambda.getRemainingTimeInMillis() };
    try {
      // At the same time: while the upstream is slow to answer about orders, uploads are deleted nevertheless.
      const [resolved] = await settled([
        resolveOrders(operations, call, context()),
        sweepMedia({ order: needOfOrder, verification: needOfVerification }, call, context()),
      ]);
      return resolved;
    } catch (error) {
      context().log('error', 'orders-not-resolved', { requestId: call.requestId, ...errorFields(error) });
      throw error;
    }
  };
}
