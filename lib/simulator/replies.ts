/** Replies: outcomes in the envelope of their call, with the habits that the settings ask for. */
import { classify, type Family } from '../codes/classify.ts';
import type { Envelope } from '../envelope.ts';
import { upstreamTime } from '../time.ts';
import type { Fault } from './faults.ts';
import type { Outcome } from './outcome.ts';
import { bizSeqNo, hex } from './random.ts';
import type { SimulatorReply, Upstream } from './upstream.ts';

/** What a call is wrapped in. */
export interface Wrapping {
  readonly envelope: Envelope;
  readonly family: Family;
  /** Whether its answers repeat the order number (specification, section 6). */
  readonly echo: boolean;
  /** Whether the habits of the settings may change it: those of tokens and tickets are documented. */
  readonly variable: boolean;
}

type Body = Record<string, unknown>;
type HttpReply = Exclude<SimulatorReply, { fault: unknown }>;

/** Longer than any answer that a client should be willing to read. */
const padding = 32 * 1024 * 1024;

/** A JSON reply. */
export const json = (status: number, body: unknown): HttpReply => ({
  status,
  headers: { 'content-type': 'application/json;charset=UTF-8' },
  body: Buffer.from(JSON.stringify(body)),
});

/** The HTML page of a front door. */
export const html = (status: number, headers: Record<string, string> = {}): HttpReply => ({
  status,
  headers: { 'content-type': 'text/html;charset=UTF-8', ...headers },
  body: Buffer.from(`<html><head><title>${status}</title></head><body><h1>${status}</h1></body></html>\n`),
});

function messageOf(family: Family, { code, named }: Outcome): string {
  if (named !== undefined) return `不合法请求：${named}`;
  if (code === '0') return '请求成功';
  return code === '400101' ? '不合法请求' : classify(family, code).zh;
}

/** Fields that real answers carry and that mean nothing. */
function noise(upstream: Upstream, family: Family): Body {
  if (!upstream.settings.noise) return {};
  if (family === 'face') return { sc: 'A' };
  if (family !== 'id-card') return {};
  return { ocrId: hex(16, upstream.random), sign: hex(20, upstream.random).toUpperCase(), retry: '1' };
}

function restyle({ settings }: Upstream, body: Body): void {
  const { code } = body;
  if (settings.codes === 'string' && typeof code === 'number') body.code = String(code);
  if (settings.codes === 'number' && typeof code === 'string' && /^-?\d{1,15}$/.test(code)) body.code = Number(code);
  if (settings.placement === 'top' && body.result) {
    const { result, ...top } = body;
    for (const name of Object.keys(body)) delete body[name];
    Object.assign(body, result, top);
  }
  if (settings.placement === 'result' && !body.result && String(code) === '0') {
    const { code: _code, msg, bizSeqNo: trace, transactionTime, ...values } = body;
    for (const name of Object.keys(values)) delete body[name];
    Object.assign(body, { msg, bizSeqNo: trace, transactionTime, result: values });
  }
}

function partialResult({ settings }: Upstream, { echo }: Wrapping, { code, orderNo }: Outcome): Body {
  if (code === '0' || settings.errorResult === 'absent') return {};
  if (settings.errorResult === 'null') return { result: null };
  const similarity = code === '66660004' ? { similarity: '31.42' } : {};
  return { result: { ...(echo && orderNo !== undefined ? { orderNo } : {}), ...similarity, success: false } };
}

function dropFrom(body: Body, names: readonly string[]): void {
  for (const name of names) {
    delete body[name];
    if (typeof body.result === 'object' && body.result !== null) delete (body.result as Body)[name];
  }
}

function bendBody(fault: Fault | undefined, body: Body): void {
  const result = (typeof body.result === 'object' ? body.result : null) as Body | null;
  if (fault?.kind === 'no-code') delete body.code;
  if (fault?.kind === 'oversize') body.padding = 'x'.repeat(padding);
  if (fault?.kind === 'wrong-order') {
    for (const part of [body, result]) if (part && 'orderNo' in part) part.orderNo = 'SIMULATORotherORDER';
  }
}

/** The whole reply of a call: its outcome, wrapped, with the fault on top. */
export function replyTo(upstream: Upstream, wrapping: Wrapping, outcome: Outcome): SimulatorReply {
  const { settings, random } = upstream;
  const { envelope, family, echo } = wrapping;
  const { code, orderNo, fault, values } = outcome;
  const now = upstream.now();
  const body = envelope.wrap({
    code,
    message: messageOf(family, outcome),
    bizSeqNo: bizSeqNo(now, random),
    transactionTime: upstreamTime(now),
    values: { ...(echo && orderNo !== undefined ? { orderNo } : {}), ...noise(upstream, family), ...values },
  });
  Object.assign(body, partialResult(upstream, wrapping, outcome));
  if (wrapping.variable) restyle(upstream, body);
  if (settings.noise) body.simulator = 'unknown fields may appear';
  dropFrom(body, outcome.drop ?? []);
  bendBody(fault, body);
  return bendReply(fault, json(200, body));
}

function bendReply(fault: Fault | undefined, reply: HttpReply): SimulatorReply {
  switch (fault?.kind) {
    case 'reset':
      return { fault: 'reset' };
    case 'silence':
    case 'executed-no-answer':
      return { fault: 'silence' };
    case 'html':
      return html(200);
    case 'status':
      return html(fault.status ?? 500);
    case 'truncated':
      return { ...reply, body: reply.body.subarray(0, Math.floor(reply.body.length / 2)) };
    default:
      return reply;
  }
}
