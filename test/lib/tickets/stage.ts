import type { DynamoDBClient, SecretsManagerClient, UpstreamClient } from '#signing';
import { UpstreamFailure } from '#signing';
import { createLog } from '../../../lib/log.ts';
import { profiles } from '../../../lib/profiles.ts';
import { parseTicket, usable } from '../../../lib/signing/ticket.ts';
import { ticketCalls } from '../../../lib/tickets/calls.ts';
import { type Outcome, refresh } from '../../../lib/tickets/refresh.ts';
import type { RefreshParts } from '../../../lib/tickets/run.ts';
import { secretStore } from '../../../lib/tickets/secrets.ts';
import { ticketStore } from '../../../lib/tickets/store.ts';
import { dice } from '../../campaign/dice.ts';
import { Table } from '../../campaign/dynamo/table.ts';
import { timeline } from '../../campaign/timeline.ts';
import { memorySecrets } from '../../support/secrets.ts';
import { type OfficeSettings, ticketOffice } from './office.ts';
import { beginRun, effect, type Fate, functionTimeout, type Mishap, type Run } from './process.ts';

export const start = Date.parse('2026-01-05T02:00:00Z');
export const seconds = 1_000;
export const minutes = 60 * seconds;
export const hours = 60 * minutes;
export const appId = 'TIDATEST';

/** What becomes of one effect, by its name and how often there has been one of this name. */
export type Weather = (what: string, count: number) => Partial<Fate>;

/** One event of the log. */
export type Event = Readonly<Record<string, string | number | boolean>>;

/**
 * One app id in virtual time: real refresher, stores and calls; table, Secrets Manager and upstream in memory. Every
 * effect of a run takes its time, may go wrong as the weather says, and may be the last thing that the run does.
 */
export function ticketStage(options: { seed?: number; office?: Partial<OfficeSettings>; appSecret?: string } = {}) {
  const roll = dice(options.seed ?? 1);
  const time = timeline(start, roll);
  const { now } = time;
  const office = ticketOffice(now, options.office);
  const table = new Table('orders', 'orderNo', { name: 'pending', partition: 'pending', sort: 'nextQueryAt' });
  const secrets = memorySecrets(now, ['app-secret', 'access-token', 'sign-ticket']);
  if (options.appSecret !== '') secrets.write('app-secret', options.appSecret ?? office.rules.secret);
  const events: Event[] = [];
  const lines: string[] = [];
  const log = createLog((line) => {
    lines.push(line);
    events.push(JSON.parse(line) as Event);
  }, now);
  const world = {
    weather: (() => ({})) as Weather,
    effects: [] as string[],
    onEffect: (_run: Run, _what: string) => {},
  };
  const counts = new Map<string, number>();
  const born = new Map<string, readonly number[]>();
  let runs = 0;

  /** An effect of a run in today's weather. */
  function happen<T>(run: Run, what: string, act: (fate: Fate) => T, broken: (fate: Fate) => Error): Promise<T> {
    const count = (counts.get(what) ?? 0) + 1;
    counts.set(what, count);
    const fate: Fate = {
      there: roll.between(1, 20),
      back: roll.between(1, 20),
      kind: 'fine',
      ...world.weather(what, count),
    };
    const noted = () => {
      world.effects.push(what);
      const value = act(fate);
      world.onEffect(run, what);
      return value;
    };
    return effect(run, time, fate, noted, () => broken(fate));
  }
  const lost = () => Object.assign(new Error('canary https://x?secret=canary'), { name: 'TimeoutError' });

  function partsOf(run: Run): RefreshParts {
    const client = <Client>(execute: (command: never) => unknown) => {
      const send = (command: { constructor: { name: string }; input: { SecretId?: string } }) => {
        const what = [command.constructor.name.replace('Command', ''), command.input.SecretId]
          .filter(Boolean)
          .join(' ');
        return happen(run, what, () => execute(command as never), lost);
      };
      return { send } as unknown as Client;
    };
    const upstream: UpstreamClient = {
      close: async () => {},
      send(request) {
        const what = request.path.includes('access_token?') ? 'token call' : 'ticket call';
        const act = ({ status }: Fate) => (status ? { status, body: Buffer.from('busy') } : office.handle(request));
        return happen(run, what, act, ({ kind }) =>
          kind === 'refused'
            ? new UpstreamFailure('not-sent', 'ECONNREFUSED')
            : new UpstreamFailure('timeout', 'DEADLINE'),
        );
      },
    };
    const dynamo = client<DynamoDBClient>((command) => table.execute(command));
    const secretsManager = client<SecretsManagerClient>((command: { input: { SecretId: string } }) => {
      const { SecretId } = command.input;
      const before = secrets.versions(SecretId).at(-1);
      const answer = secrets.execute(command);
      if (secrets.versions(SecretId).at(-1) !== before) born.set(SecretId, [...(born.get(SecretId) ?? []), now()]);
      return answer;
    });
    return {
      appId,
      calls: ticketCalls(upstream, profiles.tencentcloud, appId),
      appSecret: secretStore(secretsManager, 'app-secret'),
      accessToken: secretStore(secretsManager, 'access-token'),
      signTicket: secretStore(secretsManager, 'sign-ticket'),
      item: ticketStore(dynamo, 'orders', appId, now),
      now,
      sleep: (milliseconds) => new Promise((resolve) => time.after(milliseconds, '', resolve)),
      random: roll.fraction,
      newId: () => run.name,
      log,
    };
  }

  /** Starts a run; what becomes of it is in the list of outcomes, unless it dies. */
  function tick(mishap?: Mishap): { readonly run: Run; outcome: Outcome | undefined } {
    runs += 1;
    const run = beginRun(`run-${runs}`, time, mishap);
    const ticked = { run, outcome: undefined as Outcome | undefined };
    void refresh(partsOf(run), functionTimeout).then((outcome) => {
      run.done = true;
      ticked.outcome = outcome;
    });
    return ticked;
  }

  const item = ticketStore({ send: async (command: never) => table.execute(command) } as never, 'orders', appId, now);
  const ticket = () => parseTicket(secrets.current('sign-ticket'));

  return Object.assign(world, {
    time,
    now,
    roll,
    office,
    table,
    secrets,
    events,
    lines,
    item,
    ticket,
    tick,
    partsOf,
    /** When versions of secrets were made, by name. */
    born,
    /** A run that somebody else starts. */
    begin: (name: string) => beginRun(name, time),
    /** Whether a ticket is in force that readers would use and the upstream would take. */
    working: () => {
      const current = ticket();
      return current !== null && usable(current, now()) && office.accepts(current.ticket);
    },
    /** Lets some time pass. */
    pass: (milliseconds: number) => time.run(() => {}, now() + milliseconds),
    /** Lets one run happen, from beginning to end. */
    async once(mishap?: Mishap): Promise<Outcome | undefined> {
      const ticked = tick(mishap);
      await time.run(() => {}, now() + 29 * seconds);
      return ticked.outcome;
    },
    named: (event: string) => events.filter((one) => one.event === event),
    countOf: (what: string) => counts.get(what) ?? 0,
  });
}

/** One app id in virtual time. */
export type TicketStage = ReturnType<typeof ticketStage>;
