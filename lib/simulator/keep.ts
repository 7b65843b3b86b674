/** How the simulator's memory survives a restart: as plain JSON, and read back with suspicion. */
import { createHash } from 'node:crypto';
import type { ProfileName } from '../operation.ts';
import { type Consent, freshState, type State, type Step, type Ticket, type Token } from './state.ts';

/** Who a kept state belongs to; of another app id or profile it is not taken over. */
export interface Owner {
  readonly appId: string;
  readonly profile: ProfileName;
  readonly secret: string;
}

const version = 1;
const mostOrders = 5_000;

/** What makes tokens of another secret recognisable without keeping the secret. */
const fingerprint = (secret: string): string => createHash('sha256').update(secret).digest('hex').slice(0, 16);

/** The state as plain JSON. */
export function dump(state: State, owner: Owner): unknown {
  return {
    version,
    appId: owner.appId,
    profile: owner.profile,
    secret: fingerprint(owner.secret),
    tokens: state.tokens.map((token) => ({ ...token })),
    tickets: state.tickets.map((ticket) => ({ ...ticket })),
    orders: [...state.orders].slice(-mostOrders).map(([orderNo, steps]) => [orderNo, [...steps]]),
    consents: state.consents.slice(-mostOrders),
    attempts: [...state.attempts].slice(-mostOrders).map(([idNo, times]) => [idNo, [...times]]),
    counts: [...state.counts],
  };
}

type Json = Record<string, unknown>;
const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isTexts = (value: unknown) => isRecord(value) && Object.values(value).every(isText);
const textOrNone = (value: unknown) => value === undefined || isText(value);
const isListOf = (value: unknown, check: (element: unknown) => boolean) => Array.isArray(value) && value.every(check);
const isPair = (value: unknown, check: (element: unknown) => boolean) =>
  Array.isArray(value) && value.length === 2 && isText(value[0]) && check(value[1]);

const isToken = (value: unknown) => isRecord(value) && isText(value.value) && isTime(value.at) && isTime(value.diesAt);
const isTicket = (value: unknown) =>
  isToken(value) && ['SIGN', 'NONCE'].includes((value as Json).type as string) && isText((value as Json).token);
const isStep = (value: unknown) =>
  isRecord(value) &&
  [value.at, value.calls, value.charged].every(isTime) &&
  isText(value.code) &&
  isTexts(value.sent) &&
  isTexts(value.values) &&
  textOrNone(value.subject);
const isConsent = (value: unknown) =>
  isRecord(value) && isTime(value.at) && [value.userId, value.name, value.idNo].every(textOrNone);

const shape: Readonly<Record<string, (value: unknown) => boolean>> = {
  tokens: (value) => isListOf(value, isToken),
  tickets: (value) => isListOf(value, isTicket),
  orders: (value) =>
    isListOf(value, (order) => isPair(order, (steps) => isListOf(steps, (step) => isPair(step, isStep)))),
  consents: (value) => isListOf(value, isConsent),
  attempts: (value) => isListOf(value, (entry) => isPair(entry, (times) => isListOf(times, isTime))),
  counts: (value) => isListOf(value, (entry) => isPair(entry, isTime)),
};

interface Kept {
  readonly tokens: Token[];
  readonly tickets: Ticket[];
  readonly orders: [string, [string, Step][]][];
  readonly consents: Consent[];
  readonly attempts: [string, number[]][];
  readonly counts: [string, number][];
}

/** A copy that shares nothing with what was handed in; undefined for what is no JSON. */
function copyOf(kept: unknown): unknown {
  try {
    return structuredClone(kept);
  } catch {
    return undefined;
  }
}

/** Reads a kept state; anything that is none, or that belongs to another app id or profile, gives a fresh one. */
export function load(state: unknown, owner: Owner): State {
  const kept = copyOf(state);
  if (!isRecord(kept) || kept.version !== version) return freshState();
  if (kept.appId !== owner.appId || kept.profile !== owner.profile) return freshState();
  if (!Object.entries(shape).every(([name, check]) => check(kept[name]))) return freshState();
  const { tokens, tickets, orders, consents, attempts, counts } = kept as unknown as Kept;
  const sameSecret = kept.secret === fingerprint(owner.secret);
  return {
    tokens: sameSecret ? tokens : [],
    tickets: sameSecret ? tickets : [],
    orders: new Map(orders.map(([orderNo, steps]) => [orderNo, new Map(steps)])),
    consents,
    attempts: new Map(attempts),
    counts: new Map(counts),
  };
}
