/** One run of the refresher: what it works with, what it knows, and how often and how long it tries. */
import type { Log } from '../log.ts';
import type { TicketCalls } from './calls.ts';
import type { Reason, Standing } from './due.ts';
import type { SecretStore } from './secrets.ts';
import type { Phase, TicketStore } from './store.ts';

/** What a refresh works with; everything with an effect is handed in. */
export interface RefreshParts {
  readonly appId: string;
  readonly calls: TicketCalls;
  readonly appSecret: Pick<SecretStore, 'read'>;
  readonly accessToken: Pick<SecretStore, 'read' | 'put'>;
  readonly signTicket: SecretStore;
  readonly item: Omit<TicketStore, 'report'>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** 0 to 1, for jitter only. */
  readonly random: () => number;
  /** A fresh name for an owner. */
  readonly newId: () => string;
  readonly log: Log;
}

/** A refresh under way; it holds the lease. */
export interface Run {
  readonly parts: RefreshParts;
  readonly owner: string;
  readonly reason: Reason;
  /** What was read under the lease. */
  readonly standing: Standing;
  /** When the intent was opened, by this run or the one it goes on from. */
  readonly intentAt: number;
  /** Forced refreshes of the last day, this one included. */
  readonly lastForced: readonly number[];
  /** No call begins after it, in epoch milliseconds. */
  readonly deadline: number;
  phase: Phase;
  /** The generation that is being made. */
  generation: number;
  token: string;
  /** When the token was received; undefined when an earlier run got it and nobody knows any more. */
  tokenAt: number | undefined;
  /** Whether the token was fetched by this run. */
  tokenIsNew: boolean;
  /** Whether a token may have been issued since the intent was opened: the ticket in force may be dead. */
  issued: boolean;
}

/** Somebody else has taken the lease: this run ends without another word. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

/** Another version came into force meanwhile. Which of the two is alive nobody knows, so neither is trusted. */
export class LabelLost extends Error {
  override readonly name = 'LabelLost';
  /** The newest generation that is in doubt. */
  readonly generation: number;

  constructor(generation: number) {
    super('The label is on another version');
    this.generation = generation;
  }
}

/** The next tick goes on. */
class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
}

/** Limits of one call, and a time too short to begin one, in milliseconds (TKT-5). */
const callLimit = 5_000;
const shortest = 500;
const longestPause = 2_000;

const anything: (error: unknown) => boolean = () => true;

/**
 * Does something until it succeeds, with pauses of full jitter, as long as there is time left.
 *
 * @param work is told how many milliseconds it has
 * @param worth whether to try again after this error
 * @throws OutOfTime, or the last error
 */
export async function insist<T>(
  { parts: { now, sleep, random }, deadline }: Run,
  work: (timeout: number) => Promise<T>,
  { tries = Number.POSITIVE_INFINITY, worth = anything } = {},
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const left = deadline - now();
    if (left < shortest) throw new OutOfTime();
    try {
      return await work(Math.min(callLimit, left));
    } catch (error) {
      if (!worth(error) || attempt >= tries) throw error;
      const pause = random() * Math.min(longestPause, 100 * 2 ** attempt);
      if (deadline - now() - pause < shortest) throw error;
      await sleep(pause);
    }
  }
}
