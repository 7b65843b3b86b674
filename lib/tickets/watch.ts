/** What every tick says about the ticket, so that alarms can be made from it: events of the log, no secret in them. */
import { usable } from '#signing';
import type { Level, Log } from '../log.ts';
import { dueAge, type Standing } from './due.ts';

/** Ages from the oldest, as multiples of the age that is due: 55, 40, 25 and 20 minutes of a ticket that lives an hour. */
const ages: readonly (readonly [factor: number, state: string, level: Level])[] = [
  [2.75, 'critical', 'error'],
  [2, 'overdue', 'error'],
  [1.25, 'late', 'warn'],
  [1, 'due', 'info'],
  [Number.NEGATIVE_INFINITY, 'fresh', 'info'],
];

/** From here on (ms) an intent does not end by itself: the old ticket may be dead. */
const tooLong = 2 * 60_000;

/** Logs `ticket-age` with its state and age, and `intent-open` for a refresh that does not end. */
export function watch({ ticket, item: { intent } }: Standing, now: number, log: Log): void {
  if (ticket) {
    const ms = now - ticket.fetchedAt;
    const [, state, level] = ages.find(([factor]) => ms >= factor * dueAge(ticket))!;
    const dead = !usable(ticket, now);
    log(dead ? 'error' : level, 'ticket-age', { state: dead ? 'dead' : state, ms, generation: ticket.generation });
  } else {
    log('warn', 'ticket-age', { state: 'empty' });
  }
  if (intent && now - intent.at > tooLong) {
    log('error', 'intent-open', { phase: intent.phase, ms: now - intent.at, generation: intent.generation });
  }
}
