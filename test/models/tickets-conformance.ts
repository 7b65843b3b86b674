/** The refresher itself, driven effect by effect along a walk through its model, and compared with it after each. */
import { isDeepStrictEqual } from 'node:util';
import { ConditionalCheckFailedException, type DynamoDBClient, type SecretsManagerClient } from '#signing';
import { profiles } from '../../lib/profiles.ts';
import { parseTicket } from '../../lib/signing/ticket.ts';
import { ticketCalls } from '../../lib/tickets/calls.ts';
import { due as isDue, isReason } from '../../lib/tickets/due.ts';
import { refresh } from '../../lib/tickets/refresh.ts';
import { secretStore } from '../../lib/tickets/secrets.ts';
import { ticketStore } from '../../lib/tickets/store.ts';
import { type AccessToken, parseToken } from '../../lib/tickets/token.ts';
import { type Dice, dice } from '../campaign/dice.ts';
import { Table } from '../campaign/dynamo/table.ts';
import { ticketOffice } from '../lib/tickets/office.ts';
import { appId, minutes, seconds, start } from '../lib/tickets/stage.ts';
import { memorySecrets } from '../support/secrets.ts';
import { type Transition, transitions } from './tickets-model.ts';
import { type Design, due, initial, quiet, type State } from './tickets-state.ts';

/** An effect that a run waits for. */
interface Pending {
  readonly what: string;
  /** Carries it out. True when it was a condition that did not hold, after which the run reads at once. */
  readonly happen: () => boolean;
}

/** Which effect a run that stands at a step of the model waits for. */
const effectOf: Readonly<Record<string, string>> = {
  lease: 'UpdateItem',
  decide: 'GetItem, GetSecretValue, GetSecretValue',
  release: 'UpdateItem',
  'recall ticket': 'GetSecretValue',
  'recall token': 'GetSecretValue',
  'note token': 'UpdateItem',
  'token call': 'token call',
  'store token': 'PutSecretValue',
  'note ticket': 'UpdateItem',
  'ticket call': 'ticket call',
  'store ticket': 'PutSecretValue',
  'note label': 'UpdateItem',
  'move label': 'UpdateSecretVersionStage',
  clear: 'UpdateItem',
  close: 'UpdateItem',
};

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const forced = (count: number) => ({ L: Array.from({ length: count }, () => ({ N: String(start) })) });

/** The world of one walk: nothing happens in it unless it is told to. */
async function world(runs: number) {
  const clock = { now: start + 30 * minutes };
  const now = () => clock.now;
  const office = ticketOffice(now, { coexist: 0 });
  const table = new Table('orders', 'orderNo', { name: 'pending', partition: 'pending', sort: 'nextQueryAt' });
  const secrets = memorySecrets(now, ['app-secret', 'access-token', 'sign-ticket']);
  secrets.write('app-secret', office.rules.secret);
  const pending: Pending[][] = Array.from({ length: runs + 1 }, () => []);
  const tokens: string[] = [''];
  const tickets: string[] = [''];
  let refusing = false;

  function effect<T>(run: number, what: string, act: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const happen = (): boolean => {
        try {
          resolve(act());
          return false;
        } catch (error) {
          reject(error as Error);
          return error instanceof ConditionalCheckFailedException || what === 'UpdateSecretVersionStage';
        }
      };
      pending[run]!.push({ what, happen });
    });
  }
  const client = <Client>(run: number, execute: (command: never) => unknown) =>
    ({
      send: (command: { constructor: { name: string } }) =>
        effect(run, command.constructor.name.replace('Command', ''), () => execute(command as never)),
    }) as unknown as Client;

  function begin(run: number): void {
    const dynamo = client<DynamoDBClient>(run, (command) => table.execute(command));
    const manager = client<SecretsManagerClient>(run, (command) => secrets.execute(command));
    const answer = (body: object) => ({ status: 200, body: Buffer.from(JSON.stringify(body)) });
    const upstream = {
      close: async () => {},
      send: (request: Parameters<typeof office.handle>[0]) => {
        const forToken = request.path.includes('access_token?');
        return effect(run, forToken ? 'token call' : 'ticket call', () => {
          if (forToken && refusing) return answer({ code: '400101' });
          const reply = office.handle(request);
          const body = JSON.parse(reply.body.toString());
          if (body.access_token) tokens.push(body.access_token);
          if (body.tickets) tickets.push(body.tickets[0].value);
          return reply;
        });
      },
    };
    void refresh({
      appId,
      calls: ticketCalls(upstream, profiles.webank, appId),
      appSecret: secretStore(manager, 'app-secret'),
      accessToken: secretStore(manager, 'access-token'),
      signTicket: secretStore(manager, 'sign-ticket'),
      item: ticketStore(dynamo, 'orders', appId, now),
      now,
      sleep: async () => {},
      random: () => 0,
      newId: () => String(run),
      log: () => {},
    });
  }

  /** One effect of a run, or the reads that belong together. */
  async function step(run: number): Promise<void> {
    const refused = pending[run]!.splice(0).map(({ happen }) => happen());
    await settled();
    // Whoever has lost looks why, which changes nothing.
    if (!refused.includes(true)) return;
    for (const { happen } of pending[run]!.splice(0)) happen();
    await settled();
  }

  const item = () => table.items.get(`ticket#${appId}`)!;
  const store = ticketStore({ send: async (command: never) => table.execute(command) } as never, 'orders', appId, now);
  const allowForced = (count: number): void => {
    table.items.set(`ticket#${appId}`, { ...item(), lastForced: forced(10 - count) });
  };

  // A ticket that somebody reports when it is five minutes old; one refresh may be forced, and no more within the hour.
  begin(runs);
  for (let steps = 0; steps < 20; steps += 1) await step(runs);
  clock.now += 5 * minutes;
  await store.report(1);
  allowForced(1);

  return {
    pending,
    async happen({ name, who }: Transition): Promise<void> {
      if (name === 'crash') pending[who] = [];
      else if (name === 'lease ends') {
        table.items.set(`ticket#${appId}`, { ...item(), leaseUntil: { N: String(clock.now) } });
      } else if (name === 'foreign token') tokens.push(office.foreignToken());
      else if (name === 'report') {
        clock.now += 61 * seconds;
        await store.report(parseTicket(secrets.current('sign-ticket'))!.generation);
        allowForced(1);
      } else {
        refusing = name === 'token call: refused';
        if (pending[who]!.length === 0) begin(who);
        await step(who);
      }
    },
    /** What the model would say about this moment. */
    async seen() {
      const known = await store.read();
      const current = parseTicket(secrets.current('sign-ticket'))!;
      const token = parseToken(secrets.current('access-token')) as AccessToken;
      const versions = secrets.versions('sign-ticket').map(({ string }) => parseTicket(string)!);
      const numbered = (value: string) => tickets.indexOf(value);
      const held = versions.filter(({ generation }) => generation > current.generation);
      const appSecretVersion = secrets.versions('app-secret')[0]!.id;
      const standing = { ticket: current, versionId: '', item: known, appSecret: '', appSecretVersion };
      const { intent, leaseOwner, leaseUntil = 0 } = known;
      return {
        upstream: { token: tokens.length - 1, tickets: tickets.length - 1 },
        alive: office.accepts(current.ticket),
        current: { generation: current.generation, ticket: numbered(current.ticket) },
        held: held.map(({ generation, ticket }) => [generation, numbered(ticket)]),
        token: { generation: token.generation, token: tokens.indexOf(token.token) },
        lease: leaseOwner === undefined || leaseUntil <= clock.now ? -1 : Number(leaseOwner),
        intent: intent ? { owner: Number(intent.owner), generation: intent.generation } : null,
        suspect: known.suspectGeneration,
        due: isReason(isDue(standing, clock.now)),
        waitsFor: pending.slice(0, runs).map((list) =>
          list
            .map(({ what }) => what)
            .toSorted()
            .join(', '),
        ),
      };
    },
  };
}

/** The same, said by the model. */
const said = (state: State) => ({
  upstream: { token: state.upstream.token, tickets: state.upstream.tickets },
  alive: state.current.ticket === state.upstream.ticket,
  current: state.current,
  held: state.held,
  token: state.token,
  lease: state.item.leaseEnded ? -1 : state.item.lease,
  intent: state.item.intent,
  suspect: state.item.suspect,
  due: due(state),
  waitsFor: state.deliveries.map(({ step }) => effectOf[step] ?? ''),
});

/**
 * Crashes, foreign tokens and further ticks are rarer than the rest, or no run would come far; a report comes when
 * nobody is at work, because the minute that it takes would end a lease.
 */
function choose(state: State, design: Design, roll: Dice): Transition | undefined {
  const idle = quiet(state) && (state.item.lease === -1 || state.item.leaseEnded);
  const possible = transitions(state, design).filter(({ name }) => name !== 'report' || idle);
  const rare: Readonly<Record<string, number>> = { crash: 1, 'foreign token': 1, look: 3, 'look: fresh': 3 };
  const weight = ({ name }: Transition) => rare[name] ?? 20;
  if (possible.length === 0) return undefined;
  return roll.weighted(possible.map((transition) => [weight(transition), transition] as const));
}

/** One walk. @returns what happened, and where model and refresher differed first, if they did */
export async function walk(seed: number, runs: number, design: Design) {
  const roll = dice(seed);
  let state = initial(runs, design);
  const happened: string[] = [];
  const real = await world(runs);
  for (;;) {
    const [model, seen] = [said(state), await real.seen()];
    if (!isDeepStrictEqual(model, seen)) return { happened, difference: { seed, happened, model, seen } };
    const next = choose(state, design, roll);
    if (!next) return { happened };
    happened.push(next.name);
    await real.happen(next);
    state = next.state;
  }
}
