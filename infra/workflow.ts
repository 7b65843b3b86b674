/** The state machine that runs verifications: it may invoke its functions, write its log, and nothing else. */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import {
  CustomerManagedEncryptionConfiguration,
  DefinitionBody,
  LogLevel,
  StateMachine,
  StateMachineType,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { steps } from '../lib/verifications/checks.ts';
import type { Functions } from './functions.ts';
import type { Stage } from './stages.ts';
import { decider, verificationDefinition } from './workflow-states.ts';

/** What {@link Workflow} is made from. */
export interface WorkflowProps {
  readonly stage: Stage;
  /** Encrypts what is kept of executions. */
  readonly key: IKey;
  readonly functions: Functions;
}

/** One execution is one verification, whose id is its name. */
export class Workflow extends Construct {
  /** ARN of the state machine. */
  readonly arn: string;

  constructor(scope: Construct, id: string, { stage, key, functions }: WorkflowProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const stateMachineName = `signet-${stage.name}-verification`;
    const arnOf = (name: string) => functions.named(name).lambda.functionArn;
    const invoke = `arn:${stack.partition}:states:::lambda:invoke`;
    const machine = new StateMachine(this, 'Machine', {
      stateMachineName,
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromString(stack.toJsonString(verificationDefinition({ invoke, arnOf }))),
      encryptionConfiguration: new CustomerManagedEncryptionConfiguration(key, Duration.minutes(5)),
      tracingEnabled: stage.tracing,
      logs: {
        level: LogLevel.ALL,
        includeExecutionData: false,
        destination: new LogGroup(this, 'Log', {
          // Log groups with another name share a resource policy of the account, which has little room.
          logGroupName: `/aws/vendedlogs/states/${stateMachineName}`,
          retention: stage.logRetentionDays,
          // "On update or delete": it has a name, and what a failed first deployment leaves would block the next.
          removalPolicy: stage.retain ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
        }),
      },
    });
    const invoked = new Set([...steps.map(({ operation }) => operation.name), decider]);
    // Not grantInvoke, which also allows every version and alias.
    machine.addToRolePolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [...invoked].map(arnOf) }),
    );
    this.arn = machine.stateMachineArn;
  }
}
