/** What the demo asks the simulated upstream about what came over the wire. */
import { type Operation, verbAndPath } from '../../lib/operation.ts';
import type { Running } from './running.ts';

/** A request that the simulator got; long values are shortened. */
export interface WireRequest {
  readonly method: string;
  readonly url: string;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** The latest request of an operation that the simulator got. */
export async function onTheWire({ simulatorUrl }: Running, { upstream }: Operation): Promise<WireRequest | undefined> {
  const requests = (await (await fetch(`${simulatorUrl}/simulator/requests`)).json()) as WireRequest[];
  return requests.findLast(({ url }) => url.startsWith(verbAndPath(upstream).path));
}

/** Characters of the longest value of a request, of those that were shortened. */
export const longestValue = (request: WireRequest | undefined): number =>
  Math.max(
    0,
    ...Object.values(request?.body ?? {}).map((value) => Number(/\((\d+) characters\)$/.exec(String(value))?.[1] ?? 0)),
  );

/** How many SIGN tickets the simulator has issued. */
export async function issuedTickets({ simulatorUrl }: Running): Promise<number> {
  const { answers } = (await (await fetch(`${simulatorUrl}/simulator/books`)).json()) as {
    answers: Record<string, Record<string, number>>;
  };
  return answers['api-ticket']?.['0'] ?? 0;
}
