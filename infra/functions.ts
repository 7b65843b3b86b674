/** Every Lambda of a stage: one per operation of the registry, and Signet's own. */
import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { Architecture, Code, LayerVersion, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Family } from '../lib/codes/classify.ts';
import type { ResultFields } from '../lib/fields/result.ts';
import { rateKey } from '../lib/limits/keys.ts';
import type { Operation } from '../lib/operation.ts';
import { steps } from '../lib/verifications/checks.ts';
import type { Route } from './api.ts';
import { type Duty, grant, type MediaUse } from './grants.ts';
import { HouseFunction } from './house-function.ts';
import { policyOf } from './policy.ts';
import type { Stage } from './stages.ts';
import type { State } from './state.ts';

/** What the infrastructure reads of an operation. */
export interface OperationEntry
  extends Pick<Operation, 'name' | 'summary' | 'route' | 'family' | 'creates' | 'request' | 'result'> {}

interface FunctionEntry {
  readonly name: string;
  readonly summary: string;
  readonly duty: Duty;
  readonly route?: string;
  readonly family?: Family;
  readonly media?: MediaUse;
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
  {
    name: 'create-media',
    summary: 'Gives out a form for the upload of one file.',
    duty: 'takes-uploads',
    route: 'POST /v1/media',
  },
  {
    name: 'start-verification',
    summary: 'Takes the plan of a verification and starts it.',
    duty: 'starts-verifications',
    route: 'POST /v1/verifications',
  },
  {
    name: 'get-verification',
    summary: 'Tells how a verification goes, and how it was decided.',
    duty: 'shows-verifications',
    route: 'GET /v1/verifications/{verificationId}',
  },
  {
    name: 'decide-verification',
    summary: 'Decides a verification by what its steps have found.',
    duty: 'decides-verifications',
  },
];

/** Names of Signet's own functions, those that are no operations. */
export const ownFunctionNames: readonly string[] = ownFunctions.map(({ name }) => name);

const holdsPictures = (fields: ResultFields): boolean =>
  Object.values(fields).some((field) =>
    'fields' in field ? holdsPictures(field.fields) : field.kind === 'picture' || field.kind === 'pictures',
  );

const entryOf = ({ name, summary, route, family, creates, request, result }: OperationEntry): FunctionEntry => ({
  name,
  summary,
  route,
  family,
  duty: creates ? 'creates' : 'reads',
  media: {
    uploads: Object.values(request).some(({ kind }) => kind === 'media'),
    pictures: holdsPictures(result),
    step: steps.some(({ operation }) => operation.name === name),
  },
});

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
  readonly #houses = new Map<string, HouseFunction>();

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
      SIGNET_POLICY: JSON.stringify(policyOf(stage)),
      ...(upstreamUrl === undefined ? {} : { SIGNET_UPSTREAM_URL: upstreamUrl }),
    };
    const entries: readonly FunctionEntry[] = [
      ...operations.map(entryOf),
      // The owner of an app id alone refreshes its ticket.
      ...ownFunctions.filter(({ duty }) => duty !== 'refreshes' || state.refresher !== undefined),
    ];
    const routes: Route[] = [];
    for (const entry of entries) {
      const { name, summary, route, family, everyMinutes } = entry;
      const house = new HouseFunction(this, { stage, name, description: summary, dist, layer, environment });
      const limited = family !== undefined && stage.rates?.[family] !== undefined;
      this.#houses.set(name, house);
      grant(house, entry, state, {
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

  /** The function with this name, which must be one of the stage's. */
  named(name: string): HouseFunction {
    return this.#houses.get(name)!;
  }
}
