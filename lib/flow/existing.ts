/** Orders that exist already: to them no limit, ticket, breaker or media matters, the record alone. */
import { Problem, type ProblemFacts } from '../http/problem.ts';
import type { ProblemSlug } from '../http/problems.ts';
import type { Verdict } from '../orders/replay.ts';
import type { Answered } from './answer.ts';
import { looked, type Prepared } from './prepare.ts';
import { replay } from './replay.ts';
import { settleByInput } from './settle.ts';

/** What a call can learn about the order of its number. */
export interface Existing {
  /** What an order that exists answers; null when there is none, or one that this call may run. */
  look(): Promise<Verdict | null>;
  /** Answers from the record. @throws Problem */
  answer(verdict: Verdict): Promise<Answered>;
  /** Refuses the call, unless its order exists: then the record answers. @throws Problem */
  refuse(slug: ProblemSlug, facts?: ProblemFacts): Promise<Answered>;
}

/** The order of a prepared call. All methods throw Problem `ledger-unavailable` as well. */
export function existingOrder({ about, given, attempt }: Prepared): Existing {
  const { request, context } = about;
  const { orderNo } = request;
  const read = () => looked(() => context.ledger.look({ ...attempt, orderNo }), orderNo);

  async function look(): Promise<Verdict | null> {
    const verdict = given ? await read() : null;
    return verdict && verdict.kind !== 'rerun' && verdict.kind !== 'continue' ? verdict : null;
  }

  async function answer(verdict: Verdict): Promise<Answered> {
    const settled = await settleByInput(verdict, about);
    return replay(settled ? ((await read()) ?? verdict) : verdict, about);
  }

  return {
    look,
    answer,
    async refuse(slug, facts = {}) {
      const verdict = await look();
      if (!verdict) throw new Problem(slug, { orderNo, ...facts });
      return answer(verdict);
    },
  };
}
