/** The endpoints of a profile: two for credentials, one for each operation. */
import { flat } from '../envelope.ts';
import { type Operation, verbAndPath } from '../operation.ts';
import { answerCall } from './calls.ts';
import type { Fault } from './faults.ts';
import { splitUrl } from './front-door.ts';
import { type Outcome, refusal } from './outcome.ts';
import type { Wrapping } from './replies.ts';
import { issueTicket, issueToken } from './tickets.ts';
import { Refusal, type SimulatorRequest, type Upstream, type Values } from './upstream.ts';

/** One endpoint of the upstream. */
export interface Endpoint extends Wrapping {
  /** The operation, or `access-token` and `api-ticket`. */
  readonly name: string;
  readonly method: string;
  /** Whether its calls buy something. */
  readonly buys: boolean;
  readonly answer: (request: SimulatorRequest, fault: Fault | undefined) => Outcome;
}

/** Families whose answers do not repeat the order number; a list of faces does not either (specification, section 6). */
const silent: readonly string[] = ['consent', 'consent-check', 'video'];

function endpointOf(upstream: Upstream, operation: Operation): Endpoint {
  const { name, family, envelope, result } = operation;
  return {
    name,
    family,
    envelope,
    method: verbAndPath(operation.upstream).method,
    buys: operation.creates,
    variable: true,
    echo: !silent.includes(family) && !Object.values(result).some(({ kind }) => kind === 'list'),
    answer: (request, fault) => answerCall(upstream, operation, request, fault),
  };
}

function credentialEndpoint(name: string, issue: (values: Values) => Values): Endpoint {
  const answer: Endpoint['answer'] = ({ url }, fault) => {
    try {
      return { code: '0', values: issue(splitUrl(url).query), refused: false, fault };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { ...refusal(error), fault };
    }
  };
  // The codes at this door are the common ones, which any family has.
  return { name, family: 'consent', envelope: flat, method: 'GET', buys: false, echo: false, variable: false, answer };
}

/** Every endpoint by its path. */
export const endpointsOf = (upstream: Upstream): ReadonlyMap<string, Endpoint> =>
  new Map([
    ['/api/oauth2/access_token', credentialEndpoint('access-token', (values) => issueToken(upstream, values))],
    ['/api/oauth2/api_ticket', credentialEndpoint('api-ticket', (values) => issueTicket(upstream, values))],
    ...upstream.operations.map((operation): [string, Endpoint] => [
      verbAndPath(operation.upstream).path,
      endpointOf(upstream, operation),
    ]),
  ]);
