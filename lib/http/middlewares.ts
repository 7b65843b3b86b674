/** The three middlewares. The stock parser and error handler are not used, because they write bodies into logs. */
import type { Request as MiddyRequest } from '@middy/core';
import type { APIGatewayProxyResult, Context as LambdaContext } from 'aws-lambda';
import type { Call, Context } from '../flow/context.ts';
import { errorFields, type LogFields } from '../log.ts';
import { type InvocationEvent, isHttp, requestIdOf, toCall } from './invocation.ts';
import { Problem, problemDocument } from './problem.ts';
import type { ProblemSlug } from './problems.ts';

/** What a run hands back: a JSON body, whether it came from a record, and what the log may say about it. */
export interface Reply {
  readonly body: object;
  readonly replayed: boolean;
  readonly facts: LogFields;
  /** HTTP status, where it is not 200. */
  readonly status?: 200 | 202;
}

/** What the middlewares remember of one invocation. */
interface Memory {
  http: boolean;
  requestId: string;
  startedAt: number;
  facts: LogFields;
}

type Request = MiddyRequest<InvocationEvent | Call, unknown, Error, LambdaContext>;
const memory = ({ internal }: Request) => internal as unknown as Memory;

/** A problem as a direct invocation throws it: Step Functions catch it by name and read the document in the message. */
class DirectProblem extends Error {
  constructor(slug: ProblemSlug, document: unknown) {
    super(JSON.stringify(document));
    this.name = slug;
    this.stack = slug;
  }
}

const common = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
const replayedHeader = (replayed: boolean): Record<string, string> =>
  replayed ? { 'idempotent-replayed': 'true' } : {};

function httpReply({ body, replayed, status = 200 }: Reply): APIGatewayProxyResult {
  const headers = { 'content-type': 'application/json', ...common, ...replayedHeader(replayed) };
  return { statusCode: status, headers, body: JSON.stringify(body) };
}

function httpProblem(problem: Problem, requestId: string): APIGatewayProxyResult {
  const document = problemDocument(problem, requestId);
  const { afterSeconds } = document.retry;
  const headers = {
    'content-type': 'application/problem+json',
    ...common,
    ...(afterSeconds === undefined ? {} : { 'retry-after': String(afterSeconds) }),
    ...replayedHeader(problem.replayed),
  };
  return { statusCode: document.status, headers, body: JSON.stringify(document) };
}

function problemFacts({ slug, facts }: Problem): LogFields {
  const { orderNo, verificationId, billed, reason, upstream } = facts;
  const { status } = problemDocument(new Problem(slug), '');
  return {
    problem: slug,
    status,
    orderNo,
    verificationId,
    billed,
    reason,
    code: upstream?.code,
    bizSeqNo: upstream?.bizSeqNo,
  };
}

/** Writes one line for each invocation: what was called, how it ended, how long it took. */
export function accessLog(name: string, context: () => Context) {
  const write = (request: Request) => {
    const { requestId, startedAt, facts } = memory(request);
    context().log('info', 'call', { requestId, operation: name, ms: context().now() - startedAt, ...facts });
  };
  return {
    before(request: Request): void {
      const event = request.event as InvocationEvent;
      const requestId = requestIdOf(event, request.context);
      Object.assign(memory(request), { http: isHttp(event), requestId, startedAt: context().now(), facts: {} });
    },
    after: write,
    onError: write,
  };
}

/** Gives results and problems the form that the caller understands. */
export function replies(context: () => Context) {
  return {
    after(request: Request): void {
      const reply = request.response as Reply;
      const seen = memory(request);
      seen.facts = reply.facts;
      request.response = seen.http ? httpReply(reply) : reply.body;
    },
    onError(request: Request): void {
      const { error } = request;
      const seen = memory(request);
      const problem = error instanceof Problem ? error : new Problem('internal');
      if (problem !== error)
        context().log('error', 'internal-error', { requestId: seen.requestId, ...errorFields(error) });
      seen.facts = problemFacts(problem);
      if (seen.http) request.response = httpProblem(problem, seen.requestId);
      else request.error = new DirectProblem(problem.slug, problemDocument(problem, seen.requestId));
    },
  };
}

/** Makes the call out of the event. */
export function calls(route: string) {
  return {
    before(request: Request): void {
      request.event = toCall(route, request.event as InvocationEvent, request.context);
    },
  };
}
