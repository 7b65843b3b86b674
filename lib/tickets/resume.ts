/** Where a refresh begins that an earlier run did not end. */
import { parseTicket, type Ticket } from '#signing';
import { dueAge } from './due.ts';
import type { Run } from './run.ts';
import { versionIdOf } from './secrets.ts';
import type { Phase } from './store.ts';
import { type AccessToken, parseToken } from './token.ts';

/**
 * The first phase of a run. What is stored counts, not how far the intent got: the crash may have come between the two.
 * Gives the run the token that was stored.
 */
export async function whereToGoOn(run: Run): Promise<Phase> {
  const { appId, signTicket, accessToken, now } = run.parts;
  const { item, ticket, appSecretVersion } = run.standing;
  const { intent } = item;
  if (!intent) return 'token';
  const belongs = (held: Ticket | AccessToken | null): boolean =>
    held !== null &&
    held.generation === intent.generation &&
    held.generation >= (ticket?.generation ?? 0) &&
    held.generation > item.suspectGeneration &&
    held.appSecretVersion === appSecretVersion &&
    now() - held.fetchedAt < dueAge(held);

  const made = await signTicket.read(versionIdOf(appId, intent.generation));
  if (belongs(parseTicket(made?.text))) return 'label';
  const token = parseToken((await accessToken.read())?.text);
  if (!belongs(token)) return 'token';
  run.token = token!.token;
  run.tokenAt = token!.fetchedAt;
  return 'ticket';
}
