/** Step Functions behind {@link executionsOf}. */
import { ExecutionAlreadyExists, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { clientOptions } from './client-options.ts';

let client: SFNClient | undefined;

/** Starts an execution, once for each name. */
export async function startExecution(stateMachineArn: string, name: string, input: object): Promise<void> {
  client ??= new SFNClient(clientOptions);
  try {
    await client.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
  } catch (error) {
    // With the same input Step Functions itself takes a repeat for the first; this is one whose execution has ended.
    if (!(error instanceof ExecutionAlreadyExists)) throw error;
  }
}
