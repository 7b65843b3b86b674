import { orderNo as orderNoField } from '../fields/request.ts';
import type { Call, Context } from '../flow/context.ts';
import { Problem } from '../http/problem.ts';
import { safeKey } from '../request/validate.ts';
import { isoChina } from '../time.ts';
import type { OrderRecord, OrderState } from './record.ts';

/** An order as its caller sees it. Times are ISO 8601 with `+08:00`. */
export interface OrderView {
  readonly orderNo: string;
  readonly operation: string;
  readonly state: OrderState;
  readonly outcome: string | null;
  readonly reason: string | null;
  /** What the record holds of the result: scores, digits, warnings, times. */
  readonly result?: OrderRecord['result'];
  readonly billed: OrderRecord['billed'];
  readonly upstream: { code: string | null; bizSeqNo: string | null; profile: string; at: string | null };
  readonly createdAt: string;
  readonly endedAt?: string;
  readonly challenge?: { issuedAt: string; result?: OrderRecord['result'] };
}

/** Shows the caller's order. @throws Problem `not-found` for unknown, foreign and expired ones alike */
export async function lookUp(call: Call, { ledger, policy, now }: Context): Promise<OrderView> {
  const { orderNo, ...rest } = call.input as Record<string, unknown>;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) {
    throw new Problem('invalid-request', { errors: [{ pointer: `/${safeKey(unknown)}`, rule: 'unknown' }] });
  }
  if (typeof orderNo !== 'string' || !orderNoField.pattern!.test(orderNo)) throw new Problem('not-found');
  const record = await ledger.read(orderNo).catch(() => {
    throw new Problem('ledger-unavailable', { orderNo });
  });
  const hidden = !record || (policy.isolateCallers && record.caller !== call.caller);
  if (hidden || (record.ttl !== undefined && record.ttl * 1000 <= now())) throw new Problem('not-found');
  return view(record);
}

function view(record: OrderRecord): OrderView {
  const { orderNo, operation, state, outcome, reason, result, billed, code, bizSeqNo, profile, at } = record;
  const { createdAt, endedAt, challenge } = record;
  return {
    orderNo,
    operation,
    state,
    outcome,
    reason,
    ...(result ? { result } : {}),
    billed,
    upstream: { code, bizSeqNo, profile, at },
    createdAt: isoChina(createdAt),
    ...(endedAt === undefined ? {} : { endedAt: isoChina(endedAt) }),
    // While the challenge itself is the order, its digits are the result.
    ...(challenge && challenge.fingerprint !== record.fingerprint
      ? { challenge: { issuedAt: isoChina(challenge.issuedAt), result: challenge.result } }
      : {}),
  };
}
