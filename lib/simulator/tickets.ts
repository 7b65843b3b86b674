/** Access tokens and tickets (specification, section 3): issued, replaced, expired, checked. */
import type { ProfileName } from '../operation.ts';
import { protocolVersion, sign } from '../signing/sign.ts';
import { upstreamTime } from '../time.ts';
import { ticketText, tokenText } from './random.ts';
import type { Ticket } from './state.ts';
import { Refusal, type Upstream, type Values } from './upstream.ts';

/** Other names under which a profile takes the app id in queries: its page says one, recorded traffic another. */
const lenient: Partial<Record<ProfileName, readonly string[]>> = { kyc1: ['appId'] };

/** Every name of the app id that a query may use. */
export const queryAppIdNames = ({ profile }: Upstream): readonly string[] => [
  profile.appIdInQuery,
  ...(lenient[profile.name] ?? []),
];

function required(values: Values, name: string, longest: number): string {
  const value = values[name];
  if (typeof value !== 'string' || value === '' || value.length > longest) throw new Refusal('400101', name);
  return value;
}

function requiredAppId(upstream: Upstream, values: Values): void {
  const names = queryAppIdNames(upstream);
  const given = names.find((name) => Object.hasOwn(values, name)) ?? names[0]!;
  if (required(values, given, 8) !== upstream.appId) throw new Refusal('400101');
}

function checkVersion(values: Values): void {
  if (required(values, 'version', 20) !== protocolVersion) throw new Refusal('400502');
}

const seconds = (from: number, to: number): number => Math.max(0, Math.round((to - from) / 1000));

function expiry({ profile }: Upstream, at: number, diesAt: number): Values {
  const life = seconds(at, diesAt);
  const { expireIn } = profile.tokenAnswer;
  return { expire_in: expireIn === 'number' ? life : String(life), expire_time: upstreamTime(diesAt) };
}

const success = ({ profile }: Upstream): Values => (profile.tokenAnswer.success ? { success: true } : {});

/** Whatever came before lives on for the coexistence only. */
function supersede(old: readonly { diesAt: number }[], until: number): void {
  for (const one of old) one.diesAt = Math.min(one.diesAt, until);
}

/**
 * GET access_token: a new token; the one before it, with its tickets, dies after the coexistence.
 * @throws Refusal
 */
export function issueToken(upstream: Upstream, values: Values): Values {
  const { settings, state, random } = upstream;
  const now = upstream.now();
  requiredAppId(upstream, values);
  const secret = required(values, 'secret', 64);
  if (required(values, 'grant_type', 20) !== 'client_credential') throw new Refusal('400101', 'grant_type');
  checkVersion(values);
  if (secret !== upstream.secret) throw new Refusal('400101');
  const latest = Math.max(...state.tokens.map(({ at }) => at));
  if (now - latest < settings.tokenMinInterval * 1000) throw new Refusal('400504');
  supersede(state.tokens, now + settings.coexist * 1000);
  const token = { value: tokenText(random), at: now, diesAt: now + settings.tokenTtl * 1000 };
  state.tokens.push(token);
  return { ...success(upstream), access_token: token.value, ...expiry(upstream, now, token.diesAt) };
}

/**
 * GET api_ticket: a SIGN or NONCE ticket that hangs on a live token and never outlives it.
 * @throws Refusal
 */
export function issueTicket(upstream: Upstream, values: Values): Values {
  const { settings, state, random } = upstream;
  const now = upstream.now();
  requiredAppId(upstream, values);
  const access = required(values, 'access_token', 512);
  const type = required(values, 'type', 20);
  if (type !== 'SIGN' && type !== 'NONCE') throw new Refusal('400101', 'type');
  checkVersion(values);
  const token = state.tokens.find(({ value, diesAt }) => value === access && diesAt > now);
  if (!token) throw new Refusal(settings.unknownTokenCode);
  const userId = type === 'NONCE' ? nonceUser(upstream, values, now) : undefined;
  if (type === 'SIGN') {
    const siblings = state.tickets.filter((ticket) => ticket.type === 'SIGN' && ticket.token === token.value);
    supersede(siblings, now + settings.coexist * 1000);
  }
  const life = type === 'SIGN' ? settings.signTtl : settings.nonceTtl;
  const diesAt = Math.min(now + life * 1000, token.diesAt);
  const ticket: Ticket = { value: ticketText(random), at: now, diesAt, type, token: token.value, userId };
  state.tickets.push(ticket);
  return { ...success(upstream), tickets: [{ value: ticket.value, ...expiry(upstream, now, diesAt) }] };
}

function nonceUser({ settings, state }: Upstream, values: Values, now: number): string {
  const userId = required(values, 'user_id', 32);
  if (!/^[A-Za-z0-9]+$/.test(userId)) throw new Refusal('400101', 'user_id');
  const since = now - settings.nonceMinInterval * 1000;
  if (state.tickets.some((ticket) => ticket.userId === userId && ticket.at > since)) throw new Refusal('400504');
  return userId;
}

/** Whether a signature was made with a SIGN ticket that lives, in the case of either letter (specification 4.2). */
export function signatureHolds({ state, now }: Upstream, values: readonly string[], signature: string): boolean {
  const at = now();
  const tokens = new Set(state.tokens.filter(({ diesAt }) => diesAt > at).map(({ value }) => value));
  const given = signature.toUpperCase();
  return state.tickets.some(
    ({ type, diesAt, token, value }) =>
      type === 'SIGN' && diesAt > at && tokens.has(token) && sign(values, value) === given,
  );
}
