import { expect } from 'vitest';
import type { Outcome } from '../../../lib/tickets/refresh.ts';
import { type Scenario, scenarios } from './crashes.ts';
import { minutes, type TicketStage, ticketStage } from './stage.ts';

/** What a run does, part by part: it looks, goes on from an earlier run, and takes the three phases. */
export const look = ['GetItem', 'GetSecretValue app-secret', 'GetSecretValue sign-ticket'];
export const token = ['UpdateItem', 'token call', 'PutSecretValue access-token'];
export const ticket = ['UpdateItem', 'ticket call', 'PutSecretValue sign-ticket'];
export const label = ['UpdateItem', 'UpdateSecretVersionStage sign-ticket', 'UpdateItem'];
export const resume = ['GetSecretValue sign-ticket', 'GetSecretValue access-token'];

/** A stage whose ticket has just come due. */
export async function dueStage(options: Parameters<typeof ticketStage>[0] = {}): Promise<TicketStage> {
  const stage = ticketStage(options);
  expect(await stage.once()).toBe('missing');
  await stage.pass(20 * minutes);
  return stage;
}

/** What a run does, its three reads in any order. */
export async function effectsOf(stage: TicketStage, outcome: Outcome): Promise<readonly string[]> {
  stage.effects.length = 0;
  expect(await stage.once()).toBe(outcome);
  return [...stage.effects];
}
/** Three reads that are made at once. */
export const looks = (effects: readonly string[], at = 0) => effects.slice(at, at + 3).toSorted();

/** The reasons for a refresh, a first deployment apart. */
export const [, age, foreign, newSecret] = scenarios as [unknown, Scenario, Scenario, Scenario];

/** A stage in which a scenario has come to its tick. */
export async function staged(scenario = age, options: Parameters<typeof ticketStage>[0] = {}): Promise<TicketStage> {
  const stage = ticketStage(options);
  await scenario.prepare(stage);
  return stage;
}
/** Lets the due run crash after its n-th effect of this name, counted from the tick. */
export async function crashAfter(stage: TicketStage, what: string): Promise<void> {
  let found = false;
  stage.onEffect = (run, effect) => {
    if (found || effect !== what) return;
    found = true;
    run.dead = true;
  };
  stage.tick();
  await stage.pass(minutes);
  expect(found).toBe(true);
  stage.onEffect = () => {};
}
