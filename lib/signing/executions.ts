/** Executions of the state machine, and events for whoever listens. */

/** Starts executions. */
export interface Executions {
  /**
   * Starts the execution of this name; one that was started before stays the only one.
   *
   * @throws what Step Functions throws
   */
  start(name: string, input: object): Promise<void>;
}

/** Sends events to the account's default bus. */
export interface Events {
  /** @throws what EventBridge throws, or an error when it did not take the event */
  send(detailType: string, detail: object): Promise<void>;
}

/** The executions of one state machine; its client is loaded by the first call. */
export function executionsOf(stateMachineArn: string): Executions {
  return {
    async start(name, input) {
      const { startExecution } = await import('./rare.ts');
      await startExecution(stateMachineArn, name, input);
    },
  };
}

/** Events of one source; the client is loaded by the first of them. */
export function eventsOf(source: string): Events {
  return {
    async send(detailType, detail) {
      const { putEvent } = await import('./rare.ts');
      await putEvent(source, detailType, detail);
    },
  };
}
