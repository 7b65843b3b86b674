/** The order that a step has left. */
import type { Ledger } from '../orders/ledger.ts';
import type { OrderRecord } from '../orders/record.ts';
import type { PlannedStep } from './records.ts';

/**
 * The order of a step; null while there is none. The challenge that a step continues is not its own before it has taken
 * it over.
 *
 * @throws what DynamoDB throws
 */
export async function ownOrder({ orderNo }: Pick<PlannedStep, 'orderNo'>, ledger: Ledger): Promise<OrderRecord | null> {
  const order = orderNo === null ? null : await ledger.read(orderNo);
  return order?.challenge && order.challenge.fingerprint === order.fingerprint ? null : order;
}
