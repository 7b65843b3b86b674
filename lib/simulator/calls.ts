/** One call of an operation, from the door to the outcome. */
import { classify } from '../codes/classify.ts';
import type { Operation } from '../operation.ts';
import { writeAnswer } from './answers.ts';
import { countCost } from './books.ts';
import { executes, type Fault } from './faults.ts';
import { checkFields } from './field-checks.ts';
import { admit, readCall } from './front-door.ts';
import { magicIdNumbers, smallValues, type Wish, wishOf } from './magic.ts';
import {
  claim,
  countAttempt,
  idNoOf,
  isAboutConsent,
  isExhausted,
  record,
  recordConsent,
  requireChallenge,
} from './orders.ts';
import { type Outcome, refusal } from './outcome.ts';
import { answerQuestion } from './questions.ts';
import { digits } from './random.ts';
import type { Step } from './state.ts';
import { Refusal, type SimulatorRequest, textOf, type Upstream, type Values } from './upstream.ts';

/** Answers a call; `fault` is what the settings have in store for it. */
export function answerCall(
  upstream: Upstream,
  operation: Operation,
  request: SimulatorRequest,
  fault?: Fault,
): Outcome {
  try {
    const values = readCall(upstream, operation, request);
    const orderNo = admit(upstream, operation, values);
    checkFields(operation, upstream.profile.name, values);
    const wish = wishOf(operation, values, isAboutConsent(upstream, operation));
    const outcome = operation.creates
      ? execute(upstream, operation, orderNo, values, wish, fault ?? wish.fault)
      : answerQuestion(upstream, operation, orderNo, values, wish);
    return { orderNo, drop: wish.drop, fault: fault ?? wish.fault, ...outcome };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { ...refusal(error), fault };
  }
}

/** Whether the photo is compared with the authority's and not with a supplied one. */
function asksAuthority(operation: Operation, values: Values): boolean {
  const reference = Object.values(operation.result).find(({ kind }) => kind === 'reference');
  if (reference?.kind !== 'reference') return false;
  return reference.from === undefined || textOf(operation, values, reference.from) === undefined;
}

function naturalCode(upstream: Upstream, operation: Operation, values: Values): string {
  const idNo = idNoOf(operation, values);
  if (operation.family !== 'face' || idNo === undefined) return '0';
  if (isExhausted(upstream, idNo)) return '66660017';
  return (asksAuthority(operation, values) ? magicIdNumbers.get(idNo) : undefined) ?? '0';
}

/** Digits to read aloud, for the operation that another one continues. */
function freshDigits({ operations, random }: Upstream, operation: Operation): Record<string, string> {
  if (!operations.some(({ order }) => order.kind === 'continues' && order.from === operation.name)) return {};
  const texts = Object.entries(operation.result).flatMap(([name, leaf]): [string, string][] =>
    leaf.kind === 'text' && /^\d+$/.test(String(leaf.raw)) ? [[name, digits(String(leaf.raw).length, random)]] : [],
  );
  return Object.fromEntries(texts);
}

/** Answered at the door: nothing was worked on, and the order number is not used up. */
const atTheDoor: readonly string[] = ['auth', 'config', 'rate', 'transient'];

function execute(
  upstream: Upstream,
  operation: Operation,
  orderNo: string,
  values: Values,
  wish: Wish,
  fault: Fault | undefined,
): Outcome {
  const repeated = claim(upstream, operation, orderNo);
  if (repeated) return resultOf(operation, repeated);
  requireChallenge(upstream, operation, orderNo, values);
  if (fault && !executes(fault)) return refusal({ code: fault.code ?? '999999', named: undefined });

  const asked = fault?.kind === 'code' ? undefined : wish.code;
  const code = asked ?? naturalCode(upstream, operation, values);
  const { class: codeClass, billed } = classify(operation.family, code);
  if (atTheDoor.includes(codeClass)) return refusal({ code, named: undefined });

  const step: Omit<Step, 'calls' | 'charged'> = {
    at: upstream.now(),
    code,
    sent: smallValues(operation, values),
    values: { ...freshDigits(upstream, operation), ...wish.values },
    subject: idNoOf(operation, values),
  };
  const calls = fault?.kind === 'duplicate' ? 2 : 1;
  record(upstream, operation, orderNo, step, calls, billed === 'yes' ? calls : 0);
  countCost(upstream.state, billed, operation.name, code, calls);
  if (operation.family === 'face' && step.subject !== undefined) countAttempt(upstream, step.subject);
  if (code === '0' && isAboutConsent(upstream, operation)) recordConsent(upstream, operation, values);
  return resultOf(operation, step);
}

function resultOf(operation: Operation, step: Pick<Step, 'at' | 'code' | 'sent' | 'values'>): Outcome {
  const { at, code, sent, values } = step;
  if (code !== '0') return { code, values: {}, refused: false };
  // An alias of null: the upstream always answers the pictures, asked or not.
  const files = operation.wire.alias?.files === null;
  return { code, values: writeAnswer(operation, { creator: operation, sent, values, at, files }), refused: false };
}
