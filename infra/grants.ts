/** What a function is there for, and what it may touch because of that. Nothing is granted anywhere else. */
import type { HouseFunction } from './house-function.ts';
import type { State } from './state.ts';

/** What a function is there for: an operation that buys or only asks, or one of Signet's own tasks. */
export type Duty =
  | 'creates'
  | 'reads'
  | 'looks-up'
  | 'refreshes'
  | 'resolves'
  | 'takes-uploads'
  | 'starts-verifications'
  | 'shows-verifications'
  | 'decides-verifications';

/** What an operation needs of the bucket. */
export interface MediaUse {
  /** Its request may name uploads. */
  readonly uploads: boolean;
  /** Its result may hold pictures. */
  readonly pictures: boolean;
  /** It is a step of verifications: it opens the sealed plan and seals what it read. */
  readonly step: boolean;
}

/** Items of the table that a function shares with others. */
export interface SharedItems {
  readonly ticket: string;
  /** Where its calls are counted, if the stage limits them. */
  readonly rate: readonly string[];
}

/** Items that starting and deciding write: verifications, and what is known of their files. */
const ofVerifications = ['verification#*', 'media#*'];

const grants: Readonly<Record<Duty, (lambda: HouseFunction, state: State, items: SharedItems) => void>> = {
  creates: (lambda, { table, signTicket, fingerprintKey }) =>
    lambda
      .usesTable('SIGNET_TABLE', table, ['GetItem', 'UpdateItem'])
      .readsSecret('SIGNET_TICKET_SECRET', signTicket)
      .readsSecret('SIGNET_FINGERPRINT_SECRET', fingerprintKey),
  // These leave no order; all they write is that the upstream has refused the ticket, and that they call.
  reads: (lambda, { table, signTicket, fingerprintKey }, { ticket, rate }) =>
    lambda
      .usesTable('SIGNET_TABLE', table, ['GetItem'])
      .usesTable('SIGNET_TABLE', table, ['UpdateItem'], [ticket, ...rate])
      .readsSecret('SIGNET_TICKET_SECRET', signTicket)
      .readsSecret('SIGNET_FINGERPRINT_SECRET', fingerprintKey),
  'looks-up': (lambda, { table }) => lambda.usesTable('SIGNET_TABLE', table, ['GetItem']),
  refreshes: (lambda, { table, signTicket, refresher }, { ticket }) =>
    lambda
      .usesTable('SIGNET_TABLE', table, ['GetItem', 'UpdateItem'], [ticket])
      .readsSecret('SIGNET_APP_SECRET_ID', refresher!.appSecret)
      .replacesSecret('SIGNET_TOKEN_SECRET', refresher!.accessToken)
      .replacesSecret('SIGNET_TICKET_SECRET', signTicket),
  resolves: (lambda, { table, signTicket, media }) =>
    lambda
      .usesTable('SIGNET_TABLE', table, ['GetItem', 'UpdateItem'])
      .findsPending(table)
      .readsSecret('SIGNET_TICKET_SECRET', signTicket)
      .usesBucket(media, 'uploads', ['DeleteObject'])
      .sendsEvents(),
  // It signs the form: whoever uploads does so with its permission.
  'takes-uploads': (lambda, { table, media }) =>
    lambda
      .usesTable('SIGNET_TABLE', table, ['GetItem', 'UpdateItem'], ['media#*'])
      .usesBucket(media, 'uploads', ['PutObject']),
  // These two look at orders, which they never write: that is for whoever buys and for the resolver.
  'starts-verifications': (lambda, { table, fingerprintKey, media }) =>
    lambda
      .usesTable('SIGNET_TABLE', table, ['GetItem'])
      .usesTable('SIGNET_TABLE', table, ['UpdateItem'], ofVerifications)
      .readsSecret('SIGNET_FINGERPRINT_SECRET', fingerprintKey)
      .usesBucket(media, 'uploads', ['GetObject'])
      .usesBucket(media, 'sealed', ['GetObject', 'PutObject']),
  'shows-verifications': (lambda, { table, media }) =>
    lambda.usesTable('SIGNET_TABLE', table, ['GetItem']).usesBucket(media, 'sealed', ['GetObject']),
  'decides-verifications': (lambda, { table, media }) =>
    lambda
      .usesTable('SIGNET_TABLE', table, ['GetItem'])
      .usesTable('SIGNET_TABLE', table, ['UpdateItem'], ofVerifications)
      .usesBucket(media, 'sealed', ['GetObject'])
      .usesBucket(media, 'uploads', ['DeleteObject'])
      .sendsEvents(),
};

/** Gives a function what its duty and its media need, and the variables that name it. */
export function grant(
  lambda: HouseFunction,
  { duty, media }: { readonly duty: Duty; readonly media?: MediaUse },
  state: State,
  items: SharedItems,
): void {
  grants[duty](lambda, state, items);
  // The links that are handed out read with the permission of the function that signs them.
  if (media?.pictures) lambda.usesBucket(state.media, 'results', ['GetObject', 'PutObject']);
  if (media?.uploads) lambda.usesBucket(state.media, 'uploads', ['GetObject', 'DeleteObject']);
  if (!media?.step) return;
  lambda.usesBucket(state.media, 'sealed', ['GetObject', 'PutObject']);
  // As a step it also writes how it ended; one that creates may write every item.
  if (duty === 'reads') lambda.usesTable('SIGNET_TABLE', state.table, ['UpdateItem'], ['verification#*']);
}
