/** The upstream of a schedule: the simulator at its most expensive, and a log of what it really did. */

import { classify } from '../../lib/codes/classify.ts';
import { type Operation, verbAndPath } from '../../lib/operation.ts';
import type { UpstreamReply, UpstreamRequest } from '../../lib/signing/client.ts';
import { createSimulator, type Simulator, type SimulatorReply } from '../../lib/simulator/simulator.ts';
import { bytesOf } from '../support/body.ts';
import type { Dice } from './dice.ts';

/** Something that the upstream worked on. */
export interface Execution {
  readonly orderNo: string;
  readonly operation: string;
  readonly code: string;
  /** The run that had sent it. */
  readonly by: string;
  /** Whether it may have cost something; the fees of many operations are not published. */
  readonly costly: boolean;
}

/** A request as the upstream reads it. */
export interface Asked {
  readonly operation: Operation | undefined;
  readonly orderNo: string;
}

/** The upstream and its own books. */
export interface Truth {
  readonly simulator: Simulator;
  readonly read: (request: UpstreamRequest) => Asked;
  /** Works on a request at once; the body of one with staged files is handed in. */
  readonly work: (request: UpstreamRequest, by: string, body?: Buffer) => Promise<SimulatorReply>;
  readonly executions: readonly Execution[];
  /** How often the upstream worked on an order, and how often it certainly charged, by its own books. */
  readonly cost: (orderNo: string, operation: string) => { readonly calls: number; readonly charged: number };
  /** Whether an order may have cost something. */
  readonly mayHaveCost: (orderNo: string, operation: string) => boolean;
  /** Codes that it has answered an order with, refusals included. */
  readonly codes: (orderNo: string, operation: string) => ReadonlySet<string>;
  /** How often it refused the ticket of a request of this run. */
  readonly ticketRefusals: (by: string) => number;
}

const headers = { 'content-type': 'application/json' };

/** Makes the upstream of the tencentcloud profile. Whatever is sent is worked on, and charged again if it comes again. */
export function createTruth(
  operations: readonly Operation[],
  appId: string,
  secret: string,
  now: () => number,
  dice: Dice,
): Truth {
  const simulator = createSimulator({
    profile: 'tencentcloud',
    operations,
    appId,
    secret,
    now,
    random: dice.fill,
    settings: { orderReuse: 'execute', nonceReuse: 'accept', lipsTtl: 3_600 },
  });
  const byPath = new Map(operations.map((operation) => [verbAndPath(operation.upstream).path, operation]));
  const executions: Execution[] = [];
  const codes = new Map<string, Set<string>>();
  const refusals = new Map<string, number>();

  const costs = new Map<string, { readonly calls: number; readonly charged: number }>();
  const nothing = { calls: 0, charged: 0 };
  const cost: Truth['cost'] = (orderNo, operation) => costs.get(`${orderNo} ${operation}`) ?? nothing;

  const read = ({ path, body }: UpstreamRequest): Asked => {
    const url = new URL(path, 'http://upstream');
    const chunks = body?.chunks() ?? [];
    // The pieces of a staged file come only once; this profile has the number in the URL too.
    const inBody = body && Symbol.iterator in chunks;
    const sent = inBody ? JSON.parse(bytesOf(body).toString()) : Object.fromEntries(url.searchParams);
    return { operation: byPath.get(url.pathname), orderNo: sent.orderNo ?? sent.order_no ?? '' };
  };

  async function work(request: UpstreamRequest, by: string, given?: Buffer): Promise<SimulatorReply> {
    const { operation, orderNo } = read(request);
    const body = given ?? bytesOf(request.body);
    if (!operation) return simulator.handle({ method: request.method, url: request.path, headers, body });
    const before = cost(orderNo, operation.name);
    // What the simulator does it has done when this returns its promise.
    const answering = simulator.handle({ method: request.method, url: request.path, headers, body });
    const key = `${orderNo} ${operation.name}`;
    costs.set(key, simulator.books().orders[orderNo]?.[operation.name] ?? nothing);
    const worked = cost(orderNo, operation.name).calls > before.calls;
    const place = worked ? executions.push({ orderNo, operation: operation.name, code: '', by, costly: true }) - 1 : -1;
    const reply = await answering;
    const code = codeOf(reply);
    if (worked) {
      executions[place] = { ...executions[place]!, code, costly: isCostly(operation, code) };
    }
    codes.set(key, (codes.get(key) ?? new Set()).add(code));
    if (code === '400101') refusals.set(by, (refusals.get(by) ?? 0) + 1);
    return reply;
  }

  return {
    simulator,
    read,
    work,
    executions,
    cost,
    mayHaveCost: (orderNo, operation) =>
      executions.some((one) => one.orderNo === orderNo && one.operation === operation && one.costly),
    codes: (orderNo, operation) => codes.get(`${orderNo} ${operation}`) ?? new Set(),
    ticketRefusals: (by) => refusals.get(by) ?? 0,
  };
}

const done: readonly string[] = ['positive', 'negative', 'transient'];

/** Documents cost when they were read (reliability, section 9); of other operations no fee is sure unless it is published. */
function isCostly({ family, order }: Operation, code: string): boolean {
  const { class: codeClass, billed } = classify(family, code);
  const documents = order.kind === 'creates' && order.query !== undefined;
  return billed !== 'no' && (!documents || done.includes(codeClass));
}

/** The code of an answer; empty when there is none. */
export function codeOf(reply: SimulatorReply | UpstreamReply): string {
  if ('fault' in reply || reply.status !== 200) return '';
  try {
    return String(JSON.parse(Buffer.from(reply.body).toString()).code);
  } catch {
    return '';
  }
}
