/** What must be true at every moment of a schedule (reliability, section 4.3). */
import { classify } from '../../lib/codes/classify.ts';
import { type OrderRecord, terminal, toRecord } from '../../lib/orders/record.ts';
import type { Item } from './dynamo/syntax.ts';
import { operationOf } from './gateway.ts';
import type { Run } from './process.ts';
import type { Asked, Truth } from './truth.ts';

/** A promise that was broken. */
export interface Violation {
  readonly kind:
    | 'double-charge'
    | 'lost-order'
    | 'wrong-outcome'
    | 'unrecorded-send'
    | 'illegal-transition'
    | 'malformed-record'
    | 'unended-order'
    | 'pending-work'
    | 'wrong-answer'
    | 'shared-file'
    | 'wrong-file'
    | 'deleted-early'
    | 'upload-left'
    | 'refused-record';
  readonly what: string;
}

/** Watches a schedule. */
export interface Oracle {
  readonly violations: Violation[];
  /** How often each transition was taken. */
  readonly transitions: Map<string, number>;
  /** Runs that have made an order their own. */
  readonly claims: ReadonlySet<string>;
  readonly blame: (kind: Violation['kind'], what: string) => void;
  /** Codes that the upstream has said about an order of this operation. */
  readonly said: (orderNo: string, operation: string) => ReadonlySet<string>;
  /** `by` is the run that wrote. */
  readonly written: (by: string, key: string, before: Item | undefined, after: Item) => void;
  readonly leaving: (run: Run, asked: Asked) => void;
  /** Compares every record with what the upstream did. */
  readonly compare: () => void;
  /** How many records are in each state. */
  readonly states: () => ReadonlyMap<string, number>;
  /** Every order that `concerns` has come to an end. */
  readonly ended: (why: string, concerns: (record: OrderRecord) => boolean) => void;
}

/** The name of the transition between two versions of a record, or null when section 4.3 has none. */
export function transitionOf(before: OrderRecord | undefined, after: OrderRecord, byOwner: boolean): string | null {
  const { state } = after;
  if (state === 'sent' && before?.attemptId !== after.attemptId) {
    if (!byOwner || after.sends !== 1) return null;
    if (!before) return 'T1';
    if (before.state === 'not-processed') return before.fingerprint === after.fingerprint ? 'T1b' : null;
    const { order } = operationOf(after.operation);
    const continues = order.kind === 'continues' && order.from === before.operation;
    return before.state === 'succeeded' && continues ? 'T1c' : null;
  }
  const open = before?.state === 'sent' || before?.state === 'unknown';
  if (!open || before.attemptId !== after.attemptId || before.operation !== after.operation) return null;
  const way = `${before.state} ${state}`;
  if (state === 'succeeded' || state === 'rejected') return `${byOwner ? 'T4' : 'T7'} ${way}`;
  if (state === 'not-charged' || state === 'unresolved') return byOwner ? null : `T7q ${way}`;
  if (state === 'not-processed') return byOwner && before.state === 'sent' ? 'T6' : null;
  if (state !== before.state) return byOwner && way === 'sent unknown' ? 'T5' : null;
  if (before.sends !== after.sends) return byOwner && way === 'sent sent' && after.sends === 2 ? 'T4r' : null;
  return byOwner ? null : `T7w ${state}`;
}

const add = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
const runOf = (attemptId: string): string => attemptId.split('.')[0]!;

/** An oracle over the records of a table and the upstream's own books. */
export function createOracle(items: () => ReadonlyMap<string, Item>, truth: () => Truth): Oracle {
  const violations: Violation[] = [];
  const transitions = new Map<string, number>();
  const claims = new Set<string>();
  const blame: Oracle['blame'] = (kind, what) => {
    violations.push({ kind, what });
  };

  function checkShape(record: OrderRecord): void {
    const ended = terminal.has(record.state);
    const { orderNo, state, ttl, nextQueryAt, sends, attemptId } = record;
    if (ended !== (ttl !== undefined)) blame('malformed-record', `${orderNo} ${state}: ttl ${ttl}`);
    if (ended !== (nextQueryAt === undefined)) blame('malformed-record', `${orderNo} ${state}: query ${nextQueryAt}`);
    if (sends < 1 || sends > 2) blame('malformed-record', `${orderNo}: ${sends} sends`);
    const [by = ''] = attemptId.split('.');
    if (sends === 2 && truth().ticketRefusals(by) === 0)
      blame('unrecorded-send', `${orderNo}: a second send, no refusal`);
  }

  /** Codes that an order can have ended with: those of the call, and those of the query that was asked about it. */
  function said(orderNo: string, operation: string): ReadonlySet<string> {
    const { order } = operationOf(operation);
    const query = order.kind === 'creates' && order.query ? operationOf(order.query) : undefined;
    // A question about a person has an order number of its own.
    const settled = query?.order.kind === 'reads' ? truth().codes(orderNo, query.name) : query ? ['0'] : [];
    return truth().codes(orderNo, operation).union(new Set(settled));
  }

  function compareRecord(record: OrderRecord): void {
    const { orderNo, operation, state, code } = record;
    const { calls } = truth().cost(orderNo, operation);
    const wrong = (why: string) => blame('wrong-outcome', `${orderNo} ${operation} is ${state} (${code}): ${why}`);
    if (state === 'not-processed' && calls > 0) wrong('it was worked on');
    if (state === 'not-charged' && truth().mayHaveCost(orderNo, operation)) wrong('it may have been charged');
    if (state !== 'succeeded' && state !== 'rejected') return;
    const classOf = classify(operationOf(operation).family, code ?? '').class;
    if ((classOf === 'positive' || classOf === 'negative') !== (state === 'succeeded'))
      wrong('the code says otherwise');
    if (state === 'succeeded' && calls === 0) wrong('it was never worked on');
    if (!said(orderNo, operation).has(code ?? '')) wrong('the upstream never said so');
  }

  const isOrder = (key: string) => !key.includes('#');

  return {
    violations,
    transitions,
    claims,
    blame,
    said,
    written(by, key, before, after) {
      if (!isOrder(key)) return;
      const record = toRecord(after);
      const name = transitionOf(before && toRecord(before), record, runOf(record.attemptId) === by);
      if (name === null) blame('illegal-transition', `${key}: ${before?.state?.S} to ${record.state} by ${by}`);
      add(transitions, name ?? 'none');
      if (record.state === 'sent' && record.attemptId !== before?.attemptId?.S) claims.add(by);
      if (Number(after.version?.N) !== Number(before?.version?.N ?? 0) + 1)
        blame('malformed-record', `${key}: version`);
      checkShape(record);
      compareRecord(record);
    },
    leaving(run, { operation, orderNo }) {
      if (!operation?.creates) return;
      run.sends.push(operation.name);
      const item = items().get(orderNo);
      const record = item && toRecord(item);
      const mine = record && record.operation === operation.name && run.attempts.has(record.attemptId);
      if (!mine || record.state !== 'sent' || run.sends.length > record.sends) {
        blame('unrecorded-send', `${run.name} sends ${operation.name} ${orderNo}: ${record?.state} ${record?.sends}`);
      }
    },
    compare() {
      for (const [key, item] of items()) if (isOrder(key)) compareRecord(toRecord(item));
      const bought = new Map<string, Set<string>>();
      for (const { orderNo, operation } of truth().executions) {
        const { order } = operationOf(operation);
        if (order.kind === 'reads' || order.kind === 'traces') continue;
        const { calls } = truth().cost(orderNo, operation);
        if (calls > 1) blame('double-charge', `${operation} ${orderNo} was worked on ${calls} times`);
        if (!items().has(orderNo)) blame('lost-order', `${orderNo} was worked on and has no record`);
        // The two steps of a pair are one purchase.
        const purchase = order.kind === 'continues' ? order.from : operation;
        bought.set(orderNo, (bought.get(orderNo) ?? new Set()).add(purchase));
      }
      for (const [orderNo, what] of bought) {
        if (what.size > 1) blame('double-charge', `${orderNo} bought ${[...what].join()}`);
      }
    },
    states() {
      const counts = new Map<string, number>();
      for (const [key, { state }] of items()) if (isOrder(key)) add(counts, state?.S ?? 'none');
      return counts;
    },
    ended(why, concerns) {
      for (const [key, item] of items()) {
        const record = isOrder(key) ? toRecord(item) : undefined;
        if (record && !terminal.has(record.state) && concerns(record)) {
          blame('unended-order', `${key} ${record.operation} is ${record.state} ${why}`);
        }
      }
    },
  };
}
