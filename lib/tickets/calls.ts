/** The two upstream calls that make a ticket (specification, section 3). Their URLs carry secrets and are never logged. */
import { protocolVersion, type UpstreamClient } from '#signing';
import { classify } from '../codes/classify.ts';
import { flat } from '../envelope.ts';
import { parseAnswer } from '../flow/parse-answer.ts';
import type { Profile } from '../profiles.ts';

/** A credential as the upstream gives it; `expireIn` in seconds from the moment it is received. */
export interface Issued {
  readonly value: string;
  readonly expireIn: number;
}

/** The upstream did not issue a credential. `code` is its own, or the name of what was wrong with the answer. */
export class NotIssued extends Error {
  override readonly name = 'NotIssued';
  readonly code: string;

  constructor(code: string) {
    super('The upstream did not issue a credential');
    this.code = code;
  }
}

/** Makes the calls of one app id. */
export interface TicketCalls {
  /** @throws NotIssued, UpstreamFailure */
  accessToken(appSecret: string): Promise<Issued>;
  /** @throws NotIssued, UpstreamFailure */
  signTicket(accessToken: string): Promise<Issued>;
}

/** Milliseconds for each call (reliability: TKT-5). */
const timeout = 5_000;
const maxBytes = 64 * 1024;

/** `expire_in` comes as text or number, and is the only measure of life: the upstream's clock is not ours. */
function lifetime(value: unknown): number {
  const seconds = typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) : value;
  if (typeof seconds === 'number' && seconds > 1 && seconds <= 7200) return seconds;
  throw new NotIssued('no-lifetime');
}

function issued(value: unknown, expireIn: unknown): Issued {
  if (typeof value !== 'string' || value === '' || value.length > 512) throw new NotIssued('no-value');
  return { value, expireIn: lifetime(expireIn) };
}

/** The calls of one app id on one profile; `override` replaces the host. */
export function ticketCalls(upstream: UpstreamClient, profile: Profile, appId: string, override?: string): TicketCalls {
  const origin = override ?? `https://${profile.hosts.idasc}`;

  async function get(path: string, parameters: Readonly<Record<string, string>>): Promise<Record<string, unknown>> {
    const all = { [profile.appIdInQuery]: appId, ...parameters, version: protocolVersion };
    const query = Object.entries(all).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
    const reply = await upstream.send({ method: 'GET', origin, path: `${path}?${query.join('&')}`, timeout, maxBytes });
    const parsed = reply.status === 200 ? parseAnswer(reply.body) : `http-${reply.status}`;
    if (typeof parsed === 'string') throw new NotIssued(parsed);
    const { code, message, values } = flat.open(parsed);
    if (code === null || classify('consent-check', code, message).class !== 'positive') {
      throw new NotIssued(/^[A-Za-z0-9._-]{1,64}$/.test(code ?? '') ? code! : 'no-code');
    }
    return values;
  }

  return {
    async accessToken(appSecret) {
      const answer = await get('/api/oauth2/access_token', { secret: appSecret, grant_type: 'client_credential' });
      return issued(answer.access_token, answer.expire_in);
    },
    async signTicket(accessToken) {
      const answer = await get('/api/oauth2/api_ticket', { access_token: accessToken, type: 'SIGN' });
      const [ticket] = Array.isArray(answer.tickets) ? (answer.tickets as Record<string, unknown>[]) : [];
      return issued(ticket?.value, ticket?.expire_in);
    },
  };
}
