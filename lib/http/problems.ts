/** Problems: every answer that is no result, as data (RFC 9457; the contract of docs/errors.md). */
import type { Billed } from '../codes/classify.ts';

/** One kind of problem. All texts are static: nothing submitted, nothing from the upstream is repeated. */
export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** For the docs: when it happens. */
  readonly when: string;
  /** What the order cost; `by code` and `by record` are filled in where they are known. */
  readonly billed: Billed | 'by code' | 'by record';
  /**
   * Whether the order number may be used again. With `afterSeconds` the same request may be sent again after that time (or,
   * where the number may not be used again, a new order); without, a 4xx wants the request put right first.
   */
  readonly retry: { readonly sameOrder: boolean; readonly afterSeconds?: number };
}

const again = (afterSeconds?: number) => ({ sameOrder: true, ...(afterSeconds === undefined ? {} : { afterSeconds }) });
const never = (afterSeconds?: number) => ({
  sameOrder: false,
  ...(afterSeconds === undefined ? {} : { afterSeconds }),
});

/** Every kind of problem by its slug. */
export const problems = {
  'malformed-json': {
    status: 400,
    title: 'The body is not JSON',
    detail: 'The body must be one JSON object in UTF-8 without the keys __proto__, constructor and prototype.',
    when: 'not JSON, not UTF-8, a forbidden key, nested too deeply',
    billed: 'no',
    retry: again(),
  },
  'invalid-request': {
    status: 400,
    title: 'The request does not fit its schema',
    detail: 'Each entry of errors names a field by JSON pointer and the rule that it breaks.',
    when: 'a missing or unknown field, a wrong type, a value that breaks a rule',
    billed: 'no',
    retry: again(),
  },
  'order-required': {
    status: 400,
    title: 'The order number is missing',
    detail: 'This operation continues an earlier order: send its orderNo.',
    when: 'liveness-verify without `orderNo`',
    billed: 'no',
    retry: again(),
  },
  unauthenticated: {
    status: 401,
    title: 'Not authenticated',
    detail: 'The authorizer of this stage did not accept the credentials.',
    when: 'only where a stage has its own authorizer',
    billed: 'no',
    retry: again(),
  },
  forbidden: {
    status: 403,
    title: 'Forbidden, or no such route',
    detail: 'The request is not signed by an allowed identity, or no such method and path exists.',
    when: 'identity, signature or permission; also an unknown route or method',
    billed: 'no',
    retry: never(),
  },
  'not-found': {
    status: 404,
    title: 'Not found',
    detail: 'No such order or verification belongs to this caller.',
    when: 'an unknown or foreign order or verification in a path',
    billed: 'no',
    retry: never(),
  },
  'not-acceptable': {
    status: 406,
    title: 'Not acceptable',
    detail: 'Answers are application/json, problems application/problem+json.',
    when: 'an Accept header that allows neither',
    billed: 'no',
    retry: again(),
  },
  'order-in-progress': {
    status: 409,
    title: 'The order is in progress',
    detail: 'Another call with this orderNo is waiting for the upstream. Ask again in a moment.',
    when: 'sent by a call that is still running',
    billed: 'unknown',
    retry: again(5),
  },
  'order-outcome-unknown': {
    status: 409,
    title: 'The outcome of the order is not known',
    detail:
      'The upstream may have worked on this order and charged for it. A new order may be charged again; only you can decide that.',
    when: 'sent, but no answer could be used',
    billed: 'unknown',
    retry: again(60),
  },
  'step-out-of-order': {
    status: 409,
    title: 'The step before is missing',
    detail:
      'This step continues an order that does not exist, did not succeed, or is too old. Start with a new challenge.',
    when: 'liveness-verify without a usable challenge',
    billed: 'no',
    retry: never(),
  },
  'media-used': {
    status: 409,
    title: 'The media is in use',
    detail: 'A staged file serves one order or one verification. Upload it again for another.',
    when: '`mediaId` bound to another order or verification',
    billed: 'no',
    retry: never(),
  },
  'result-expired': {
    status: 410,
    title: 'The result is no longer readable',
    detail:
      'The upstream keeps results for three days and Signet keeps no copy of them, those of verifications for one; order records end after 95 days.',
    when: 'document text older than three days, results of a verification older than one, or a record past its end',
    billed: 'by record',
    retry: never(),
  },
  'result-not-replayable': {
    status: 410,
    title: 'The pictures are gone',
    detail: 'This result holds pictures of a face, which are kept for a day. A new order takes them again.',
    when: 'best photos that are asked for again after a day, or could not be kept',
    billed: 'by record',
    retry: never(),
  },
  'payload-too-large': {
    status: 413,
    title: 'The request is too large',
    detail:
      'A request may be 10 MB at API Gateway and 6 MB at Lambda. Stage the media with POST /v1/media and send its mediaId.',
    when: 'a body over the limits of API Gateway or Lambda',
    billed: 'no',
    retry: again(),
  },
  'unsupported-media-type': {
    status: 415,
    title: 'Unsupported media type',
    detail: 'Send the body as application/json.',
    when: 'another Content-Type than application/json',
    billed: 'no',
    retry: again(),
  },
  'order-payload-mismatch': {
    status: 422,
    title: 'The order number is taken by another request',
    detail: 'An orderNo belongs to one input of one operation of one caller. Use a new one for another request.',
    when: 'the same `orderNo` with another input, operation or caller',
    billed: 'no',
    retry: never(),
  },
  'media-invalid': {
    status: 422,
    title: 'The media cannot be used',
    detail: 'Each entry of errors names the media field and the rule that it breaks.',
    when: 'bad base64, another file type, over the size limit; a `mediaId` that is unknown, foreign or expired; a staged file that is missing or was changed',
    billed: 'no',
    retry: again(),
  },
  'verification-payload-mismatch': {
    status: 422,
    title: 'The verification number is taken by another plan',
    detail: 'A verificationId belongs to one plan of one caller. Use a new one for another plan.',
    when: 'the same `verificationId` with another plan or caller',
    billed: 'no',
    retry: never(),
  },
  'upstream-rejected-input': {
    status: 422,
    title: 'The upstream cannot use the input',
    detail: 'reason and action say what to change. Send it as a new order.',
    when: 'class input: blurred, covered, wrong side, digits misread …',
    billed: 'by code',
    retry: never(),
  },
  'order-not-charged': {
    status: 424,
    title: 'The order was not executed',
    detail: 'The upstream has no trace of this order and did not charge for it. Send a new order.',
    when: 'an unknown order that proved not to have been executed',
    billed: 'no',
    retry: never(),
  },
  'order-unresolved': {
    status: 424,
    title: 'The outcome of the order will not be known',
    detail: 'No query can tell what became of this order; the bill will. A new order may be charged again.',
    when: 'an unknown order that no query can resolve',
    billed: 'unknown',
    retry: never(),
  },
  'rate-limited': {
    status: 429,
    title: 'Too many requests',
    detail: 'The limit of this stage is reached. Nothing was sent.',
    when: "the stage's own limit",
    billed: 'no',
    retry: again(1),
  },
  'upstream-rate-limited': {
    status: 429,
    title: 'The upstream is throttling',
    detail: 'The upstream refused the call because of its rate. Send it as a new order later.',
    when: 'class rate',
    billed: 'by code',
    retry: never(10),
  },
  'subject-limit-reached': {
    status: 429,
    title: "This person's attempts are used up",
    detail: 'The upstream allows a few attempts per person in 24 hours. Try a new order tomorrow.',
    when: 'code 66660017',
    billed: 'no',
    retry: never(86_400),
  },
  internal: {
    status: 500,
    title: 'Internal error',
    detail: 'Something failed inside the gateway. Sending the same order again never buys twice.',
    when: 'a fault of Signet itself',
    billed: 'unknown',
    retry: again(),
  },
  'upstream-invalid-response': {
    status: 502,
    title: 'The upstream gave no usable answer',
    detail: 'The call may have been executed and charged. Sending the same order again never buys twice.',
    when: 'no JSON, a server error, a truncated answer, the echo of another order',
    billed: 'unknown',
    retry: again(60),
  },
  'upstream-refused': {
    status: 502,
    title: 'The upstream refused the call',
    detail: 'The configuration or the contract needs the attention of the operators. Send a new order afterwards.',
    when: 'class config or other: permission, contract, an unlisted code',
    billed: 'by code',
    retry: never(),
  },
  'ticket-unavailable': {
    status: 503,
    title: 'No signing ticket',
    detail: 'There is no valid ticket to sign with at the moment. Nothing was bought.',
    when: 'no ticket yet, or the upstream refused it',
    billed: 'no',
    retry: again(60),
  },
  'ledger-unavailable': {
    status: 503,
    title: 'The order ledger is not available',
    detail: 'The table or a key could not be read or written. Sending the same again never buys twice.',
    when: 'DynamoDB, Secrets Manager or KMS fail before anything is sent',
    billed: 'no',
    retry: again(5),
  },
  'media-unavailable': {
    status: 503,
    title: 'The media store is not available',
    detail:
      'A staged file could not be read, or a picture not be kept. Nothing was sent, or the same order replays its result.',
    when: 'S3 fails before anything is sent, or while a large result is handed out',
    billed: 'by record',
    retry: again(5),
  },
  'workflow-unavailable': {
    status: 503,
    title: 'Verifications cannot be started',
    detail:
      'The plan is recorded; whether its execution was started is not known. Send the same plan with the same verificationId again: nothing is bought twice.',
    when: 'Step Functions fails while a verification is started',
    billed: 'unknown',
    retry: again(5),
  },
  'upstream-unreachable': {
    status: 503,
    title: 'The upstream cannot be reached',
    detail: 'No connection could be made, so nothing was sent.',
    when: 'connection refused, no address, an untrusted certificate',
    billed: 'no',
    retry: again(10),
  },
  'upstream-circuit-open': {
    status: 503,
    title: 'The upstream has stopped answering',
    detail: 'The last calls of this operation were left without an answer, so nothing is sent for a moment.',
    when: 'five unknown outcomes in a row; after 30 seconds one call tries again',
    billed: 'no',
    retry: again(30),
  },
  'insufficient-time': {
    status: 503,
    title: 'Not enough time left',
    detail: 'The function had too little time left to finish the call, so nothing was sent.',
    when: 'less time left than the upstream may take',
    billed: 'no',
    retry: again(),
  },
  'upstream-timeout': {
    status: 504,
    title: 'The upstream did not answer in time',
    detail: 'The call may have been executed and charged. Sending the same order again never buys twice.',
    when: 'no answer in time, or the upstream reports a timeout or internal error of its own',
    billed: 'unknown',
    retry: again(60),
  },
} as const satisfies Record<string, ProblemKind>;

/** The stable name of a kind of problem. */
export type ProblemSlug = keyof typeof problems;
