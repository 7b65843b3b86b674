/** What a verification must know and nobody may see: the plan and what the steps read, sealed in the bucket for a day. */
import { buffer } from 'node:stream/consumers';
import type { ObjectStore } from '#signing';
import type { Billed } from '../codes/classify.ts';
import { Problem } from '../http/problem.ts';
import { inTime } from '../media/patience.ts';
import type { Result } from '../result/read.ts';
import type { Subject } from './policy.ts';
import type { CheckName, StepName } from './step.ts';

/** A value of a check in a plan. */
export type PlanValue = string | { readonly mediaId: string };
/** The checks of a plan with their fields. */
export type PlanChecks = Readonly<Partial<Record<CheckName, Readonly<Record<string, PlanValue>>>>>;

/** A plan as it was accepted. */
export interface SealedPlan {
  readonly verificationId: string;
  readonly caller: string;
  /** As given, or as the verification that this one continues knew it; without an ID number the card will tell. */
  readonly subject: Subject | null;
  readonly checks: PlanChecks;
}

/** Opens and seals. */
export interface Seals {
  sealPlan(verificationId: string, plan: SealedPlan): Promise<void>;
  /** Null: it is gone. */
  openPlan(verificationId: string): Promise<SealedPlan | null>;
  sealResult(verificationId: string, step: StepName, result: Result): Promise<void>;
  /** Null: it is gone, or never was. */
  openResult(verificationId: string, step: StepName): Promise<Result | null>;
}

/** The seals of one bucket. All methods throw Problem `media-unavailable` when it fails. */
export function seals(objects: ObjectStore): Seals {
  const unavailable = (billed: Billed = 'no'): never => {
    throw new Problem('media-unavailable', { billed });
  };
  const key = (verificationId: string, part: string): string => `sealed/${verificationId}/${part}`;
  const put = (at: string, value: unknown, billed?: Billed) =>
    objects.put(at, Buffer.from(JSON.stringify(value)), 'application/json').catch(() => unavailable(billed));

  async function get(at: string): Promise<unknown> {
    const object = await objects.open(at).catch(() => unavailable());
    if (typeof object === 'string') return null;
    try {
      return JSON.parse((await inTime(object.body, buffer(object.body))).toString('utf8'));
    } catch {
      return unavailable();
    } finally {
      object.body.destroy();
    }
  }

  return {
    sealPlan: (verificationId, plan) => put(key(verificationId, 'plan'), plan),
    openPlan: async (verificationId) => (await get(key(verificationId, 'plan'))) as SealedPlan | null,
    sealResult: (verificationId, step, result) => put(key(verificationId, step), result, 'unknown'),
    openResult: async (verificationId, step) => (await get(key(verificationId, step))) as Result | null,
  };
}
