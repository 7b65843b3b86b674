/** The record of a verification: what a caller may see of it and what led to its decision. No personal data. */
import type { DynamoDBClient } from '#signing';
import type { Billed } from '../codes/classify.ts';
import type { UpstreamTrace } from '../flow/answer.ts';
import { fromItem } from '../store/attributes.ts';
import { createTable } from '../store/table.ts';
import type { Decision, Rule, StepFacts } from './policy.ts';
import type { CheckName, StepName } from './step.ts';

/** How a step ended, or stands. */
export interface StepState {
  readonly step: StepName;
  readonly check: CheckName;
  /** Number of its order; null where there is none yet. */
  readonly orderNo: string | null;
  readonly status: StepFacts['status'];
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly billed: Billed;
  readonly upstream: UpstreamTrace | null;
  /** One of its rules declines, so nothing that comes after it runs. */
  readonly declines: boolean;
  /** Keyed HMAC of the ID number that it was called with. */
  readonly subject?: string;
}

/** A step that was taken over from an earlier verification, and whose seal holds its result. */
export interface InheritedStep extends StepState {
  readonly sealedBy: string;
}

/** A step that a plan asks for. */
export interface PlannedStep {
  readonly step: StepName;
  readonly check: CheckName;
  readonly orderNo: string | null;
}

/** A verification. Times are epoch milliseconds. */
export interface VerificationRecord {
  readonly verificationId: string;
  readonly caller: string;
  /** Keyed HMAC of the plan. */
  readonly fingerprint: string;
  /** Keyed HMAC of the ID number, where the plan names it. */
  readonly subject?: string;
  readonly createdAt: number;
  /** When the first verification of the chain that this one continues was created. */
  readonly rootAt: number;
  readonly continues?: string;
  readonly planned: readonly PlannedStep[];
  readonly inherited: readonly InheritedStep[];
  /** Staged files that end with the verification. */
  readonly media: readonly string[];
  /** When its execution was started. */
  readonly launchedAt?: number;
  /** Steps that have ended, by name. */
  readonly steps: Readonly<Partial<Record<StepName, StepState>>>;
  readonly decision?: Decision;
  readonly endedAt?: number;
}

/** A verification that begins. */
export type NewVerification = Omit<VerificationRecord, 'steps' | 'launchedAt' | 'decision' | 'endedAt'>;

/** Reads and writes the records. All methods throw what DynamoDB throws, except for failed conditions. */
export interface VerificationRecords {
  /** Consistent read. */
  read(verificationId: string): Promise<VerificationRecord | null>;
  /** False: there is one of this id. @param keepUntil epoch seconds */
  create(verification: NewVerification, keepUntil: number): Promise<boolean>;
  /** Notes that the execution was started. */
  launched(verificationId: string, at: number): Promise<void>;
  /** Notes how a step ended. False: the verification has been decided. */
  stepEnded(verificationId: string, state: StepState): Promise<boolean>;
  /** Notes the decision and what became of every step. False: it has been decided. */
  decided(verificationId: string, decision: Decision, states: readonly StepState[], at: number): Promise<boolean>;
}

const key = (verificationId: string): string => `verification#${verificationId}`;
/** Each step has an attribute of its own, because documents end side by side. */
const attribute = (step: StepName): string => `step_${step.replaceAll('-', '_')}`;
const stepAttribute = /^step_/;

/** The records in one table. */
export function verificationRecords(client: DynamoDBClient, name: string): VerificationRecords {
  const table = createTable(client, name);
  const undecided = 'attribute_exists(#orderNo) AND attribute_not_exists(#decision)';
  return {
    async read(verificationId) {
      const item = await table.read(key(verificationId));
      if (!item) return null;
      const { orderNo: _key, ...values } = fromItem(item);
      const steps = Object.entries(values).filter(([attributeName]) => stepAttribute.test(attributeName));
      const states = steps.map(([, state]) => [(state as StepState).step, withNulls(state as StepState)]);
      return {
        ...values,
        inherited: (values.inherited as InheritedStep[]).map(withNulls),
        planned: (values.planned as PlannedStep[]).map((planned) => ({ ...planned, orderNo: planned.orderNo ?? null })),
        steps: Object.fromEntries(states),
        ...(values.decision ? { decision: wholeDecision(values.decision as Decision) } : {}),
      } as unknown as VerificationRecord;
    },

    create: (verification, keepUntil) =>
      table.write(key(verification.verificationId), {
        condition: 'attribute_not_exists(#orderNo)',
        set: { ...verification, ttl: keepUntil },
      }),

    async launched(verificationId, at) {
      const condition = 'attribute_exists(#orderNo) AND attribute_not_exists(#launchedAt)';
      await table.write(key(verificationId), { condition, set: { launchedAt: at } });
    },

    stepEnded: (verificationId, state) =>
      table.write(key(verificationId), { condition: undecided, set: { [attribute(state.step)]: state } }),

    decided(verificationId, decision, states, at) {
      const ended = states.map((state) => [attribute(state.step), state] as const);
      return table.write(key(verificationId), {
        condition: undecided,
        set: { decision, endedAt: at, ...Object.fromEntries(ended) },
      });
    },
  };
}

type Stored<T> = { readonly [K in keyof T]: T[K] | undefined };

const wholeDecision = ({ verdict, rules, policyVersion }: Decision): Decision => ({
  verdict,
  rules: (rules as readonly Stored<Rule>[]).map(({ rule, step, value = null, threshold, effect }) => ({
    rule: rule!,
    ...(step === undefined ? {} : { step }),
    value,
    ...(threshold === undefined ? {} : { threshold }),
    effect: effect!,
  })),
  policyVersion,
});

/** The table has no nulls: what is missing is one. */
const withNulls = <T extends StepState>(state: T): T => {
  const upstream = state.upstream && {
    ...state.upstream,
    bizSeqNo: state.upstream.bizSeqNo ?? null,
    at: state.upstream.at ?? null,
  };
  return {
    ...state,
    orderNo: state.orderNo ?? null,
    outcome: state.outcome ?? null,
    reason: state.reason ?? null,
    upstream: upstream ?? null,
  };
};
