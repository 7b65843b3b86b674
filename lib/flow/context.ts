/** What a call needs from outside: handed in, so that every test can hand in its own. */
import type { Events, Executions, TicketReader, UpstreamClient } from '#signing';
import type { Policy } from '../env.ts';
import type { Limits } from '../limits/limits.ts';
import type { Log } from '../log.ts';
import type { Holder } from '../media/records.ts';
import type { Staging } from '../media/staged.ts';
import type { Metrics } from '../metrics.ts';
import type { Ledger } from '../orders/ledger.ts';
import type { Profile } from '../profiles.ts';
import type { VerificationRecords } from '../verifications/records.ts';
import type { Breaker } from './breaker.ts';

/** The surroundings of all calls of a function. */
export interface Context {
  readonly stage: string;
  readonly profile: Profile;
  readonly appId: string;
  readonly policy: Policy;
  readonly ledger: Ledger;
  readonly tickets: TicketReader;
  /** Reports that the upstream refused tickets of this generation, so that the refresher makes a new one. */
  readonly reportTicket: (generation: number) => Promise<void>;
  /** The key of all fingerprints. */
  readonly fingerprintKey: () => Promise<string>;
  readonly verifications: VerificationRecords;
  readonly executions: Executions;
  readonly events: Events;
  /** Staged files and pictures. */
  readonly staging: Staging;
  readonly upstream: UpstreamClient;
  /** Stands in for every host of the profile (local stage, tests). */
  readonly upstreamUrl?: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** 0 to 1, for jitter only. */
  readonly random: () => number;
  /** A fresh name for an attempt. */
  readonly newId: () => string;
  readonly log: Log;
  /** Absent: nothing is counted. */
  readonly metrics?: Metrics;
  /** Absent: every call passes. */
  readonly breaker?: Breaker;
  /** Absent where the stage limits nothing. */
  readonly limits?: Limits;
}

/** One call of an operation. */
export interface Call {
  readonly requestId: string;
  readonly caller: string;
  /** Parsed but unchecked. */
  readonly input: unknown;
  /** The step of a verification that is asked for in place of a request. */
  readonly step?: { readonly verificationId: string; readonly step: string };
  /** Whom staged media is bound to, where that is not the order itself. */
  readonly holder?: Holder;
  /** Milliseconds until the function is ended. */
  readonly remaining: () => number;
}
