/** What the model of the refresher consists of, and what can be said about a moment of it. */

/** What a refresher relies on. */
export interface Design {
  /** One run at a time, by a lease. */
  readonly lock: boolean;
  /** The lease cannot end while its holder, or a request of it, lives. */
  readonly leaseOutlivesRun: boolean;
  /** A note before the first call, which stays until the ticket is in force. */
  readonly intent: boolean;
  /** The label moves only from the version that was read at the start. */
  readonly compareAndSwap: boolean;
  /** Readers report a ticket that the upstream refuses. */
  readonly feedback: boolean;
  /** How many tokens somebody else fetches. */
  readonly foreign: number;
}

/** The design that is built. */
export const sound: Design = {
  lock: true,
  leaseOutlivesRun: true,
  intent: true,
  compareAndSwap: true,
  feedback: true,
  foreign: 0,
};

/** Where a run is: the effect that comes next. */
export type Step =
  | 'look'
  | 'lease'
  | 'decide'
  | 'release'
  | 'recall ticket'
  | 'recall token'
  | 'note token'
  | 'token call'
  | 'store token'
  | 'note ticket'
  | 'ticket call'
  | 'store ticket'
  | 'note label'
  | 'move label'
  | 'clear'
  | 'close'
  | 'ended'
  | 'dead';

/** A run and what it knows. Numbers stand for things in the order they were made; 0 is none. */
export interface Delivery {
  readonly step: Step;
  /** The generation that it makes. */
  readonly generation: number;
  /** What it read under the lease: the generation in force, the one that was reported, and the one begun for. */
  readonly from: number;
  readonly suspect: number;
  readonly spent: number;
  readonly token: number;
  readonly ticket: number;
  /** Whether it opened the intent, and whether it fetched its token itself. */
  readonly opened: boolean;
  readonly ownToken: boolean;
}

/** Everything at one moment. */
export interface State {
  /** The newest token, and the newest ticket made with it. */
  readonly upstream: { readonly token: number; readonly ticket: number; readonly tickets: number };
  readonly current: { readonly generation: number; readonly ticket: number };
  /** Versions that were stored and are not in force: generation and ticket. */
  readonly held: readonly (readonly [generation: number, ticket: number])[];
  readonly token: { readonly generation: number; readonly token: number };
  readonly item: {
    /** Its last holder; it may have ended under it. */
    readonly lease: number;
    readonly leaseEnded: boolean;
    readonly intent: { readonly owner: number; readonly generation: number } | null;
    readonly suspect: number;
    /** The reported generation for which a refresh has begun. */
    readonly spent: number;
  };
  readonly deliveries: readonly Delivery[];
  readonly foreign: number;
}

/** A tick that has not come yet. */
export const waiting: Delivery = {
  step: 'look',
  generation: 0,
  from: 0,
  suspect: 0,
  spent: 0,
  token: 0,
  ticket: 0,
  opened: false,
  ownToken: false,
};

/** A ticket that was reported as bad, and so many ticks ahead. */
export const initial = (deliveries: number, { foreign }: Design): State => ({
  upstream: { token: 1, ticket: 1, tickets: 1 },
  current: { generation: 1, ticket: 1 },
  held: [],
  token: { generation: 1, token: 1 },
  item: { lease: -1, leaseEnded: false, intent: null, suspect: 1, spent: 0 },
  deliveries: Array.from({ length: deliveries }, () => waiting),
  foreign,
});

/** Whether the upstream takes the ticket in force. */
export const alive = ({ upstream, current }: State): boolean => current.ticket === upstream.ticket;
/** Whether a tick would refresh. */
export const due = ({ item, current }: State): boolean =>
  item.intent !== null || (item.suspect >= current.generation && item.spent < item.suspect);
/** Whether a run is over. */
export const over = ({ step }: Delivery): boolean => step === 'ended' || step === 'dead';
/** Whether a run has begun. */
export const begun = (delivery: Delivery): boolean => delivery.step !== 'look';
/** Whether nobody is at work. */
export const quiet = ({ deliveries }: State): boolean => deliveries.every((one) => over(one) || !begun(one));
/** A dead ticket that no reader will report: the report of this generation has been used up. */
const unheard = ({ item, current }: State, { feedback }: Design): boolean =>
  !feedback || item.suspect >= current.generation;
/** A dead ticket, and nothing that would replace it. */
export const lost = (state: State, design: Design): boolean =>
  quiet(state) && !alive(state) && !due(state) && unheard(state, design);
/** The ticket works, and nothing is left to do. */
export const healed = (state: State): boolean => quiet(state) && alive(state) && !due(state);

/** All of them. */
export const steps: readonly Step[] = [
  ...([
    'look',
    'lease',
    'decide',
    'release',
    'recall ticket',
    'recall token',
    'note token',
    'token call',
    'store token',
  ] as const),
  ...(['note ticket', 'ticket call', 'store ticket', 'note label', 'move label', 'clear', 'close'] as const),
  ...(['ended', 'dead'] as const),
];

/** A state as a text that only equal states share. */
export function keyOf({ upstream, current, held, token, item, deliveries, foreign }: State): string {
  const { lease, leaseEnded, intent, suspect, spent } = item;
  const numbers = [
    ...Object.values(upstream),
    ...Object.values(current),
    ...Object.values(token),
    lease,
    leaseEnded,
    intent?.owner ?? -1,
    intent?.generation ?? 0,
    suspect,
    spent,
    foreign,
    ...deliveries.flatMap(({ step, ...rest }) => [steps.indexOf(step), ...Object.values(rest)]),
    ...held.flat(),
  ];
  // Each number fits into a character.
  return String.fromCharCode(...numbers.map((number) => Number(number) + 1));
}
