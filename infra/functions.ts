/** Every Lambda of a stage: one per operation of the registry, and Signet's own. */
import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { Architecture, Code, LayerVersion, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Family } from '../lib/codes/classify.ts';
import type { Policy } from '../lib/env.ts';
import { rateKey } from '../lib/limits/keys.ts';
import type { Route } from './api.ts';
import { HouseFunction } from './house-function.ts';
import type { Stage } from './stages.ts';
import type { State } from './state.ts';

/** What the infrastructure reads of an operation. */
export interface OperationEntry {
  readonly name: string;
  readonly summary: string;
  readonly route: string;
  readonly family: Family;
  /** Whether it leaves an order. */
  readonly creates: boolean;
}

/** What a function is there for, which decides what it may touch. */
type Duty = 'creates' | 'reads' | 'looks-up' | 'refreshes' | 'resolves';

interface FunctionEntry {
  readonly name: string;
  readonly summary: string;
  readonly duty: Duty;
  readonly route?: string;
  readonly family?: Family;
  /** Runs by itself, each time so many minutes have passed. */
  readonly everyMinutes?: number;
}

const ownFunctions: readonly FunctionEntry[] = [
  {
    name: 'get-order',
    summary: 'Tells what is known about an order.',
    duty: 'looks-up',
    route: 'GET /v1/orders/{orderNo}',
  },
  {
    name: 'refresh-ticket',
    summary: 'Replaces the SIGN ticket before it ends.',
    duty: 'refreshes',
    everyMinutes: 1,
  },
  {
    name: 'resolve-orders',
    summary: 'Finds out what became of orders of unknown outcome.',
    duty: 'resolves',
    everyMinutes: 1,
  },
];

/** Names of Signet's own functions, those that are no operations. */
export const ownFunctionNames: readonly string[] = ownFunctions.map(({ name }) => name);

/** Items of the table that a function shares with others. */
interface SharedItems {
  readonly ticket: string;
  /** Where its calls are counted, if the stage limits them. */
  readonly rate: readonly string[];
}

const grants: Readonly<Record<Duty, (lambda: HouseFunction, state: State, items: SharedItems) => void>> = {
  creates: (lambda, { table, signTicket, fingerprintKey }) =>
    lambda
      .usesTable('SIGNET_TABLE', table, ['GetItem', 'UpdateItem'])
      .readsSecret('SIGNET_TICKET_SECRET', signTicket)
      .readsSecret('SIGNET_FINGERPRINT_SECRET', fingerprintKey),
  // These leave no order; all they write is that the upstream has refused the ticket, and that they call.
  reads: (lambda, { table, signTicket, fingerprintKey }, { ticket, rate }) =>
    lambda
      .usesTable('SIGNET_TABLE', table, ['GetItem'])
      .usesTable('SIGNET_TABLE', table, ['UpdateItem'], [ticket, ...rate])
      .readsSecret('SIGNET_TICKET_SECRET', signTicket)
      .readsSecret('SIGNET_FINGERPRINT_SECRET', fingerprintKey),
  'looks-up': (lambda, { table }) => lambda.usesTable('SIGNET_TABLE', table, ['GetItem']),
  refreshes: (lambda, { table, signTicket, refresher }, { ticket }) =>
    lambda
      .usesTable('SIGNET_TABLE', table, ['GetItem', 'UpdateItem'], [ticket])
      .readsSecret('SIGNET_APP_SECRET_ID', refresher!.appSecret)
      .replacesSecret('SIGNET_TOKEN_SECRET', refresher!.accessToken)
      .replacesSecret('SIGNET_TICKET_SECRET', signTicket),
  resolves: (lambda, { table, signTicket }) =>
    lambda
      .usesTable('SIGNET_TABLE', table, ['GetItem', 'UpdateItem'])
      .findsPending(table)
      .readsSecret('SIGNET_TICKET_SECRET', signTicket),
};

/** What {@link Functions} is made from. */
export interface FunctionsProps {
  readonly stage: Stage;
  readonly state: State;
  readonly operations: readonly OperationEntry[];
  /** Folder that the build wrote. */
  readonly dist: string;
  /** Replaces the upstream's hosts when it is not empty; only where the stage allows it. */
  readonly upstreamUrl?: string;
}

/** The shared layer, all functions with their grants, and their schedules. */
export class Functions extends Construct {
  /** Which function answers which public route. */
  readonly routes: readonly Route[];

  constructor(scope: Construct, id: string, { stage, state, operations, dist, upstreamUrl }: FunctionsProps) {
    super(scope, id);
    const layer = new LayerVersion(this, 'Layer', {
      description: 'Signs and sends upstream calls; holds the AWS clients',
      code: Code.fromAsset(`${dist}/layer`),
      compatibleRuntimes: [Runtime.NODEJS_24_X],
      compatibleArchitectures: [Architecture.ARM_64],
    });
    const environment = {
      SIGNET_STAGE: stage.name,
      SIGNET_PROFILE: stage.profile,
      SIGNET_APP_ID: stage.appId,
      SIGNET_POLICY: JSON.stringify({
        similarity: stage.similarity,
        challengeMaxAge: stage.challengeMaxAge,
        isolateCallers: stage.isolateCallers,
        externalOrders: stage.externalOrders,
        notFoundProves: stage.notFoundProves,
        rates: stage.rates,
        ordersPerPerson: stage.ordersPerPerson,
      } satisfies Policy),
      ...(upstreamUrl === undefined ? {} : { SIGNET_UPSTREAM_URL: upstreamUrl }),
    };
    const entries: readonly FunctionEntry[] = [
      ...operations.map(
        ({ name, summary, route, family, creates }): FunctionEntry => ({
          name,
          summary,
          route,
          family,
          duty: creates ? 'creates' : 'reads',
        }),
      ),
      // The owner of an app id alone refreshes its ticket.
      ...ownFunctions.filter(({ duty }) => duty !== 'refreshes' || state.refresher !== undefined),
    ];
    const routes: Route[] = [];
    for (const { name, summary, duty, route, family, everyMinutes } of entries) {
      const house = new HouseFunction(this, { stage, name, description: summary, dist, layer, environment });
      const limited = family !== undefined && stage.rates?.[family] !== undefined;
      grants[duty](house, state, {
        ticket: `ticket#${stage.appId}`,
        rate: limited ? [rateKey(stage.appId, family)] : [],
      });
      if (route !== undefined) routes.push({ route, lambda: house.lambda });
      if (everyMinutes !== undefined) {
        new Rule(house, 'Schedule', {
          description: summary,
          schedule: Schedule.rate(Duration.minutes(everyMinutes)),
          // The next tick is the retry.
          targets: [new LambdaTarget(house.lambda, { retryAttempts: 0, maxEventAge: Duration.seconds(60) })],
        });
      }
    }
    this.routes = routes;
  }
}
