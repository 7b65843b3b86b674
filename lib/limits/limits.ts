/** The stage's own limits: what the upstream is never to see. Off unless the stage sets them. */
import type { DynamoDBClient } from '#signing';
import type { Policy } from '../env.ts';
import type { Operation } from '../operation.ts';
import { bucket, type TakeOne } from './bucket.ts';
import { personKey, rateKey } from './keys.ts';
import { personLimit } from './person.ts';

/** A call that is about to be made. */
export interface LimitedCall {
  readonly operation: Pick<Operation, 'family'>;
  readonly orderNo: string;
  /** Keyed HMAC of the ID number, where the call has one and leaves an order. */
  readonly subject?: string;
}

/** Grants calls. */
export interface Limits {
  /** Whether anything limits the calls of an operation; without a limit no call costs a read. */
  concern(operation: Pick<Operation, 'family'>): boolean;
  /**
   * Takes one call. Null: granted; else whole seconds until the next try.
   *
   * @throws what DynamoDB throws
   */
  take(call: LimitedCall): Promise<number | null>;
}

const seconds = (milliseconds: number): number => Math.max(1, Math.ceil(milliseconds / 1000));

/** The limits of a stage, shared by all processes through its table. */
export function createLimits(
  client: DynamoDBClient,
  table: string,
  appId: string,
  { rates = {}, ordersPerPerson = {} }: Pick<Policy, 'rates' | 'ordersPerPerson'>,
  now: () => number,
): Limits {
  const persons = personLimit(client, table, now);
  const buckets = new Map<string, TakeOne>();
  for (const [family, rate] of Object.entries(rates)) {
    buckets.set(family, bucket(client, table, rateKey(appId, family), rate, now));
  }

  return {
    concern: ({ family }) => rates[family] !== undefined || ordersPerPerson[family] !== undefined,

    async take({ operation: { family }, orderNo, subject }) {
      const limit = subject === undefined ? undefined : ordersPerPerson[family];
      const key = limit === undefined ? '' : personKey(family, subject!);
      // A refused person must not use up the rate, nor a refused call an order of the person: look, take, then count.
      let looked = limit === undefined ? null : await persons.look(key, orderNo, limit);
      if (looked?.wait) return seconds(looked.wait);
      const wait = (await buckets.get(family)?.()) ?? null;
      if (wait !== null) return seconds(wait);
      for (let tries = 0; looked && tries < 5; tries += 1) {
        if (await persons.count(key, orderNo, looked.counted)) return null;
        looked = await persons.look(key, orderNo, limit!);
        if (looked.wait) return seconds(looked.wait);
      }
      return looked ? 1 : null;
    },
  };
}
