/** The Lambda of the refresher. */

import { profiles } from '../profiles.ts';
import { productionParts } from '../runtime.ts';
import { ticketCalls } from './calls.ts';
import { type Outcome, refresh } from './refresh.ts';
import type { RefreshParts } from './run.ts';
import { secretStore } from './secrets.ts';

/** What the schedule sends, as far as it matters. Whoever invokes the function by hand need not send it. */
export interface Tick {
  /** When it was due, ISO 8601. */
  readonly time?: unknown;
}

/** A tick that was held up for longer (ms) is history: another has come since (R3). */
const stale = 60_000;

function productionRefresh(): RefreshParts {
  const { environment, secrets, upstream, ticketItem, newId, now, sleep, random, log } = productionParts();
  const { profile, appId, appSecret, tokenSecret, ticketSecret, upstreamUrl } = environment;
  return {
    appId,
    calls: ticketCalls(upstream, profiles[profile], appId, upstreamUrl),
    appSecret: secretStore(secrets, appSecret),
    accessToken: secretStore(secrets, tokenSecret),
    signTicket: secretStore(secrets, ticketSecret),
    item: ticketItem,
    now,
    sleep,
    random,
    newId,
    log,
  };
}

/** The handler of the schedule. */
export function refreshHandler(makeParts = productionRefresh) {
  let parts: RefreshParts | undefined;
  return async (
    tick?: Tick | null,
    context?: { getRemainingTimeInMillis(): number },
  ): Promise<{ readonly refresh: Outcome | 'stale-event' }> => {
    parts ??= makeParts();
    const { time } = tick ?? {};
    if (typeof time === 'string' && parts.now() - Date.parse(time) > stale) return { refresh: 'stale-event' };
    return { refresh: await refresh(parts, context?.getRemainingTimeInMillis()) };
  };
}
