/**
 * The refresher as a model: some deliveries of a tick, each a chain of effects that any other may come in between, any of
 * which may be the last. `ledger-explore.ts` walks through every order of events.
 *
 * The model is harder than the world in one point: no reason for a refresh outlives the first write of a run. So what
 * heals after a crash must be the intent, and nothing else. A ticket is dead as soon as a newer token was issued.
 */

import type { Model } from './ledger-explore.ts';
import {
  alive,
  begun,
  type Delivery,
  type Design,
  due,
  healed,
  initial,
  keyOf,
  lost,
  over,
  quiet,
  type State,
  type Step,
  waiting,
} from './tickets-state.ts';

/** Something that can happen, and what is then. */
export interface Transition {
  readonly name: string;
  /** The delivery that it happens to; -1 for the world. */
  readonly who: number;
  readonly state: State;
}

const ticketOf = ({ held, current }: State, generation: number): number =>
  current.generation === generation ? current.ticket : (held.find(([other]) => other === generation)?.[1] ?? 0);

type Outcome = readonly [name: string, change: Partial<State>, delivery: Partial<Delivery>];

/** What the next effect of a run may come to. */
function effects(state: State, me: number, design: Design): readonly Outcome[] {
  const { item, upstream, current } = state;
  const run = state.deliveries[me]!;
  const { step, generation } = run;
  const mine = !design.lock || item.lease === me;
  const go = (next: Step, change: Partial<State> = {}, more: Partial<Delivery> = {}, name: string = step): Outcome => [
    name,
    change,
    { ...more, step: next },
  ];
  const note = (next: Step, more: Partial<State['item']> = {}): readonly Outcome[] => {
    if (!mine) return [go('ended', {}, {}, `${step}: lease lost`)];
    const intent = design.intent ? { owner: me, generation } : null;
    return [go(next, { item: { ...item, intent, ...more } })];
  };
  const free = { ...item, lease: -1, leaseEnded: false };

  switch (step) {
    case 'look':
      return [due(state) ? go('lease') : go('ended', {}, {}, 'look: fresh')];
    case 'lease':
      if (!design.lock) return [go('decide')];
      if (item.lease !== -1 && !item.leaseEnded) return [go('ended', {}, {}, 'lease: busy')];
      return [go('decide', { item: { ...item, lease: me, leaseEnded: false } })];
    case 'decide': {
      if (!due(state)) return [go('release', {}, {}, 'decide: fresh')];
      const newest = Math.max(current.generation, item.intent?.generation ?? 0, item.suspect);
      const { suspect, spent } = item;
      const local = { from: current.generation, suspect, spent, generation: newest, opened: item.intent === null };
      return [
        item.intent ? go('recall ticket', {}, local) : go('note token', {}, { ...local, generation: newest + 1 }),
      ];
    }
    case 'release':
      return [mine ? go('ended', { item: free }) : go('ended', {}, {}, 'release: lease lost')];
    case 'recall ticket': {
      const ticket = ticketOf(state, generation);
      const belongs = ticket !== 0 && generation > run.suspect && generation >= run.from;
      return [belongs ? go('note label', {}, { ticket }) : go('recall token', {}, {}, 'recall ticket: none')];
    }
    case 'recall token': {
      const belongs = state.token.generation === generation && generation > run.suspect && generation >= run.from;
      return [
        belongs
          ? go('note ticket', {}, { token: state.token.token })
          : go('note token', {}, { generation: generation + 1 }, 'recall token: none'),
      ];
    }
    case 'note token':
      return note('token call', run.opened ? { spent: run.suspect } : {});
    case 'token call': {
      const token = upstream.token + 1;
      const issued = go(
        design.intent ? 'store token' : 'ticket call',
        { upstream: { ...upstream, token, ticket: 0 } },
        { token, ownToken: true },
      );
      return run.opened ? [issued, go('close', {}, {}, 'token call: refused')] : [issued];
    }
    case 'close':
      // Nothing was issued: the reason stands as before.
      if (!mine) return [go('ended', {}, {}, 'close: lease lost')];
      return [go('ended', { item: { ...item, intent: null, spent: run.spent } })];
    case 'store token':
      return [go('note ticket', { token: { generation, token: run.token } })];
    case 'note ticket':
      return note('ticket call');
    case 'ticket call': {
      if (run.token === upstream.token) {
        const ticket = upstream.tickets + 1;
        return [go('store ticket', { upstream: { ...upstream, ticket, tickets: ticket } }, { ticket })];
      }
      if (run.ownToken) return [go('ended', {}, {}, 'ticket call: refused')];
      return [go('note token', {}, { generation: generation + 1 }, 'ticket call: other token needed')];
    }
    case 'store ticket': {
      // Another text under the id of a version is refused.
      if (ticketOf(state, generation) !== 0) return [go('ended', {}, {}, 'store ticket: exists')];
      return [go(design.intent ? 'note label' : 'move label', { held: [...state.held, [generation, run.ticket]] })];
    }
    case 'note label':
      // Whoever goes on after the label has moved finds nothing left to move.
      return note(run.from === generation ? 'clear' : 'move label');
    case 'move label': {
      if (current.generation !== run.from && design.compareAndSwap) {
        const suspect = Math.max(generation, current.generation);
        const change = mine ? { item: { ...item, intent: null, suspect } } : {};
        return [go('ended', change, {}, 'move label: lost')];
      }
      const held = state.held.filter(([other]) => other > generation);
      return [go('clear', { current: { generation, ticket: run.ticket }, held })];
    }
    case 'clear': {
      if (!mine) return [go('ended', {}, {}, 'clear: lease lost')];
      const own = item.intent === null || item.intent.owner === me;
      return [go('ended', { item: { ...free, intent: own ? null : item.intent } })];
    }
    default:
      return [];
  }
}

const withDelivery = (state: State, me: number, change: Partial<State>, delivery: Partial<Delivery>): State => {
  const run = { ...state.deliveries[me]!, ...delivery };
  // What a run knew is no matter any more when it is over.
  return {
    ...state,
    ...change,
    deliveries: state.deliveries.with(me, over(run) ? { ...waiting, step: run.step } : run),
  };
};

/** Everything that can happen next. */
export function transitions(state: State, design: Design): readonly Transition[] {
  const found: Transition[] = [];
  for (const [me, delivery] of state.deliveries.entries()) {
    // Ticks that have not come are all alike: the first of them comes first.
    if (over(delivery) || (me > 0 && !begun(state.deliveries[me - 1]!))) continue;
    for (const [name, change, run] of effects(state, me, design)) {
      found.push({ name, who: me, state: withDelivery(state, me, change, run) });
    }
    if (begun(delivery)) found.push({ name: 'crash', who: me, state: withDelivery(state, me, {}, { step: 'dead' }) });
  }
  const { item, upstream } = state;
  const holder = state.deliveries[item.lease];
  if (holder && !item.leaseEnded && (over(holder) || !design.leaseOutlivesRun)) {
    found.push({ name: 'lease ends', who: -1, state: { ...state, item: { ...item, leaseEnded: true } } });
  }
  if (state.foreign > 0) {
    const next = {
      ...state,
      foreign: state.foreign - 1,
      upstream: { ...upstream, token: upstream.token + 1, ticket: 0 },
    };
    found.push({ name: 'foreign token', who: -1, state: next });
  }
  const { generation } = state.current;
  if (design.feedback && !alive(state) && item.suspect < generation) {
    found.push({ name: 'report', who: -1, state: { ...state, item: { ...item, suspect: generation } } });
  }
  return found;
}

/** Whether the ticks that are left heal it, if nothing goes wrong any more. */
export function heals(state: State, design: Design): boolean {
  let now = state;
  for (;;) {
    const [next] = transitions(now, design).filter(({ name }) => name !== 'crash' && name !== 'foreign token');
    const report = transitions(now, design).find(({ name }) => name === 'report' || name === 'lease ends');
    const after = quiet(now) ? (report ?? next) : next;
    if (!after) return healed(now);
    now = after.state;
  }
}

/** The model of so many ticks, for {@link explore}. */
export const ticketsModel = (deliveries: number, design: Design): Model<State> => ({
  initial: initial(deliveries, design),
  key: keyOf,
  next: (state) =>
    transitions(state, design).map(({ name, who, state: after }) => ({
      event: who < 0 ? name : `${who + 1}: ${name}`,
      took: name,
      state: after,
    })),
  wrong(state) {
    if (lost(state, design)) return 'a dead ticket, and nothing that would replace it';
    const ahead = state.deliveries.filter((delivery) => !over(delivery)).length;
    // Each foreign token may make worthless what a tick has just made.
    const enough = quiet(state) && ahead > design.foreign - state.foreign;
    return enough && !heals(state, design) ? 'the ticks that are left do not heal it' : undefined;
  },
  over: healed,
});
