/** When a ticket is replaced. Pure decisions on what was read at one moment. */
import type { Ticket } from '#signing';
import type { TicketItem } from './store.ts';

/** What a tick finds. */
export interface Standing {
  /** The ticket in force; null when there is none, or none that can be read. */
  readonly ticket: Ticket | null;
  /** Version id of the secret in force, whatever it holds. */
  readonly versionId: string | undefined;
  readonly item: TicketItem;
  readonly appSecret: string;
  readonly appSecretVersion: string;
}

/** Why a ticket is replaced. */
export type Reason = 'intent' | 'missing' | 'app-secret-changed' | 'age' | 'suspect';

/** Why a ticket is replaced, or why not: `cooling-down` and `auth-config` leave a refused one in its place. */
export type Verdict = Reason | 'fresh' | 'cooling-down' | 'auth-config';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Age (ms) at which a credential is replaced: 20 minutes, as the upstream asks, or 40 % of a shorter life (R16). */
export const dueAge = ({ expireIn }: { readonly expireIn: number }): number =>
  Math.min(20 * minute, expireIn * 0.4 * second);

/** How many refreshes may be forced within a time: 60 s apart, 10 an hour, 20 a day (TKT-10). */
const forcedLimits = [
  { within: minute, most: 1 },
  { within: hour, most: 10 },
  { within: day, most: 20 },
];

/** Forced refreshes of the last hour from which somebody else is suspected to fetch tokens for this app id (R13). */
export const suspiciouslyMany = 3;

const since = (times: readonly number[], from: number): readonly number[] => times.filter((time) => time > from);

/** The forced refreshes that still count, with one that begins `now`. */
export const withForced = ({ lastForced }: TicketItem, now: number): readonly number[] => [
  ...since(lastForced, now - day),
  now,
];

/** How many refreshes were forced in the last hour. */
export const forcedInHour = (forced: readonly number[], now: number): number => since(forced, now - hour).length;

/**
 * Nobody else's token can have ended a ticket so soon after its own token was received (ms): the old one lives on for a
 * minute. Where a forced refresh has brought no more than such a refusal, the trouble is not the ticket (R20).
 */
const tooSoon = 45 * second;

/** Whether, and why, the ticket is to be replaced at `now`. */
export function due({ ticket, item, appSecretVersion }: Standing, now: number): Verdict {
  if (item.intent) return 'intent';
  if (!ticket) return 'missing';
  if (ticket.appSecretVersion !== appSecretVersion) return 'app-secret-changed';
  if (now - ticket.fetchedAt >= dueAge(ticket)) return 'age';
  if (item.suspectGeneration < ticket.generation) return 'fresh';
  const tokenAt = item.generation === ticket.generation ? item.tokenAt : undefined;
  const refusedAfter = (item.suspectAt ?? Number.NaN) - (tokenAt ?? Number.NaN);
  const forcedBefore = since(item.lastForced, now - day).some((time) => time < ticket.fetchedAt);
  if (refusedAfter < tooSoon && forcedBefore) return 'auth-config';
  const allowed = forcedLimits.every(({ within, most }) => since(item.lastForced, now - within).length < most);
  return allowed ? 'suspect' : 'cooling-down';
}

/** Whether a verdict asks for a refresh. */
export const isReason = (verdict: string): verdict is Reason =>
  ['intent', 'missing', 'app-secret-changed', 'age', 'suspect'].includes(verdict);
