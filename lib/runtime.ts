/** The surroundings of production, made once per process by the first call. */
import { randomUUID } from 'node:crypto';
import {
  createClient,
  dynamoClient,
  eventsOf,
  executionsOf,
  GetSecretValueCommand,
  objectStore,
  type SecretsManagerClient,
  secretsClient,
  ticketReader,
} from '#signing';
import { type FunctionEnvironment, readFunctionEnvironment } from './env.ts';
import { createBreaker } from './flow/breaker.ts';
import type { Context } from './flow/context.ts';
import { createLimits } from './limits/limits.ts';
import { createLog } from './log.ts';
import { mediaRecords } from './media/records.ts';
import { createMetrics } from './metrics.ts';
import { createLedger } from './orders/ledger.ts';
import { allowedHosts, profiles } from './profiles.ts';
import { ticketStore } from './tickets/store.ts';
import { verificationRecords } from './verifications/records.ts';

const now = Date.now;
const write = (line: string): void => void process.stdout.write(line);
const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What every function shares: clients, clock, log. */
export function productionParts(environment: FunctionEnvironment = readFunctionEnvironment()) {
  const { upstreamUrl, table, appId } = environment;
  const dynamo = dynamoClient();
  return {
    environment,
    now,
    sleep,
    random: Math.random,
    newId: randomUUID,
    log: createLog(write, now),
    dynamo,
    secrets: secretsClient(),
    upstream: createClient({ hosts: allowedHosts, loopback: upstreamUrl }),
    ledger: createLedger(dynamo, table, now),
    ticketItem: ticketStore(dynamo, table, appId, now),
    verifications: verificationRecords(dynamo, table),
    executions: executionsOf(environment.stateMachine),
    events: eventsOf(`signet.${environment.stage}`),
    staging: {
      records: mediaRecords(dynamo, table, now),
      objects: objectStore({ bucket: environment.mediaBucket, key: environment.mediaKey, now }),
    },
  };
}

const secretText = (client: SecretsManagerClient, id: string) => async () =>
  (await client.send(new GetSecretValueCommand({ SecretId: id }))).SecretString;

/** Reads a secret that never changes, once; a failed read is tried again by the next call. */
function once(load: () => Promise<string | undefined>): () => Promise<string> {
  let value: Promise<string> | undefined;
  return () => {
    value ??= load().then((text) => {
      if (!text) throw new Error('The fingerprint key is empty');
      return text;
    });
    value.catch(() => {
      value = undefined;
    });
    return value;
  };
}

let made: Context | undefined;

/** The context of a deployed function. */
export function productionContext(): Context {
  if (made) return made;
  const { environment, secrets, dynamo, ticketItem, ...parts } = productionParts();
  const { stage, profile, appId, table, policy, ticketSecret, fingerprintSecret, upstreamUrl } = environment;
  made = {
    ...parts,
    stage,
    profile: profiles[profile],
    appId,
    policy,
    upstreamUrl,
    metrics: createMetrics(write, now, stage),
    breaker: createBreaker(now),
    ...(policy?.rates || policy?.ordersPerPerson ? { limits: createLimits(dynamo, table, appId, policy, now) } : {}),
    tickets: ticketReader(secretText(secrets, ticketSecret), now, Math.random),
    reportTicket: (generation) => ticketItem.report(generation),
    fingerprintKey: once(secretText(secrets, fingerprintSecret)),
  };
  return made;
}
