/** The only reader of `process.env`. */
import type { Family } from './codes/classify.ts';
import type { ProfileName } from './operation.ts';
import type { CheckName } from './verifications/step.ts';

/** How often something may happen: evenly `perSecond`, and up to `burst` at once. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** When a verification is approved, declined, or left to a person. Checks and warnings go by their names and slugs. */
export interface Approval {
  /** Liveness score, 0 to 100, from which nobody needs to look; without it any readable score is enough. */
  readonly livenessScore?: number;
  /** Checks without which a verification is at best left to a person; of a group, one is enough. */
  readonly requires: readonly (CheckName | readonly CheckName[])[];
  /** Warnings about a document that leave it to a person, and those that decline. All others are only told. */
  readonly warnings: { readonly review: readonly string[]; readonly decline: readonly string[] };
}

/** What a stage decides and a function needs to know; CDK writes it as JSON into `SIGNET_POLICY`. */
export interface Policy {
  /** Similarity, 0 to 100, from which two photos match (`match`) and a verification is approved (`approve`). */
  readonly similarity: { readonly match: number; readonly approve: number };
  /** Seconds that a liveness challenge stays usable. */
  readonly challengeMaxAge: number;
  /** Whether an order exists only for the caller that made it. */
  readonly isolateCallers: boolean;
  /** Whether results of orders that Signet did not make may be queried. */
  readonly externalOrders: 'allow' | 'deny';
  /** Operations whose query, told "not found", proves that nothing was bought, because the upstream has said so. */
  readonly notFoundProves?: readonly string[];
  /** Calls to the upstream of one app id, by family of operations. A family that is missing has no limit. */
  readonly rates?: Readonly<Partial<Record<Family, Rate>>>;
  /** Orders about one ID number in 24 hours, by family of operations. A family that is missing has no limit. */
  readonly ordersPerPerson?: Readonly<Partial<Record<Family, number>>>;
  /** When a verification is approved. This and the next are there in every stage; calls outside of one need none. */
  readonly approval?: Approval;
  /** Days for which the record of a decision is kept. */
  readonly decisionRetentionDays?: number;
}

/** What a function finds in its environment. Secrets are named here, never held. */
export interface FunctionEnvironment {
  readonly stage: string;
  readonly profile: ProfileName;
  readonly appId: string;
  readonly table: string;
  readonly policy: Policy;
  readonly ticketSecret: string;
  readonly fingerprintSecret: string;
  readonly appSecret: string;
  readonly tokenSecret: string;
  /** Name of the bucket of staged media. */
  readonly mediaBucket: string;
  /** ARN of the KMS key that encrypts it. */
  readonly mediaKey: string;
  /** ARN of the state machine that runs verifications. */
  readonly stateMachine: string;
  /** Replaces every host of the profile; only the template of stage `local` sets it. */
  readonly upstreamUrl: string | undefined;
}

/** Reads the environment of a function. Names that a function does not need are empty. */
export function readFunctionEnvironment(): FunctionEnvironment {
  const { env } = process;
  return {
    stage: env.SIGNET_STAGE ?? '',
    profile: (env.SIGNET_PROFILE ?? '') as ProfileName,
    appId: env.SIGNET_APP_ID ?? '',
    table: env.SIGNET_TABLE ?? '',
    policy: JSON.parse(env.SIGNET_POLICY ?? 'null'),
    ticketSecret: env.SIGNET_TICKET_SECRET ?? '',
    fingerprintSecret: env.SIGNET_FINGERPRINT_SECRET ?? '',
    appSecret: env.SIGNET_APP_SECRET_ID ?? '',
    tokenSecret: env.SIGNET_TOKEN_SECRET ?? '',
    mediaBucket: env.SIGNET_MEDIA_BUCKET ?? '',
    mediaKey: env.SIGNET_MEDIA_KEY ?? '',
    stateMachine: env.SIGNET_STATE_MACHINE ?? '',
    upstreamUrl: env.SIGNET_UPSTREAM_URL || undefined,
  };
}

/** What the person who starts the local stage, or deploys a stage, may choose by environment variables. */
export interface LocalEnvironment {
  readonly profile: string;
  readonly appId: string;
  /** Whether `appId` was chosen, or is the simulator's. */
  readonly appIdGiven: boolean;
  /** The upstream's app secret; only the local stage asks for it, to play the operator. */
  readonly appSecret: string | undefined;
  /** Account that a deployment goes to, as the CDK CLI finds it. */
  readonly account: string | undefined;
}

/** Reads `SIGNET_PROFILE`, `SIGNET_APP_ID` and `SIGNET_APP_SECRET`; unset, they are what the simulator takes. */
export function readLocalEnvironment(): LocalEnvironment {
  const { env } = process;
  return {
    profile: env.SIGNET_PROFILE ?? 'tencentcloud',
    appId: env.SIGNET_APP_ID || 'TIDASIM1',
    appIdGiven: Boolean(env.SIGNET_APP_ID),
    appSecret: env.SIGNET_APP_SECRET,
    account: env.CDK_DEFAULT_ACCOUNT,
  };
}
