/** The HTTP API: one REST resource per route, so that each can be granted alone. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  AuthorizationType,
  EndpointType,
  GatewayResponse,
  type IAuthorizer,
  LambdaIntegration,
  LogGroupLogDestination,
  MethodLoggingLevel,
  type MethodOptions,
  RequestAuthorizer,
  ResponseType,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import { type IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { verbAndPath } from '../lib/operation.ts';
import { gatewayAnswer, gatewayProblems } from './gateway-responses.ts';
import type { Stage } from './stages.ts';

/** One public route and the function that answers it. */
export interface Route {
  /** Method and path: `POST /v1/face/verify`. */
  readonly route: string;
  readonly lambda: IFunction;
}

/**
 * All that an access log says. No path, query, header or body, and no identity, whose session name can be a person's:
 * the functions log the caller.
 */
export const accessLogFields: Readonly<Record<string, string>> = {
  requestId: '$context.requestId',
  at: '$context.requestTimeEpoch',
  method: '$context.httpMethod',
  resource: '$context.resourcePath',
  status: '$context.status',
  responseType: '$context.error.responseType',
  responseBytes: '$context.responseLength',
  milliseconds: '$context.responseLatency',
  functionMilliseconds: '$context.integrationLatency',
  functionStatus: '$context.integrationStatus',
  account: '$context.identity.accountId',
};

/** The API of one stage with its methods, limits, logs and problem answers. */
export class Api extends Construct {
  /** Base address with the stage's name. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: { readonly stage: Stage; readonly routes: readonly Route[] }) {
    super(scope, id);
    const { stage } = props;
    const api = new RestApi(this, 'Rest', {
      restApiName: `signet-${stage.name}`,
      description: `Signet, stage ${stage.name}`,
      endpointTypes: [EndpointType.REGIONAL],
      // Stage logs need a role of the account, which the feature flags no longer create.
      cloudWatchRole: true,
      deployOptions: {
        stageName: stage.name,
        throttlingRateLimit: stage.throttle.rate,
        throttlingBurstLimit: stage.throttle.burst,
        metricsEnabled: true,
        loggingLevel: MethodLoggingLevel.ERROR,
        // Would log whole bodies.
        dataTraceEnabled: false,
        cachingEnabled: false,
        tracingEnabled: stage.tracing,
        accessLogDestination: new LogGroupLogDestination(
          new LogGroup(this, 'AccessLog', {
            retention: stage.logRetentionDays,
            removalPolicy: stage.retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
          }),
        ),
        accessLogFormat: AccessLogFormat.custom(JSON.stringify(accessLogFields)),
      },
    });
    // Its output says the same as the stack's own, under a generated name.
    api.node.tryRemoveChild('Endpoint');
    this.url = api.url;

    const access = this.#access(stage);
    for (const { route, lambda } of props.routes) {
      const { method, path } = verbAndPath(route);
      const integration = new LambdaIntegration(lambda, { timeout: Duration.seconds(29), allowTestInvoke: false });
      api.root.resourceForPath(path).addMethod(method, integration, access);
    }
    for (const [type, problem] of Object.entries(gatewayProblems)) {
      const { status, headers, template } = gatewayAnswer(problem);
      new GatewayResponse(this, type, {
        restApi: api,
        type: ResponseType.of(type),
        statusCode: String(status),
        responseHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, `'${value}'`])),
        templates: { 'application/json': template },
      });
    }
  }

  #access({ auth }: Stage): MethodOptions {
    if (auth === 'iam') return { authorizationType: AuthorizationType.IAM };
    const authorizer: IAuthorizer = new RequestAuthorizer(this, 'Authorizer', {
      handler: LambdaFunction.fromFunctionAttributes(this, 'AuthorizerFunction', {
        functionArn: auth.authorizerArn,
        sameEnvironment: true,
      }),
      identitySources: [],
      // A cached answer for one route would decide on the others.
      resultsCacheTtl: Duration.seconds(0),
    });
    return { authorizationType: AuthorizationType.CUSTOM, authorizer };
  }
}
