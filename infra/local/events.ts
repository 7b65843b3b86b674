import { appendFileSync, closeSync, openSync } from 'node:fs';
import { type EventSurroundings, entryFailure, eventOf, requestFailure } from './events-entries.ts';
import type { Json } from './intrinsics.ts';
import { type Action, AwsError, startEndpoint } from './json-endpoint.ts';

/** What the local EventBridge is started with. */
export interface EventsOptions extends EventSurroundings {
  /** File that every event is appended to, one line of JSON each. */
  path: string;
  /** The one access key whose requests are served. */
  accessKeyId: string;
  /** Takes one line per event, with source and type only. */
  log: (line: string) => void;
}

/** A running EventBridge. No rule matches and no target is called: events are shown and kept only. */
export interface Events {
  endpoint: string;
  /** `PutEvents` without HTTP. Throws {@link AwsError} for a request that is refused whole. */
  put: Action;
  /** The latest events of this run, oldest first, at most 100. */
  latest: () => Json[];
  stop: () => Promise<void>;
}

const shown = 100;

/** Starts EventBridge on a loopback port: AWS JSON 1.1, with `PutEvents`. */
export async function startEvents(options: EventsOptions): Promise<Events> {
  const { path, accessKeyId, log } = options;
  closeSync(openSync(path, 'a', 0o600));
  const events: Json[] = [];
  const put: Action = ({ Entries }) => {
    const entries = Array.isArray(Entries) ? (Entries as Json[]) : [];
    const refused = requestFailure(entries);
    if (refused !== undefined) throw new AwsError('ValidationException', refused);
    const results = entries.map((entry) => {
      const failure = entryFailure(entry);
      if (failure) return failure;
      const event = eventOf(entry, options);
      appendFileSync(path, `${JSON.stringify(event)}\n`);
      events.push(event);
      if (events.length > shown) events.shift();
      log(`event: ${JSON.stringify(event.source)} ${JSON.stringify(event['detail-type'])}`);
      return { EventId: event.id };
    });
    return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
  };
  const { endpoint, stop } = await startEndpoint({
    service: 'AWSEvents',
    version: '1.1',
    actions: { PutEvents: put },
    accessKeyId,
  });
  return { endpoint, put, latest: () => [...events], stop };
}
