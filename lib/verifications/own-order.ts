/** The order that a step has left. */
import type { Ledger } from '../orders/ledger.ts';
import type { OrderRecord } from '../orders/record.ts';
import type { PlannedStep } from './records.ts';

/**
 * The order of a step; null while there is none. What somebody else has bought under its number, and the challenge that it
 * continues before it has taken it over, are not its own.
 *
 * @throws what DynamoDB throws
 */
export async function ownOrder(
  { orderNo }: Pick<PlannedStep, 'orderNo'>,
  verificationId: string,
  ledger: Ledger,
): Promise<OrderRecord | null> {
  const order = orderNo === null ? null : await ledger.read(orderNo);
  return order?.holder === `verification#${verificationId}` ? order : null;
}
