import { createHash } from 'node:crypto';
import type { UpstreamReply, UpstreamRequest } from '../../../lib/signing/client.ts';

/** What the office may be told to do differently. Times are seconds. */
export interface OfficeSettings {
  secret: string;
  /** How long what a new token or ticket replaces lives on. */
  coexist: number;
  /** Life of a token and of a ticket, written into answers as they are: text or number. */
  tokenLife: number | string;
  ticketLife: number | string;
  /** Least time between two tokens. */
  tokenInterval: number;
  /** How far its clock is ahead of ours, in milliseconds. */
  skew: number;
}

interface Paper {
  readonly value: string;
  readonly token: string;
  readonly at: number;
  diesAt: number;
}

/**
 * Hands out tokens and tickets as the documents say, written again from them: a new one ends the life of the one before
 * it after a minute, a ticket hangs on its token, a new secret ends everything.
 */
export function ticketOffice(now: () => number, settings: Partial<OfficeSettings> = {}) {
  const rules: OfficeSettings = {
    secret: 'synthetic-app-secret',
    coexist: 60,
    tokenLife: '7200',
    ticketLife: '3600',
    tokenInterval: 0,
    skew: 0,
    ...settings,
  };
  let tokens: Paper[] = [];
  let tickets: Paper[] = [];
  const count = { tokens: 0, tickets: 0, refused: 0, foreign: 0 };

  const paper = (kind: string, token: string, life: number | string): Paper => {
    const value = createHash('sha256').update(`${kind} ${count.tokens} ${count.tickets} ${now()}`).digest('hex');
    return { value, token: token || value, at: now(), diesAt: now() + Number(life) * 1_000 };
  };
  const end = (papers: readonly Paper[]) => {
    for (const one of papers) one.diesAt = Math.min(one.diesAt, now() + rules.coexist * 1_000);
  };
  const alive = (papers: readonly Paper[], value: string, at = now()) =>
    papers.find((one) => one.value === value && one.diesAt > at);
  const tidy = (papers: readonly Paper[]) => papers.filter(({ diesAt }) => diesAt > now() - 7_200_000);

  function newToken(): Paper {
    tokens = tidy(tokens);
    end(tokens);
    count.tokens += 1;
    const token = paper('token', '', rules.tokenLife);
    tokens.push(token);
    return token;
  }

  function accepts(value: string | undefined, at = now()): boolean {
    const ticket = value === undefined ? undefined : alive(tickets, value, at);
    return ticket !== undefined && alive(tokens, ticket.token, at) !== undefined;
  }

  function answer({ path }: UpstreamRequest): object {
    const [where, query] = path.split('?');
    const values = new URLSearchParams(query);
    const refuse = (code: string) => {
      count.refused += 1;
      return { code, msg: 'refused' };
    };
    if (where === '/api/oauth2/access_token') {
      if (values.get('secret') !== rules.secret) return refuse('400101');
      const latest = tokens.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
      if (now() - latest < rules.tokenInterval * 1_000) return refuse('400504');
      return { code: '0', msg: '', access_token: newToken().value, expire_in: rules.tokenLife };
    }
    const token = alive(tokens, values.get('access_token') ?? '');
    if (!token) return refuse('400104');
    tickets = tidy(tickets);
    end(tickets.filter((ticket) => ticket.token === token.value));
    count.tickets += 1;
    const ticket = paper('ticket', token.value, rules.ticketLife);
    tickets.push(ticket);
    return { code: '0', msg: '', tickets: [{ value: ticket.value, expire_in: rules.ticketLife }] };
  }

  const stamp = (epoch: number) => new Date(epoch + 8 * 3_600_000).toISOString().slice(0, 19).replace(/[-:T]/g, '');

  return {
    rules,
    count,
    accepts,
    /** When the token of a ticket was issued. */
    bornOf: (ticket: string): number => {
      const { token } = tickets.find(({ value }) => value === ticket)!;
      return tokens.find(({ value }) => value === token)!.at;
    },
    handle(request: UpstreamRequest): UpstreamReply {
      const times = { transactionTime: stamp(now() + rules.skew), expire_time: stamp(now() + rules.skew) };
      return { status: 200, body: Buffer.from(JSON.stringify({ ...answer(request), ...times })) };
    },
    /** Somebody else fetches a token. */
    foreignToken(): string {
      count.foreign += 1;
      return newToken().value;
    },
    /** The operator of the app id makes a new secret, which ends every token and ticket. */
    changeSecret(secret: string): void {
      rules.secret = secret;
      tokens = [];
      tickets = [];
    },
  };
}

/** A stand-in for the upstream's token service. */
export type Office = ReturnType<typeof ticketOffice>;
