import { describe, expect, it } from 'vitest';
import type { Ticket } from '../../../lib/signing/ticket.ts';
import {
  due,
  dueAge,
  forcedInHour,
  isReason,
  type Standing,
  type Verdict,
  withForced,
} from '../../../lib/tickets/due.ts';
import type { TicketItem } from '../../../lib/tickets/store.ts';
import { watch } from '../../../lib/tickets/watch.ts';
import { hours, minutes, seconds, start } from './stage.ts';

const ticket = (more: Partial<Ticket> = {}): Ticket => ({
  ticket: 'synthetic-ticket',
  generation: 7,
  fetchedAt: start,
  expireIn: 3_600,
  appSecretVersion: 'v1',
  ...more,
});
const standing = (of: Ticket | null, item: Partial<TicketItem> = {}, version = 'v1'): Standing => ({
  ticket: of,
  versionId: 'version',
  item: { generation: 7, tokenAt: start, suspectGeneration: 0, lastForced: [], ...item },
  appSecret: 'synthetic',
  appSecretVersion: version,
});
const intent = { owner: 'x', phase: 'token', at: start, generation: 8 } as const;
/** Reported 45 s after its token was received, which is late enough to be about the ticket. */
const reported = { suspectGeneration: 7, suspectAt: start + 45 * seconds };
const forcedAgo = (...ages: number[]) => ages.map((age) => start + 10 * minutes - age);

describe('a new ticket is due', () => {
  it.each<[what: string, of: Standing, at: number, verdict: Verdict]>([
    ['never while it is young', standing(ticket()), start, 'fresh'],
    ['not a moment before 20 minutes', standing(ticket()), start + 20 * minutes - 1, 'fresh'],
    ['after 20 minutes', standing(ticket()), start + 20 * minutes, 'age'],
    ['after 20 minutes of a long life', standing(ticket({ expireIn: 7_200 })), start + 20 * minutes, 'age'],
    ['not before 40 % of a short life', standing(ticket({ expireIn: 600 })), start + 4 * minutes - 1, 'fresh'],
    ['after 40 % of a short life', standing(ticket({ expireIn: 600 })), start + 4 * minutes, 'age'],
    ['when there is none', standing(null), start, 'missing'],
    ['when the app secret has changed', standing(ticket(), {}, 'v2'), start, 'app-secret-changed'],
    ['when a refresh has begun and not ended', standing(ticket(), { intent }), start, 'intent'],
    ['when it was reported', standing(ticket(), reported), start + minutes, 'suspect'],
    [
      'not because an older one was',
      standing(ticket(), { ...reported, suspectGeneration: 6 }),
      start + minutes,
      'fresh',
    ],
  ])('%s', (_, of, at, verdict) => {
    expect(due(of, at)).toBe(verdict);
    expect(isReason(verdict)).toBe(verdict !== 'fresh');
  });
});

describe('a forced refresh', () => {
  const at = start + 10 * minutes;
  const verdict = (lastForced: readonly number[]) => due(standing(ticket(), { ...reported, lastForced }), at);

  it.each<[what: string, forced: number[], verdict: Verdict]>([
    ['waits for the 60th second after the last', forcedAgo(59_999), 'cooling-down'],
    ['comes with it', forcedAgo(60_000), 'suspect'],
    [
      'is one of ten an hour',
      forcedAgo(...Array.from({ length: 10 }, (_, n) => (n + 1) * 5 * minutes)),
      'cooling-down',
    ],
    [
      'comes when the first of ten is an hour old',
      forcedAgo(hours, ...Array.from({ length: 9 }, (_, n) => (n + 1) * 5 * minutes)),
      'suspect',
    ],
    [
      'is one of twenty a day',
      forcedAgo(...Array.from({ length: 20 }, (_, n) => (n + 1) * 70 * minutes)),
      'cooling-down',
    ],
    [
      'comes when the first of twenty is a day old',
      forcedAgo(24 * hours, ...Array.from({ length: 19 }, (_, n) => (n + 1) * 70 * minutes)),
      'suspect',
    ],
  ])('%s', (_, forced, expected) => {
    expect(verdict(forced)).toBe(expected);
  });

  it('does nothing about a refusal that comes too soon to be about the ticket, when one has not helped', () => {
    const refused = (after: number, lastForced: readonly number[], more: Partial<TicketItem> = {}) =>
      due(standing(ticket(), { suspectGeneration: 7, suspectAt: start + after, lastForced, ...more }), at);
    const before = forcedAgo(11 * minutes);
    expect(refused(44_999, before)).toBe('auth-config');
    expect(refused(45_000, before)).toBe('suspect');
    expect(refused(0, [])).toBe('suspect');
    expect(refused(0, forcedAgo(24 * hours))).toBe('suspect');
    // A forced refresh that came to nothing was no help, but no proof either.
    expect(refused(0, forcedAgo(5 * minutes))).toBe('suspect');
    // A ticket made with an older token may have ended with it; and so may one of which nobody knows.
    expect(refused(1_000, before, { tokenAt: start - minutes })).toBe('suspect');
    expect(refused(1_000, before, { tokenAt: undefined })).toBe('suspect');
    expect(refused(1_000, before, { generation: 6 })).toBe('suspect');
    expect(refused(1_000, before, { suspectAt: undefined })).toBe('suspect');
  });

  it('is remembered for a day', () => {
    const { item } = standing(ticket(), { lastForced: forcedAgo(25 * hours, 24 * hours, 23 * hours, minutes) });
    expect(withForced(item, at)).toEqual([...forcedAgo(23 * hours, minutes), at]);
    expect(forcedInHour([...forcedAgo(hours, 59 * minutes), at], at)).toBe(2);
  });
});

it.each([
  [60, 24],
  [300, 120],
  [3_000, 1_200],
  [3_600, 1_200],
  [7_200, 1_200],
])('a ticket that lives %i s is due after %i s', (expireIn, due) => {
  expect(dueAge({ expireIn })).toBe(due * seconds);
});

describe('every tick says how old the ticket is', () => {
  const said = (of: Standing, at: number) => {
    const events: unknown[] = [];
    watch(of, at, (level, event, fields) => events.push({ level, event, ...fields }));
    return events;
  };

  // Reliability, TKT-11: 25 minutes warn, 40 page, 55 are critical; readers stop at 58.
  it.each([
    [0, 'info', 'fresh'],
    [20 * minutes - 1, 'info', 'fresh'],
    [20 * minutes, 'info', 'due'],
    [25 * minutes - 1, 'info', 'due'],
    [25 * minutes, 'warn', 'late'],
    [40 * minutes - 1, 'warn', 'late'],
    [40 * minutes, 'error', 'overdue'],
    [55 * minutes - 1, 'error', 'overdue'],
    [55 * minutes, 'error', 'critical'],
    [58 * minutes - 1, 'error', 'critical'],
    [58 * minutes, 'error', 'dead'],
  ])('at %i ms: %s, %s', (ms, level, state) => {
    expect(said(standing(ticket()), start + ms)).toEqual([{ level, event: 'ticket-age', state, ms, generation: 7 }]);
  });

  it('and in proportion when it lives shorter', () => {
    const short = standing(ticket({ expireIn: 600 }));
    expect(said(short, start + 4 * minutes)).toMatchObject([{ state: 'due' }]);
    expect(said(short, start + 5 * minutes)).toMatchObject([{ state: 'late' }]);
    expect(said(short, start + 8 * minutes)).toMatchObject([{ state: 'overdue' }]);
    expect(said(short, start + 9 * minutes)).toMatchObject([{ state: 'dead' }]);
  });

  it('that there is none', () => {
    expect(said(standing(null), start)).toEqual([{ level: 'warn', event: 'ticket-age', state: 'empty' }]);
  });

  it('and pages for an intent that has been open for more than two minutes', () => {
    const open = standing(ticket(), { intent });
    expect(said(open, start + 2 * minutes)).toHaveLength(1);
    expect(said(open, start + 2 * minutes + 1)).toContainEqual({
      level: 'error',
      event: 'intent-open',
      phase: 'token',
      ms: 2 * minutes + 1,
      generation: 8,
    });
  });
});
