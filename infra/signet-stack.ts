/** One stage as a stack. Nothing is decided here, only put together. */
import { CfnOutput, CfnParameter, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Api } from './api.ts';
import { Functions, type OperationEntry } from './functions.ts';
import type { Stage } from './stages.ts';
import { appIdSecretName, State } from './state.ts';
import { Workflow } from './workflow.ts';

/** What a stack is made from. */
export interface SignetStackProps {
  readonly stage: Stage;
  readonly operations: readonly OperationEntry[];
  /** Folder that the build wrote. */
  readonly dist: string;
}

/** Everything that one stage deploys. */
export class SignetStack extends Stack {
  constructor(scope: Construct, { stage, operations, dist }: SignetStackProps) {
    super(scope, `signet-${stage.name}`, {
      description: `Signet, KYC gateway, stage ${stage.name}`,
      env: { account: stage.account, region: stage.region },
      terminationProtection: stage.retain,
    });
    // The template says AWS::Partition everywhere, also where the region tells which it is.
    this.node.setContext('@aws-cdk/core:enablePartitionLiterals', false);

    const upstreamUrl = stage.upstreamUrlParameter
      ? new CfnParameter(this, 'UpstreamUrl', {
          type: 'String',
          default: '',
          description: 'Replaces every host of the upstream. Empty: the real hosts.',
        }).valueAsString
      : undefined;
    const state = new State(this, 'State', { stage });
    const functions = new Functions(this, 'Functions', { stage, state, operations, dist, upstreamUrl });
    const workflow = new Workflow(this, 'Workflow', { stage, key: state.key, functions });
    functions.named('start-verification').startsExecutions('SIGNET_STATE_MACHINE', workflow.arn);
    const { url } = new Api(this, 'Api', { stage, routes: functions.routes });

    new CfnOutput(this, 'ApiUrl', { value: url, description: 'Base address of the HTTP API' });
    if (stage.appIdOwner !== undefined) return;
    const appSecret = appIdSecretName(stage.appId, 'app-secret');
    new CfnOutput(this, 'AppSecretName', {
      value: appSecret,
      description: `Write it once: aws secretsmanager put-secret-value --secret-id ${appSecret} --secret-string file://app-secret.txt`,
    });
    new CfnOutput(this, 'AccessTokenName', {
      value: appIdSecretName(stage.appId, 'access-token'),
      description: 'Written by refresh-ticket',
    });
    new CfnOutput(this, 'SignTicketName', {
      value: appIdSecretName(stage.appId, 'sign-ticket'),
      description: 'Written by refresh-ticket within a minute or so of the app secret',
    });
  }
}
