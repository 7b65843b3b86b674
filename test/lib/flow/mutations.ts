/** Mutated answers against the real handlers: whatever the upstream says, nothing is claimed that is not known. */

import { createBreaker } from '../../../lib/flow/breaker.ts';
import type { Context } from '../../../lib/flow/context.ts';
import { operationHandler } from '../../../lib/http/handler.ts';
import { problems } from '../../../lib/http/problems.ts';
import { createLog } from '../../../lib/log.ts';
import { operations } from '../../../lib/operations/index.ts';
import type { Ledger } from '../../../lib/orders/ledger.ts';
import { profiles } from '../../../lib/profiles.ts';
import { dice } from '../../campaign/dice.ts';
import { nobodyElse } from '../../support/nobody.ts';
import { memoryObjects } from '../../support/objects.ts';
import { fullInput, named } from '../request/inputs.ts';
import { documented } from './mutations-answers.ts';
import { canary, mutate, type Reply } from './mutations-mutate.ts';
import { judge, outcomesOf, type Verdict } from './mutations-oracle.ts';

const orderNo = 'MUT0000001';

/** What a call came to. */
interface Seen {
  readonly result?: { outcome: string; billed: string; upstream: { code: string; bizSeqNo: string | null } };
  readonly problem?: Record<string, unknown> & { type: string; billed: string };
  /** How the order ended in the ledger. */
  readonly ends: readonly string[];
  readonly sends: number;
  readonly lines: readonly string[];
}

/** A context whose upstream always answers the same, and whose ledger writes down what it is told. */
function surroundings(reply: Reply) {
  const [ends, lines]: [string[], string[]] = [[], []];
  let [sends, clock] = [0, Date.parse('2026-01-05T02:00:00Z')];
  const now = () => clock;
  const ended = (state: string) => async () => ends.push(state) > 0;
  const ledger = {
    read: async () => null,
    look: async () => null,
    claim: async () => ({ kind: 'mine' }),
    end: (_orderNo: string, _attemptId: string, state: string) => ended(state)(),
    giveUp: ended('unknown'),
    notProcessed: ended('not-processed'),
    resend: async () => true,
  } as unknown as Ledger;
  const ticket = { ticket: 'T'.repeat(64), generation: 1, fetchedAt: now(), expireIn: 3600 } as never;
  const context: Context = {
    stage: 'test',
    profile: profiles.tencentcloud,
    appId: 'TIDATEST',
    policy: {
      similarity: { match: 70, approve: 80 },
      challengeMaxAge: 300,
      isolateCallers: true,
      externalOrders: 'allow',
    },
    ledger,
    tickets: { read: async () => ticket, reread: async () => ticket },
    reportTicket: async () => {},
    verifications: {} as never,
    ...nobodyElse,
    staging: { records: {} as never, objects: memoryObjects() },
    fingerprintKey: async () => 'synthetic-fingerprint-key',
    upstream: {
      send: async () => {
        sends += 1;
        return reply;
      },
      close: async () => {},
    },
    now,
    sleep: async (milliseconds) => {
      clock += milliseconds;
    },
    random: () => 0.5,
    newId: () => 'attempt',
    log: createLog((line) => lines.push(line), now),
    breaker: createBreaker(now),
  };
  return { context, ends, lines, sends: () => sends };
}

const lambda = { awsRequestId: 'mutation', getRemainingTimeInMillis: () => 28_000 } as never;

async function call(name: string, input: object, reply: Reply): Promise<Seen> {
  const { context, ends, lines, sends } = surroundings(reply);
  const handler = operationHandler(named(name), undefined, () => context);
  const told = await handler({ caller: 'alice', input } as never, lambda).then(
    (result) => ({ result }) as Pick<Seen, 'result'>,
    (error: Error) => ({ problem: JSON.parse(error.message) }) as Pick<Seen, 'problem'>,
  );
  return { ...told, ends, sends: sends(), lines };
}

/** What is wrong with what a call said; null when nothing is. */
function complaint(name: string, reply: Reply, input: Record<string, unknown>, seen: Seen): string | null {
  const { creates } = named(name);
  const known = documented[name]!;
  const verdict = judge(reply, orderNo, known);
  const { result, problem, ends } = seen;
  if (creates && (ends.length !== 1 || seen.sends !== 1)) return `ended ${ends.join('+')}, ${seen.sends} sends`;
  if (result) {
    const { outcome } = result;
    if (creates && ends[0] !== 'succeeded') return `an outcome of an order that is ${ends[0]}`;
    if (verdict === 'negative') return outcome === known.outcome ? 'a "no" became a "yes"' : null;
    if (verdict !== 'positive') return `${outcome} out of an answer that is ${verdict}`;
    const allowed = outcomesOf(name, reply, input, known.outcome);
    return allowed.includes(outcome) ? null : `${outcome} instead of ${allowed.join(' or ') || 'unknown'}`;
  }
  const state: Readonly<Record<Verdict, string>> = {
    unknown: 'unknown',
    refused: 'rejected',
    'not-processed': 'not-processed',
    // A success that decides nothing.
    positive: 'unknown',
    negative: 'succeeded',
  };
  const lost = verdict === 'negative' || (verdict === 'positive' && outcomesOf(name, reply, input, known.outcome)[0]);
  if (lost) return `a ${verdict} answer was lost`;
  if (!creates) return problem!.billed === 'no' ? null : 'a reading call that costs';
  if (ends[0] !== state[verdict]) return `${ends[0]} instead of ${state[verdict]}`;
  return ends[0] === 'unknown' && problem!.billed !== 'unknown' ? `unknown, but billed ${problem!.billed}` : null;
}

const members =
  'type title status detail instance orderNo billed retry upstream reason action messageZh messageEn'.split(' ');

/** Upstream bytes in what Signet says itself. */
function foreign({ result, problem, lines }: Seen): string | null {
  const trace = result?.upstream ?? (problem?.upstream as { code: string; bizSeqNo: string | null } | undefined);
  if (trace && !/^[A-Za-z0-9._-]{1,64}$/.test(trace.code)) return 'the code';
  if (trace?.bizSeqNo && !/^[A-Za-z0-9]{1,64}$/.test(trace.bizSeqNo)) return 'bizSeqNo';
  if (problem) {
    const { title, detail } = problems[problem.type.replace('urn:signet:problem:', '') as keyof typeof problems];
    if (problem.title !== title || problem.detail !== detail) return 'the texts of a problem';
    if (Object.keys(problem).some((key) => !members.includes(key))) return 'the members of a problem';
  }
  const said = `${JSON.stringify(problem ?? null)}${lines.join('')}`;
  const ascii = lines.every((line) => /^[\x20-\x7e]*\n$/.test(line));
  return !ascii || /canary|<b>|\u2718/.test(said) ? canary.slice(1, 7) : null;
}

/** What a run came to. */
export interface Ran {
  readonly seed: number;
  readonly runs: number;
  /** How often the oracle said what. */
  readonly verdicts: Readonly<Record<string, number>>;
  /** What was wrong, with the answer it was wrong about; the first few of each kind. */
  readonly complaints: readonly string[];
}

const prototype = () => Object.getOwnPropertyNames(Object.prototype).sort().join();

/** Mutates answers `runs` times; the same seed gives the same answers. */
export async function mutateAnswers(runs: number, seed: number): Promise<Ran> {
  const roll = dice(seed);
  const verdicts: Record<string, number> = {};
  const complaints = new Map<string, string>();
  const before = prototype();
  const inputs = new Map(operations.map((operation) => [operation.name, fullInput(operation, 'tencentcloud')]));
  for (let run = 0; run < runs; run += 1) {
    const { name, order } = operations[run % operations.length]!;
    const person = { ...inputs.get(name)!, ...(order.kind === 'traces' ? {} : { orderNo }) };
    const { answer } = documented[name]!;
    const reply = mutate(order.kind === 'traces' ? withPerson(answer, person) : answer, orderNo, roll);
    const verdict = judge(reply, orderNo, documented[name]!);
    verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
    const wrong = await call(name, person, reply).then(
      (seen) => complaint(name, reply, person, seen) ?? (foreign(seen) ? `foreign: ${foreign(seen)}` : null),
      (error: unknown) => `threw ${String(error)}`,
    );
    const polluted = prototype() !== before ? 'Object.prototype changed' : null;
    const both = wrong ?? polluted;
    if (both)
      complaints.set(
        `${name}: ${both}`,
        `${name}: ${both} (run ${run}) ${reply.status} ${reply.body.toString()}`.slice(0, 600),
      );
  }
  return { seed, runs, verdicts, complaints: [...complaints.values()] };
}

/** The answer about the person who was asked about: anybody else is no consent. */
function withPerson(answer: object, { name, idNo }: Record<string, unknown>): object {
  const { result } = answer as { result: object };
  return { ...answer, result: { ...result, name, idNo } };
}
