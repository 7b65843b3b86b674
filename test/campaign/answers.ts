/** What must be true of every answer that a client gets. */
import { classify } from '../../lib/codes/classify.ts';
import { type ProblemSlug, problems } from '../../lib/http/problems.ts';
import type { OrderRecord } from '../../lib/orders/record.ts';
import type { Seen } from './events.ts';
import type { FilesOracle } from './files.ts';
import type { Oracle } from './oracle.ts';
import type { Wanted } from './orders.ts';
import type { Run } from './process.ts';
import type { Truth } from './truth.ts';

/** Judges answers. */
export interface Judge {
  /** `run` is the one that answered. */
  readonly judge: (reply: Seen, wanted: Wanted, run: Run) => void;
  /** The same for an order that was looked up. */
  readonly judgeView: (reply: Seen, wanted: Wanted, run: Run) => void;
  /** The same for a result that was read. */
  readonly judgeReading: (reply: Seen, wanted: Wanted, by: string) => void;
  /** A handler that throws instead of answering. */
  readonly broken: (what: string) => void;
  /** Looks again, at the end, at what was said to be free. */
  readonly atTheEnd: () => void;
  /** How often each kind of answer was given. */
  readonly answers: Map<string, number>;
}

/** The slug of a problem document. */
export const slugOf = (body: { type?: string }): string => (body.type ?? '').replace('urn:signet:problem:', '');

/** Problems that speak of the order as its record has it, not of the request. */
const ofTheOrder: readonly string[] = ['order-not-charged', 'order-unresolved', 'result-not-replayable'];

/** States that no order leaves. */
const final: readonly string[] = ['rejected', 'not-charged', 'unresolved'];

/** How many milliseconds a write may take to the table. */
const onTheWay = 1_500;

/** Problems with staged files. */
const ofTheFiles: readonly string[] = ['media-invalid', 'media-used', 'media-unavailable'];

/** A judge of one schedule. */
export function createJudge(
  oracle: Oracle,
  truth: Truth,
  recordOf: (orderNo: string) => OrderRecord | undefined,
  files: Pick<FilesOracle, 'broke'>,
): Judge {
  const answers = new Map<string, number>();
  const first = new Map<string, string>();
  const saidFree = new Set<string>();
  const refused = new Set<string>();

  function judgeResult({ body }: Seen, { orderNo, operation }: Wanted, wrong: (what: string) => void): void {
    const { code } = body.upstream;
    const { class: codeClass, outcome, billed } = classify(operation.family, code);
    if (body.status !== 'succeeded' || body.orderNo !== orderNo || body.operation !== operation.name) wrong('identity');
    if (!oracle.said(orderNo, operation.name).has(code)) wrong(`code ${code} was never said`);
    if (truth.cost(orderNo, operation.name).calls === 0) wrong('nothing was worked on');
    if (codeClass === 'negative' ? body.outcome !== outcome : codeClass !== 'positive')
      wrong(`outcome ${body.outcome}`);
    if (body.billed !== billed) wrong(`billed ${body.billed}`);
    if (!recordOf(orderNo)) wrong('no record');
    const key = `${orderNo} ${operation.name}`;
    const said = JSON.stringify([body.outcome, body.reason, body.billed, code]);
    if ((first.get(key) ?? said) !== said) wrong(`${first.get(key)} before, ${said} now`);
    first.set(key, said);
  }

  function judgeProblem(
    { status, headers, body }: Seen,
    wanted: Wanted,
    by: string,
    wrong: (what: string) => void,
  ): void {
    const { orderNo, operation } = wanted;
    const slug = slugOf(body) as ProblemSlug;
    const kind = problems[slug];
    if (headers['content-type'] !== 'application/problem+json' || !kind) {
      wrong('not a problem document');
      return;
    }
    if (slug === 'internal') wrong('an internal error');
    const { title, detail, retry } = kind;
    if (body.status !== status || status !== kind.status) wrong('status');
    if (body.title !== title || body.detail !== detail || body.instance !== 'urn:signet:request:campaign')
      wrong('text');
    if (body.retry.sameOrder !== retry.sameOrder) wrong('retry.sameOrder');
    const { afterSeconds } = body.retry;
    if (headers['retry-after'] !== (afterSeconds === undefined ? undefined : String(afterSeconds)))
      wrong('retry-after');
    const { charged } = truth.cost(orderNo, operation.name);
    if (body.billed === 'yes' && charged === 0) wrong('billed yes, nothing charged');
    if (body.billed === 'no') saidFree.add(by);
    const free = ofTheOrder.includes(slug) && body.billed === 'no';
    if (free && truth.mayHaveCost(orderNo, operation.name)) wrong('billed no, but perhaps charged');
    const expected = billedBy(slug, wanted, body.upstream?.code);
    // An order that is known to have cost something says so, whatever keeps its result from being read again.
    const record = recordOf(orderNo);
    const known = record?.state === 'succeeded' && body.billed === record.billed;
    const question = !operation.creates && body.billed === 'no';
    if (body.billed !== expected && !known && !question) {
      wrong(`billed ${body.billed} instead of ${expected}`);
    }
  }

  function billedBy(slug: ProblemSlug, { orderNo, operation }: Wanted, code: string | undefined): string | undefined {
    const { billed } = problems[slug];
    // In these schedules no result is so large that the bucket could fail it.
    if (slug === 'media-unavailable') return 'no';
    if (billed === 'by record') return recordOf(orderNo)?.billed;
    const byCode = billed === 'by code' || (code !== undefined && slug !== 'ticket-unavailable');
    if (!byCode) return billed;
    return code !== undefined && oracle.said(orderNo, operation.name).has(code)
      ? classify(operation.family, code).billed
      : 'a code that was said';
  }

  return {
    answers,
    judge(reply, wanted, run) {
      const by = run.name;
      const slug = reply.status === 200 ? '200' : slugOf(reply.body);
      answers.set(slug, (answers.get(slug) ?? 0) + 1);
      const wrong = (what: string) => oracle.blame('wrong-answer', `${by} ${wanted.orderNo} ${slug}: ${what}`);
      if (reply.status === 200) judgeResult(reply, wanted, wrong);
      else judgeProblem(reply, wanted, by, wrong);
      if (!ofTheFiles.includes(slug)) return;
      const { endedAt = run.startedAt, operation, state } = recordOf(wanted.orderNo) ?? {};
      const repeat = operation === wanted.operation.name && state !== 'not-processed';
      if (endedAt < run.startedAt && repeat) wrong(`the order was ${state} before`);
      // A second send, after a refused ticket, has an order and needs its files again; so has a call whose file broke off.
      if (truth.ticketRefusals(by) === 0 && !files.broke(by)) refused.add(by);
    },
    judgeView({ status, body }, { orderNo, caller }, { name, startedAt }) {
      const record = recordOf(orderNo);
      const wrong = (what: string) => oracle.blame('wrong-answer', `${name} shows ${orderNo}: ${what}`);
      const there = record?.caller.endsWith(`/${caller}`) && record.createdAt + onTheWay < startedAt;
      if (status === 404 ? there : status !== 200 && status !== 503) wrong(`status ${status}`);
      if (status !== 200) return;
      if (final.includes(body.state) && body.state !== record?.state) wrong(`${body.state}, not ${record?.state}`);
      if (body.operation === record?.operation && body.state === record?.state && body.billed !== record?.billed) {
        wrong(`billed ${body.billed}`);
      }
    },
    judgeReading(reply, wanted, by) {
      const { status, body } = reply;
      const wrong = (what: string) => oracle.blame('wrong-answer', `${by} reads ${wanted.orderNo}: ${what}`);
      const { order } = wanted.operation;
      const worked = order.kind === 'reads' ? truth.cost(wanted.orderNo, order.of).calls : 0;
      if (status === 404) return;
      if (status !== 200) judgeProblem(reply, wanted, by, wrong);
      else if (body.outcome === 'read' ? worked === 0 : body.outcome !== 'not-found') wrong(body.outcome);
    },
    broken: (what) => oracle.blame('wrong-answer', what),
    atTheEnd() {
      for (const { by, costly } of truth.executions) {
        if (costly && saidFree.has(by)) oracle.blame('wrong-answer', `${by} said billed no and was charged`);
      }
      for (const by of refused.intersection(oracle.claims)) {
        oracle.blame('refused-record', `${by} was refused for its media and has an order`);
      }
    },
  };
}
