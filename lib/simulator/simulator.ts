/**
 * The upstream simulator: every endpoint of one profile as a function from request to reply, without a port. What it is
 * not, its magic values, settings and books stand in docs/simulator.md.
 */
import { randomFillSync } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Operation, ProfileName } from '../operation.ts';
import { profiles } from '../profiles.ts';
import type { RandomBytes } from '../signing/nonce.ts';
import { type Books, booksOf, count } from './books.ts';
import { answerControl, controlPrefix } from './controls.ts';
import { type Endpoint, endpointsOf } from './endpoints.ts';
import { executes, type Fault, faultQueue, lost } from './faults.ts';
import { splitUrl } from './front-door.ts';
import { dump, load } from './keep.ts';
import { type Outcome, refusal } from './outcome.ts';
import { html, replyTo } from './replies.ts';
import { type Change, checkChange, defaultSettings, type Settings } from './settings.ts';
import { prune } from './state.ts';
import type { SimulatorReply, SimulatorRequest, Upstream } from './upstream.ts';

export type { Books, Change, Fault, Settings, SimulatorReply, SimulatorRequest };

/** What a simulator is made of. Whatever has an effect is handed in. */
export interface SimulatorOptions {
  readonly profile: ProfileName;
  readonly operations: readonly Operation[];
  readonly appId: string;
  readonly secret: string;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  readonly random?: RandomBytes;
  /** Waits some milliseconds: for the slow faults only. */
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
  /** What `state()` returned in an earlier run; anything else is ignored. */
  readonly state?: unknown;
  readonly settings?: Partial<Settings>;
}

/** A simulated upstream. */
export interface Simulator {
  /** Answers one request. Never rejects on what is sent. */
  handle(request: SimulatorRequest): Promise<SimulatorReply>;
  /** Everything it remembers as plain JSON, without media and without the app secret. */
  state(): unknown;
  books(): Books;
  /**
   * Changes settings, or the app secret, which ends every token and ticket.
   * @throws RangeError for a setting that does not exist or cannot have the value
   */
  configure(change: Change): void;
}

/** Makes a simulator of one profile. */
export function createSimulator(options: SimulatorOptions): Simulator {
  const { now = Date.now, random = randomFillSync, sleep = delay, operations, appId, secret } = options;
  const settings: Settings = { ...defaultSettings, ...checkChange(options.settings ?? {}) };
  const profile = profiles[options.profile];
  const owner = { appId, profile: profile.name };
  const upstream: Upstream = {
    profile,
    appId,
    operations,
    now,
    random,
    secret,
    settings,
    faults: faultQueue(settings.faults, random),
    state: load(options.state, { ...owner, secret }),
    nonces: new Map(),
  };
  const endpoints = endpointsOf(upstream);

  const configure = (change: Change): void => {
    const { secret: newSecret, ...changed } = checkChange(change);
    upstream.settings = { ...upstream.settings, ...changed };
    if (changed.faults) upstream.faults = faultQueue(changed.faults, random);
    if (newSecret === undefined || newSecret === upstream.secret) return;
    upstream.secret = newSecret;
    upstream.state.tokens = [];
    upstream.state.tickets = [];
  };

  const work = (endpoint: Endpoint, request: SimulatorRequest, fault: Fault | undefined): Outcome => {
    if (fault && !executes(fault)) return { ...refusal({ code: fault.code ?? '999999', named: undefined }), fault };
    const outcome = endpoint.answer(request, fault);
    const replaced = outcome.fault?.kind === 'code' && !outcome.refused;
    return replaced ? { ...outcome, code: outcome.fault?.code ?? '999999', values: {} } : outcome;
  };

  let prunedAt = now();
  const tidy = () => {
    if (now() - prunedAt < 60_000) return;
    prunedAt = now();
    prune(upstream.state, prunedAt, upstream.settings.retention);
  };

  return {
    async handle(request) {
      const { path } = splitUrl(request.url);
      if (path.startsWith(controlPrefix)) {
        return answerControl(request, path, {
          books: () => booksOf(upstream.state),
          settings: () => upstream.settings,
          configure,
        });
      }
      const endpoint = endpoints.get(path);
      if (!endpoint) return html(404);
      if (endpoint.method !== request.method) return html(405, { allow: endpoint.method });
      tidy();
      const planned = upstream.faults.take(path);
      if (planned?.kind === 'late') await sleep(planned.ms ?? 1000);
      const outcome = work(endpoint, request, planned);
      const { fault, refused } = outcome;
      const became = fault && lost.includes(fault.kind) ? fault.kind : outcome.code;
      count(upstream.state, 'answers', endpoint.name, became);
      if (endpoint.buys && refused) count(upstream.state, 'refused', endpoint.name, became);
      if (fault?.kind === 'slow') await sleep(fault.ms ?? 1000);
      return replyTo(upstream, endpoint, outcome);
    },
    state: () => {
      prune(upstream.state, now(), upstream.settings.retention);
      return dump(upstream.state, { ...owner, secret: upstream.secret });
    },
    books: () => booksOf(upstream.state),
    configure,
  };
}
