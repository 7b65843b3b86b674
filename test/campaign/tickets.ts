/** Tickets in a schedule: the real refresher, and what others do to its tickets. */
import type { SecretsManagerClient, UpstreamClient } from '#signing';
import type { Log } from '../../lib/log.ts';
import { profiles } from '../../lib/profiles.ts';
import { ticketCalls } from '../../lib/tickets/calls.ts';
import { refresh } from '../../lib/tickets/refresh.ts';
import type { RefreshParts } from '../../lib/tickets/run.ts';
import { secretStore } from '../../lib/tickets/secrets.ts';
import { type TicketStore, ticketStore } from '../../lib/tickets/store.ts';
import { memorySecrets } from '../support/secrets.ts';
import type { Dice } from './dice.ts';
import type { Table } from './dynamo/table.ts';
import type { Timeline } from './timeline.ts';
import type { Truth } from './truth.ts';

/** Names that all processes of a schedule know. */
export const names = { table: 'orders', appId: 'TIDATEST', appSecret: 'synthetic-app-secret' } as const;

/** What a refresher needs that differs from run to run. */
export interface RefresherClients {
  readonly secrets: SecretsManagerClient;
  readonly upstream: UpstreamClient;
  readonly item: TicketStore;
  readonly sleep: RefreshParts['sleep'];
  readonly newId: () => string;
}

/** The parts of a refresher. */
export function refresherOf(
  clients: RefresherClients,
  now: () => number,
  log: Log,
  random: () => number,
): RefreshParts {
  const { secrets, upstream, item, sleep, newId } = clients;
  return {
    appId: names.appId,
    calls: ticketCalls(upstream, profiles.tencentcloud, names.appId),
    appSecret: secretStore(secrets, 'app-secret'),
    accessToken: secretStore(secrets, 'access-token'),
    signTicket: secretStore(secrets, 'sign-ticket'),
    item,
    now,
    sleep,
    random,
    newId,
    log,
  };
}

/** The secrets of the app id, and the events that touch them. */
export interface Tickets {
  readonly secrets: ReturnType<typeof memorySecrets>;
  /** One faultless run of the refresher. */
  readonly refresh: () => Promise<void>;
  /** The operator changes the app secret, and the refresher notices at once: every older ticket is refused. */
  readonly rotate: () => Promise<void>;
  /** Somebody else fetches a token: the ticket in force is refused, at once or in a minute. */
  readonly foreignToken: () => Promise<void>;
}

/** Secrets without a ticket. */
export function createTickets(truth: Truth, timeline: Timeline, table: Table, dice: Dice): Tickets {
  const { now } = timeline;
  const secrets = memorySecrets(now, ['app-secret', 'access-token', 'sign-ticket']);
  let appSecret: string = names.appSecret;
  let count = 0;
  secrets.write('app-secret', appSecret);

  const upstream: UpstreamClient = {
    async send({ method, path }) {
      const reply = await truth.simulator.handle({ method, url: path, headers: {}, body: new Uint8Array() });
      return 'fault' in reply
        ? { status: 500, body: Buffer.alloc(0) }
        : { status: reply.status, body: Buffer.from(reply.body) };
    },
    close: async () => {},
  };
  const client = { send: async (command: unknown) => table.execute(command, 'operator') } as never;
  const parts = refresherOf(
    {
      secrets: secrets.client,
      upstream,
      item: ticketStore(client, names.table, names.appId, now),
      sleep: async () => {},
      newId: () => `operator${++count}`,
    },
    now,
    () => {},
    dice.fraction,
  );
  const refreshNow = async () => timeline.note(`the refresher, undisturbed: ${await refresh(parts)}`);

  return {
    secrets,
    refresh: refreshNow,
    async rotate() {
      appSecret = `${names.appSecret}-${++count}`;
      truth.simulator.configure({ secret: appSecret });
      secrets.write('app-secret', appSecret);
      await refreshNow();
    },
    async foreignToken() {
      truth.simulator.configure({ coexist: dice.one([0, 60]) });
      const query = `app_id=${names.appId}&secret=${appSecret}&grant_type=client_credential&version=1.0.0`;
      await upstream.send({
        method: 'GET',
        origin: '',
        path: `/api/oauth2/access_token?${query}`,
        timeout: 0,
        maxBytes: 0,
      });
      truth.simulator.configure({ coexist: 60 });
    },
  };
}
