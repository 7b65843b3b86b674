/** The refresher: a tick every minute that does nothing unless a new ticket is due. */
import { parseTicket, type Ticket } from '#signing';
import { errorFields, type Log } from '../log.ts';
import type { TicketCalls } from './calls.ts';
import type { TicketStore } from './store.ts';

/** A secret as Secrets Manager holds it; undefined while it has no value. */
export interface SecretVersion {
  readonly text: string;
  readonly versionId: string;
}

/** One secret. */
export interface SecretStore {
  read(): Promise<SecretVersion | undefined>;
  write(text: string): Promise<void>;
}

/** What a refresh works with. */
export interface RefreshParts {
  readonly calls: TicketCalls;
  readonly appSecret: Pick<SecretStore, 'read'>;
  readonly accessToken: Pick<SecretStore, 'write'>;
  readonly signTicket: SecretStore;
  readonly item: Pick<TicketStore, 'read'>;
  readonly now: () => number;
  readonly log: Log;
}

/** Why a ticket is fetched, or why not. */
export type Due = 'fresh' | 'missing' | 'age' | 'suspect' | 'app-secret-changed';

const minutes = 60_000;
/** Age at which a ticket is replaced (upstream: every 20 minutes), or 40 % of a shorter life. */
const oldest = (ticket: Ticket): number => Math.min(20 * minutes, ticket.expireIn * 400);
/** A reported ticket is replaced at most this often. */
const cooldown = minutes;

/** Whether a new ticket is due at `now`. */
export function due(ticket: Ticket | null, suspectGeneration: number, appSecretVersion: string, now: number): Due {
  if (!ticket) return 'missing';
  const age = now - ticket.fetchedAt;
  if (age >= oldest(ticket)) return 'age';
  if (ticket.appSecretVersion !== appSecretVersion) return 'app-secret-changed';
  return suspectGeneration >= ticket.generation && age >= cooldown ? 'suspect' : 'fresh';
}

/**
 * One tick. The access token is stored as soon as it is received, then the ticket made with it; a failure leaves the
 * older ticket in its place, and the next tick tries again.
 *
 * @returns why a ticket was fetched, or `fresh`, or `no-app-secret` while the operator has not written one
 */
export async function refresh(parts: RefreshParts): Promise<Due | 'no-app-secret' | 'failed'> {
  const { calls, appSecret, accessToken, signTicket, item, now, log } = parts;
  const [secret, stored, { suspectGeneration }] = await Promise.all([appSecret.read(), signTicket.read(), item.read()]);
  if (!secret) {
    log('warn', 'no-app-secret');
    return 'no-app-secret';
  }
  const ticket = parseTicket(stored?.text);
  const reason = due(ticket, suspectGeneration, secret.versionId, now());
  if (reason === 'fresh') return reason;
  const generation = Math.max(ticket?.generation ?? 0, suspectGeneration) + 1;
  let phase = 'access-token';
  try {
    const token = await calls.accessToken(secret.text.trim());
    await accessToken.write(JSON.stringify({ ...token, fetchedAt: now() }));
    phase = 'sign-ticket';
    const { value, expireIn } = await calls.signTicket(token.value);
    const fresh: Ticket = {
      ticket: value,
      generation,
      fetchedAt: now(),
      expireIn,
      appSecretVersion: secret.versionId,
    };
    phase = 'store';
    await signTicket.write(JSON.stringify(fresh));
  } catch (error) {
    log('error', 'refresh-failed', { phase, reason, generation, ...errorFields(error) });
    return 'failed';
  }
  log('info', 'refreshed', { reason, generation });
  return reason;
}
