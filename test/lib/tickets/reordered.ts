import fc from 'fast-check';
import { expect } from 'vitest';
import type { DynamoDBClient, SecretsManagerClient } from '#signing';
import { profiles } from '../../../lib/profiles.ts';
import { parseTicket } from '../../../lib/signing/ticket.ts';
import { ticketCalls } from '../../../lib/tickets/calls.ts';
import { type Outcome, refresh } from '../../../lib/tickets/refresh.ts';
import { secretStore } from '../../../lib/tickets/secrets.ts';
import { ticketStore } from '../../../lib/tickets/store.ts';
import { Table } from '../../campaign/dynamo/table.ts';
import { memorySecrets } from '../../support/secrets.ts';
import { ticketOffice } from './office.ts';
import { appId, minutes, start } from './stage.ts';

/** What can be said when all refreshers have ended. */
export interface Ended {
  readonly outcomes: readonly Outcome[];
  readonly tokens: number;
  readonly working: boolean;
  readonly staleOverNewer: number;
  /** How often the ticket in force was replaced. */
  readonly moves: number;
}

/**
 * Lets some refreshers run at once while a scheduler decides in which order requests arrive and answers come back.
 *
 * @param keeping what keeps them apart: everything; the compare-and-swap alone, without lease, fencing and common version
 *   ids; or nothing, as when every refresher simply stores what it has got
 */
export async function reordered(
  scheduler: fc.Scheduler,
  refreshers: number,
  keeping: 'everything' | 'compare-and-swap' | 'nothing',
): Promise<Ended> {
  const clock = { now: start };
  const now = () => clock.now;
  const office = ticketOffice(now);
  const table = new Table('orders', 'orderNo', { name: 'pending', partition: 'pending', sort: 'nextQueryAt' });
  const secrets = memorySecrets(now, ['app-secret', 'access-token', 'sign-ticket']);
  secrets.write('app-secret', office.rules.secret);
  const current = () => parseTicket(secrets.current('sign-ticket'));
  /** When the token of each ticket was issued, by the ticket. */
  const issued = new Map<string, number>();
  const seen = { moves: 0, staleOverNewer: 0 };

  /** Waits until the scheduler lets it happen; at first, when there is one refresher alone, everything happens at once. */
  let alone = true;
  const turn = async (what: string): Promise<void> => {
    if (!alone) await scheduler.schedule(Promise.resolve(), what);
  };

  async function effect<T>(what: string, act: () => T): Promise<T> {
    await turn(`${what} arrives`);
    clock.now += 1;
    const before = current();
    let answer: () => T;
    try {
      const value = act();
      answer = () => value;
    } catch (error) {
      answer = () => {
        throw error;
      };
    }
    const after = current();
    if (before && after && before.ticket !== after.ticket) {
      seen.moves += 1;
      if (issued.get(after.ticket)! < issued.get(before.ticket)!) seen.staleOverNewer += 1;
    }
    await turn(`${what} is answered`);
    return answer();
  }

  const client = <Client>(execute: (command: never) => unknown) =>
    ({
      send: (command: { constructor: { name: string } }) =>
        effect(command.constructor.name.replace('Command', ''), () => execute(command as never)),
    }) as unknown as Client;
  const dynamo = client<DynamoDBClient>((command) => table.execute(command));
  const secretsManager = client<SecretsManagerClient>((command) => secrets.execute(command));
  const upstream = {
    close: async () => {},
    send: (request: Parameters<typeof office.handle>[0]) =>
      effect(request.path.includes('access_token?') ? 'token call' : 'ticket call', () => {
        const reply = office.handle(request);
        const { tickets } = JSON.parse(reply.body.toString()) as { tickets?: [{ value: string }] };
        if (tickets) issued.set(tickets[0].value, office.bornOf(tickets[0].value));
        return reply;
      }),
  };
  const item = ticketStore(dynamo, 'orders', appId, now);
  /** Takes the lease from whoever holds it before each write. */
  const thief = ticketStore(dynamo, 'orders', appId, () => now() + 60 * minutes);
  const unfenced: typeof item = {
    ...thief,
    async change(owner, change) {
      await thief.lease(owner, now());
      await thief.change(owner, change);
      return true;
    },
  };
  const signTicket = secretStore(secretsManager, 'sign-ticket');
  const careless: typeof signTicket = {
    ...signTicket,
    promote: async (to) => signTicket.promote(to, (await signTicket.read())?.versionId),
  };
  const tick = (name: string) =>
    refresh({
      appId: keeping === 'everything' ? appId : name,
      calls: ticketCalls(upstream, profiles.webank, appId),
      appSecret: secretStore(secretsManager, 'app-secret'),
      accessToken: secretStore(secretsManager, 'access-token'),
      signTicket: keeping === 'nothing' ? careless : signTicket,
      item: keeping === 'everything' ? item : unfenced,
      now,
      sleep: () => turn('sleep'),
      random: () => 0.5,
      newId: () => name,
      log: () => {},
    });

  await tick('first');
  alone = false;
  clock.now += 20 * minutes;
  const before = office.count.tokens;
  const ticks = Array.from({ length: refreshers }, (_, number) => tick(`run-${number}`));
  const outcomes = await scheduler.waitFor(Promise.all(ticks));
  return { outcomes, tokens: office.count.tokens - before, working: office.accepts(current()?.ticket), ...seen };
}

/** Checks, in so many orders each, that no older ticket replaces a newer one. @returns how many tokens and moves were seen */
export async function checkReordered(runs: number, seed: number) {
  const sum = { orders: 0, tokens: 0, moves: 0 };
  const property = (keeping: 'everything' | 'compare-and-swap') =>
    fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 4 }), async (scheduler, refreshers) => {
      const ended = await reordered(scheduler, refreshers, keeping);
      expect(ended.staleOverNewer).toBe(0);
      if (keeping === 'everything') {
        expect([ended.tokens, ended.moves, ended.working]).toEqual([1, 1, true]);
        expect(ended.outcomes.filter((outcome) => outcome === 'age')).toHaveLength(1);
      }
      sum.orders += 1;
      sum.tokens += ended.tokens;
      sum.moves += ended.moves;
    });
  await fc.assert(property('everything'), { numRuns: runs, seed });
  await fc.assert(property('compare-and-swap'), { numRuns: runs, seed });
  return sum;
}

/** How many of so many orders put an older ticket in the place of a newer one when nothing keeps refreshers apart. */
export async function staleWithoutCare(runs: number, seed: number): Promise<number> {
  let stale = 0;
  const property = fc.asyncProperty(fc.scheduler(), async (scheduler) => {
    stale += Math.sign((await reordered(scheduler, 3, 'nothing')).staleOverNewer);
  });
  await fc.assert(property, { numRuns: runs, seed });
  return stale;
}
