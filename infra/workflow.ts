/** The state machine that runs verifications: it may invoke its functions, write its log, and nothing else. */
import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import {
  type CfnStateMachine,
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
    encrypt(machine, stateMachineName, key);
  }
}

/**
 * Has Step Functions encrypt what it keeps. Not by the construct's own option, which lets the delivery of logs decrypt
 * whatever the key encrypts, for anybody's logs: table, secrets and media are under the same key.
 */
function encrypt(machine: StateMachine, stateMachineName: string, key: IKey): void {
  const stack = Stack.of(machine);
  const resource = machine.node.defaultChild as CfnStateMachine;
  resource.encryptionConfiguration = {
    type: 'CUSTOMER_MANAGED_KMS_KEY',
    kmsKeyId: key.keyArn,
    kmsDataKeyReusePeriodSeconds: 300,
  };
  // By its name: its attribute would make a circle of the machine and its role.
  const machineArn = stack.formatArn({
    service: 'states',
    resource: 'stateMachine',
    resourceName: stateMachineName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  // Step Functions names the logs of the whole account, with this very asterisk, when it encrypts a log on its way.
  const logsOfAccount = stack.formatArn({ service: 'logs', resource: '*', arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  const whenOf = (name: string, arn: string) => ({ StringEquals: { [`kms:EncryptionContext:${name}`]: arn } });
  const ofLogs = whenOf('SourceArn', logsOfAccount);
  machine.addToRolePolicy(
    new PolicyStatement({
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: [key.keyArn],
      conditions: whenOf('aws:states:stateMachineArn', machineArn),
    }),
  );
  machine.addToRolePolicy(
    new PolicyStatement({ actions: ['kms:GenerateDataKey'], resources: [key.keyArn], conditions: ofLogs }),
  );
  key.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('delivery.logs.amazonaws.com')],
      actions: ['kms:Decrypt'],
      resources: ['*'],
      conditions: ofLogs,
    }),
  );
}
