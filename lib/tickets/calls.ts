/** The two upstream calls that make a ticket (specification, section 3). Their URLs carry secrets and are never logged. */
import { protocolVersion, type UpstreamClient, UpstreamFailure } from '#signing';
import { classify } from '../codes/classify.ts';
import { flat } from '../envelope.ts';
import { parseAnswer } from '../flow/parse-answer.ts';
import type { Profile } from '../profiles.ts';

/** A credential as the upstream gives it. */
export interface Issued {
  readonly value: string;
  /** Seconds that it lives, from the moment it is received. */
  readonly expireIn: number;
  /** The upstream's clock when it answered, in epoch milliseconds; null when it did not say. */
  readonly upstreamClock: number | null;
}

/**
 * What an answer without a credential means: `refused`, asking again would change nothing; `throttled`, it came too
 * early; `not-done`, an HTTP error; `unclear`, one may have been issued all the same.
 */
export type Refusal = 'refused' | 'throttled' | 'not-done' | 'unclear';

/** The upstream did not issue a credential. `code` is its own, or the name of what was wrong with the answer. */
export class NotIssued extends Error {
  override readonly name = 'NotIssued';
  readonly kind: Refusal;
  readonly code: string;

  constructor(kind: Refusal, code: string) {
    super(`The upstream did not issue a credential (${kind})`);
    this.kind = kind;
    this.code = code;
  }
}

/** Makes the calls of one app id, each within `timeout` milliseconds. */
export interface TicketCalls {
  /** @throws NotIssued, UpstreamFailure */
  accessToken(appSecret: string, timeout: number): Promise<Issued>;
  /** @throws NotIssued, UpstreamFailure */
  signTicket(accessToken: string, timeout: number): Promise<Issued>;
}

/** Whether the same call may do better in a moment. */
export const worthRepeating = (error: unknown): boolean =>
  error instanceof UpstreamFailure ||
  (error instanceof NotIssued && (error.kind === 'not-done' || error.kind === 'unclear'));

/** Whether a credential may have been issued although none arrived, which ends the life of the one before it. */
export const perhapsIssued = (error: unknown): boolean =>
  error instanceof UpstreamFailure
    ? error.kind !== 'not-sent'
    : !(error instanceof NotIssued) || error.kind === 'unclear';

const maxBytes = 64 * 1024;

/** `expire_in` comes as text or number, and is the only measure of life: the upstream's clock is not ours. */
function lifetime(value: unknown): number {
  const seconds = typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) : value;
  if (typeof seconds === 'number' && seconds > 1 && seconds <= 7200) return seconds;
  throw new NotIssued('unclear', 'no-lifetime');
}

/** Epoch milliseconds of `yyyyMMddHHmmss` in UTC+8. */
function clockOf(time: string | null): number | null {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(time ?? '');
  if (!parts) return null;
  const [, year, month, day, hour, minute, second] = parts;
  const epoch = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}+08:00`);
  return Number.isNaN(epoch) ? null : epoch;
}

/** What a parsed answer's code means here; null when the answer holds a credential. */
function refusal(code: string | null, message: string): NotIssued | null {
  if (code === null || !/^[A-Za-z0-9._-]{1,64}$/.test(code)) return new NotIssued('unclear', 'no-code');
  const codeClass = classify('consent-check', code, message).class;
  if (codeClass === 'positive') return null;
  if (codeClass === 'transient') return new NotIssued('unclear', code);
  return new NotIssued(codeClass === 'rate' ? 'throttled' : 'refused', code);
}

/** The calls of one app id on one profile; `override` replaces the host. */
export function ticketCalls(upstream: UpstreamClient, profile: Profile, appId: string, override?: string): TicketCalls {
  const origin = override ?? `https://${profile.hosts.idasc}`;

  async function get(path: string, parameters: Readonly<Record<string, string>>, timeout: number) {
    const all = { [profile.appIdInQuery]: appId, ...parameters, version: protocolVersion };
    const query = Object.entries(all).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
    const reply = await upstream.send({ method: 'GET', origin, path: `${path}?${query.join('&')}`, timeout, maxBytes });
    if (reply.status !== 200) throw new NotIssued('not-done', `http-${reply.status}`);
    const parsed = parseAnswer(reply.body);
    if (typeof parsed === 'string') throw new NotIssued('unclear', parsed);
    const { code, message, values, transactionTime } = flat.open(parsed);
    const refused = refusal(code, message);
    if (refused) throw refused;
    const issued = (value: unknown, expireIn: unknown): Issued => {
      if (typeof value !== 'string' || value === '' || value.length > 512) throw new NotIssued('unclear', 'no-value');
      return { value, expireIn: lifetime(expireIn), upstreamClock: clockOf(transactionTime) };
    };
    return { values, issued };
  }

  return {
    async accessToken(appSecret, timeout) {
      const parameters = { secret: appSecret, grant_type: 'client_credential' };
      const { values, issued } = await get('/api/oauth2/access_token', parameters, timeout);
      return issued(values.access_token, values.expire_in);
    },
    async signTicket(accessToken, timeout) {
      const parameters = { access_token: accessToken, type: 'SIGN' };
      const { values, issued } = await get('/api/oauth2/api_ticket', parameters, timeout);
      const [ticket] = Array.isArray(values.tickets) ? (values.tickets as Record<string, unknown>[]) : [];
      return issued(ticket?.value, ticket?.expire_in);
    },
  };
}
