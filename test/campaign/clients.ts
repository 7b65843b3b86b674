/** Clients: they ask, ask again at once or when they are told to, and some of them twice at the same time. */
import { type Judge, slugOf } from './answers.ts';
import type { Dice } from './dice.ts';
import type { Seen } from './events.ts';
import { type Gateway, operationOf } from './gateway.ts';
import { intruderOf, type Wanted } from './orders.ts';
import type { Timeline } from './timeline.ts';

const second = 1_000;
/** API Gateway waits no longer. */
const gatewayTimeout = 29 * second;

/** What clients need. */
export interface ClientParts {
  readonly gateway: Gateway;
  readonly timeline: Timeline;
  readonly dice: Dice;
  readonly judge: Judge;
  /** Most calls that one client makes of one order. */
  readonly patience: number;
  /** None waits as it is told; else some do. */
  readonly blind: boolean;
  /** All clients of an order begin at the same time. */
  readonly rush?: boolean;
  /** Counts a request. */
  readonly count: () => void;
}

/** One client that wants an order. It tries again after 409, 5xx and no answer; `done` is told when it has an answer. */
export function client(parts: ClientParts, wanted: Wanted, name: string, done: () => void = () => {}): void {
  const { gateway, timeline, dice, judge, patience, count } = parts;
  const obedient = dice.chance(0.5) && !parts.blind;

  function ask(tries: number): void {
    count();
    timeline.note(`${name} asks for ${wanted.operation.name} ${wanted.orderNo} (${tries})`);
    const { run, reply } = gateway.post(`${name}x${tries}`, wanted.operation, wanted.input, wanted.caller);
    let waiting = true;
    const again = (delay: number) => {
      if (tries < patience) timeline.after(delay, '', () => ask(tries + 1));
    };
    const answered = (seen: Seen): void => {
      judge.judge(seen, wanted, run);
      const { status, body } = seen;
      const what = status === 200 ? body.outcome : slugOf(body);
      timeline.note(`${run.name} answers ${status} ${what}${waiting ? '' : ', to nobody'}`);
      if (!waiting) return;
      waiting = false;
      done();
      if (status < 500 && status !== 409) return;
      again(obedient ? (body.retry.afterSeconds ?? 1) * second : dice.between(0, 3 * second));
    };
    reply.then(answered).catch((error: unknown) => judge.broken(`${run.name}: ${(error as Error).stack}`));
    timeline.after(gatewayTimeout, '', () => {
      if (!waiting) return;
      waiting = false;
      timeline.note(`${run.name} gets 504 from API Gateway`);
      again(dice.between(0, 5 * second));
    });
  }
  ask(1);
}

/** Somebody who looks at the order, and reads its result if it can be read. */
function reader({ gateway, timeline, judge, count }: ClientParts, wanted: Wanted, name: string, delay: number): void {
  const { orderNo, caller, operation } = wanted;
  const query = 'query' in operation.order ? operationOf(operation.order.query!) : undefined;
  const broken = (error: unknown) => judge.broken(`${name}: ${(error as Error).stack}`);
  timeline.after(delay, '', () => {
    count();
    const { run, reply } = gateway.get(`${name}v`, undefined, orderNo, caller);
    reply.then((seen) => judge.judgeView(seen, wanted, run)).catch(broken);
  });
  if (query?.order.kind !== 'reads') return;
  timeline.after(delay, '', () => {
    count();
    const { run, reply } = gateway.get(`${name}q`, query, orderNo, caller);
    reply.then((seen) => judge.judgeReading(seen, { ...wanted, operation: query }, run.name)).catch(broken);
  });
}

/**
 * The clients of an order: duplicates, now and then an intruder, and then those of the order that continues it.
 *
 * @param then is told when the last of the orders has an answer
 */
export function clientsOf(parts: ClientParts, steps: readonly Wanted[], then: () => void = () => {}): void {
  const { timeline, dice } = parts;
  const [wanted, ...rest] = steps;
  if (!wanted) {
    then();
    return;
  }
  const duplicates = dice.weighted([
    [3, 1],
    [3, 2],
    [2, 3],
    [1, 4],
    [1, 5],
  ]);
  const spread = dice.one([0, 100, 2 * second, 40 * second, 330 * second]);
  let over = false;
  const next = () => {
    if (over) return;
    over = true;
    clientsOf(parts, rest, then);
  };
  const step = `${wanted.orderNo}${rest.length > 0 ? 'p' : ''}`;
  for (let index = 0; index < duplicates; index += 1) {
    const begin = dice.between(0, spread);
    timeline.after(parts.rush ? 0 : begin, '', () => client(parts, wanted, `${step}${'abcde'[index]}`, next));
  }
  if (dice.chance(0.4)) reader(parts, wanted, `${step}r`, dice.between(0, 120 * second));
  if (dice.chance(0.15)) {
    const intruder = intruderOf(dice, wanted);
    timeline.after(dice.between(0, 60 * second), '', () => client({ ...parts, patience: 2 }, intruder, `${step}i`));
  }
}
