/** EventBridge behind {@link eventsOf}. */
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { clientOptions } from './client-options.ts';

let client: EventBridgeClient | undefined;

/** Puts one event on the default bus. */
export async function putEvent(source: string, detailType: string, detail: object): Promise<void> {
  client ??= new EventBridgeClient(clientOptions);
  const Entries = [{ Source: source, DetailType: detailType, Detail: JSON.stringify(detail) }];
  const { FailedEntryCount } = await client.send(new PutEventsCommand({ Entries }));
  if (FailedEntryCount) throw new Error('EventBridge did not take the event');
}
