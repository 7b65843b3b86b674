/** What API Gateway answers by itself, in the shape of all problems. Data only; the texts are those of `lib/http/problems.ts`. */
import { Problem, type ProblemFacts, problemDocument } from '../lib/http/problem.ts';
import type { ProblemSlug } from '../lib/http/problems.ts';

/** The problem that one of API Gateway's response types stands for. */
export interface GatewayProblem {
  readonly slug: ProblemSlug;
  /** What the call cost, where API Gateway knows better than the kind of problem says. */
  readonly billed?: ProblemFacts['billed'];
}

/** By API Gateway's response type; every type is there, so that no answer has another shape. */
export const gatewayProblems: Readonly<Record<string, GatewayProblem>> = {
  DEFAULT_4XX: { slug: 'invalid-request' },
  BAD_REQUEST_BODY: { slug: 'malformed-json' },
  BAD_REQUEST_PARAMETERS: { slug: 'invalid-request' },
  UNAUTHORIZED: { slug: 'unauthenticated' },
  ACCESS_DENIED: { slug: 'forbidden' },
  EXPIRED_TOKEN: { slug: 'forbidden' },
  INVALID_API_KEY: { slug: 'forbidden' },
  INVALID_SIGNATURE: { slug: 'forbidden' },
  // Also an unknown route or method: a REST API answers those like an unsigned request.
  MISSING_AUTHENTICATION_TOKEN: { slug: 'forbidden' },
  WAF_FILTERED: { slug: 'forbidden' },
  RESOURCE_NOT_FOUND: { slug: 'not-found' },
  REQUEST_TOO_LARGE: { slug: 'payload-too-large' },
  UNSUPPORTED_MEDIA_TYPE: { slug: 'unsupported-media-type' },
  THROTTLED: { slug: 'rate-limited' },
  QUOTA_EXCEEDED: { slug: 'rate-limited' },
  // Before any function ran.
  API_CONFIGURATION_ERROR: { slug: 'internal', billed: 'no' },
  AUTHORIZER_CONFIGURATION_ERROR: { slug: 'internal', billed: 'no' },
  AUTHORIZER_FAILURE: { slug: 'internal', billed: 'no' },
  // A function was called and may have sent the order.
  DEFAULT_5XX: { slug: 'internal' },
  INTEGRATION_FAILURE: { slug: 'internal' },
  INTEGRATION_TIMEOUT: { slug: 'upstream-timeout' },
};

/** One answer as API Gateway wants it. */
export interface GatewayAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON in which API Gateway replaces its request id. It escapes nothing, so no other variable may stand there. */
  readonly template: string;
}

/** Writes the problem of a response type as an answer. */
export function gatewayAnswer({ slug, billed }: GatewayProblem): GatewayAnswer {
  const facts = billed === undefined ? {} : { billed };
  const document = problemDocument(new Problem(slug, facts), '$context.requestId');
  const { afterSeconds } = document.retry;
  return {
    status: document.status,
    headers: {
      'Content-Type': 'application/problem+json',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      ...(afterSeconds === undefined ? {} : { 'Retry-After': String(afterSeconds) }),
    },
    template: JSON.stringify(document),
  };
}
