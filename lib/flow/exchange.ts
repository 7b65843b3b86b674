/** One signed call to the upstream and what can be said for certain about its answer. */
import { nonce, signCall, type Ticket, UpstreamFailure } from '#signing';
import { type Classified, classify } from '../codes/classify.ts';
import type { Opened } from '../envelope.ts';
import type { Operation } from '../operation.ts';
import { originOf } from '../profiles.ts';
import { type CheckedRequest, textOf, type Violation } from '../request/validate.ts';
import { noFiles, type WireFiles, wireCall } from '../request/wire.ts';
import type { Context } from './context.ts';
import { parseAnswer } from './parse-answer.ts';

/** An answer that arrived whole and has a code. */
export interface Exchanged {
  readonly kind: 'answer';
  readonly opened: Opened & { readonly code: string };
  readonly classified: Classified;
}

/** What became of a call. */
export type Exchange =
  | Exchanged
  /** Certainly not worked on. */
  | {
      readonly kind: 'not-sent';
      readonly problem: 'upstream-unreachable' | 'media-unavailable' | 'media-invalid';
      readonly fault: string;
      /** What is wrong with the media. */
      readonly errors?: readonly Violation[];
    }
  /** Perhaps worked on, and charged. */
  | {
      readonly kind: 'unusable';
      readonly problem: 'upstream-timeout' | 'upstream-invalid-response';
      readonly fault: string;
    };

const MiB = 1024 * 1024;
const withPictures = 12 * MiB;

/** Longest answer that is read: 1 MiB, or 12 where it may hold pictures (reliability: DEP-3). */
function answerLimit({ result }: Operation): number {
  const holdsPictures = (fields: typeof result): boolean =>
    Object.values(fields).some((field) =>
      'fields' in field ? holdsPictures(field.fields) : field.kind === 'picture' || field.kind === 'pictures',
    );
  return holdsPictures(result) ? withPictures : MiB;
}

/**
 * Signs and sends one call. When no connection can be made it tries twice more inside the deadline; after the first byte
 * has left nothing is repeated here.
 *
 * @param request the checked request with its `orderNo`
 * @param timeout milliseconds for everything
 * @param files staged media by pointer
 */
export async function exchange(
  operation: Operation,
  request: CheckedRequest,
  ticket: Ticket,
  context: Context,
  timeout: number,
  files: WireFiles = noFiles,
): Promise<Exchange> {
  const { profile, appId, upstream, upstreamUrl, now, sleep, random, log } = context;
  const orderNo = textOf(request, 'orderNo');
  const deadline = now() + timeout;
  for (let attempt = 1; ; attempt += 1) {
    const media = await notReady(files);
    if (media) return media;
    const startedAt = now();
    // A process that was frozen since somebody looked at the time may no longer own the order.
    if (startedAt >= deadline) return unreachable('OUT_OF_TIME');
    const signature = signCall({ appId, orderNo, nonce: nonce(), ticket: ticket.ticket });
    const { method, path, body } = wireCall(operation, profile, appId, signature, request, files);
    try {
      const reply = await upstream.send({
        method,
        path,
        body,
        origin: originOf(operation, profile, upstreamUrl),
        timeout: deadline - startedAt,
        maxBytes: answerLimit(operation),
      });
      return understand(operation, request, reply, context);
    } catch (error) {
      if (!(error instanceof UpstreamFailure)) throw error;
      log('warn', 'upstream-failure', {
        operation: operation.name,
        orderNo,
        fault: error.code,
        upstreamMs: now() - startedAt,
      });
      if (error.kind !== 'not-sent') {
        const problem = error.kind === 'timeout' ? 'upstream-timeout' : brokenProblem(error.code);
        return { kind: 'unusable', problem, fault: error.code };
      }
      const pause = 100 * 3 ** attempt * random();
      if (attempt === 3 || now() + pause >= deadline) return unreachable(error.code);
      await sleep(pause);
    }
  }
}

const unreachable = (fault: string): Exchange => ({ kind: 'not-sent', problem: 'upstream-unreachable', fault });

/** Files that an earlier send has begun to read are opened again, before anything leaves. */
async function notReady(files: WireFiles): Promise<Exchange | null> {
  for (const [pointer, file] of files) {
    const fault = await file.ready().catch(() => 'unavailable' as const);
    if (fault === 'unavailable') return { kind: 'not-sent', problem: 'media-unavailable', fault };
    if (fault !== null) {
      return { kind: 'not-sent', problem: 'media-invalid', fault, errors: [{ pointer, rule: fault }] };
    }
  }
  return null;
}

/** A connection that breaks is a timeout to the caller (504); an answer that cannot be read is a bad one (502). */
function brokenProblem(fault: string): 'upstream-timeout' | 'upstream-invalid-response' {
  return /^(RESPONSE_TOO_LARGE|CONTENT_ENCODING|ANSWER_CUT|HPE_.*|HTTPParserError)$/.test(fault)
    ? 'upstream-invalid-response'
    : 'upstream-timeout';
}

function understand(
  operation: Operation,
  request: CheckedRequest,
  reply: { readonly status: number; readonly body: Buffer },
  { log }: Context,
): Exchange {
  const orderNo = textOf(request, 'orderNo');
  const unusable = (fault: string): Exchange => {
    log('warn', 'upstream-answer-unusable', { operation: operation.name, orderNo, fault, status: reply.status });
    return { kind: 'unusable', problem: 'upstream-invalid-response', fault };
  };
  const parsed = reply.status === 200 ? parseAnswer(reply.body) : `http-${reply.status}`;
  if (typeof parsed === 'string') return unusable(parsed);
  const opened = operation.envelope.open(parsed);
  const { code } = opened;
  if (code === null || !/^[A-Za-z0-9._-]{1,64}$/.test(code)) return unusable('no-code');
  if (opened.orderNos.some((echoed) => echoed !== orderNo)) {
    log('error', 'order-echo-mismatch', { operation: operation.name, orderNo, code });
    return unusable('order-echo-mismatch');
  }
  const classified = classify(operation.family, code, opened.message);
  if (!classified.listed) log('error', 'unlisted-code', { operation: operation.name, orderNo, code, listed: false });
  return { kind: 'answer', opened: { ...opened, code }, classified };
}
