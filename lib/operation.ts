/** Operations: one upstream call each, declared as data. Everything else about an operation is derived from this. */
import type { Family } from './codes/classify.ts';
import { type Envelope, paas } from './envelope.ts';
import type { Limit } from './fields/limits.ts';
import { type Optional, optional, orderNo, type RequestField } from './fields/request.ts';
import type { Derived, Group, Leaf, List, ResultFields } from './fields/result.ts';

/** One host generation of the upstream (specification, section 2). */
export type ProfileName = 'webank' | 'tencentcloud' | 'kyc1';

/** The outcome of code 0. */
export type PositiveOutcome = 'match' | 'issued' | 'extracted' | 'recorded' | 'authorized' | 'read';

/** The fields of a request by their public names. */
export interface RequestFields {
  readonly [name: string]: RequestField | Optional<RequestField>;
}

/** How the upstream spells this call where it differs from the common habits. Values only. */
export interface WireHabits {
  /** Which host of a profile that has two (specification 2.2). Default `idasc`. */
  readonly host?: 'ida' | 'idasc';
  /** Wire name of a request field in this call; null: the field is for Signet alone and not sent. */
  readonly alias?: Readonly<Record<string, string | null>>;
  /** Wire values that are always sent. */
  readonly constants?: Readonly<Record<string, string | boolean>>;
  /** Wire names of the app id per profile, where they differ from the profile's own. */
  readonly appId?: Partial<Readonly<Record<ProfileName, readonly string[]>>>;
  /** Fields that a profile does not have: 400 there. */
  readonly absent?: Partial<Readonly<Record<ProfileName, readonly string[]>>>;
  /** Optional fields that a profile requires: Signet fills in a stand-in. Only `userId` has one. */
  readonly requires?: Partial<Readonly<Record<ProfileName, readonly 'userId'[]>>>;
  /** Who shows this call on a profile: the upstream's documents or a public client. Missing: nobody, unproven. */
  readonly evidence?: Partial<Readonly<Record<ProfileName, 'documents' | 'client'>>>;
}

/** What an operation does to the order ledger. */
export type OrderUse =
  /**
   * Leaves an order of its own; `query` names the free operation that reads it later, `notFoundProves` says where its
   * "not found" means that nothing was bought, `continuedBy` names the next step.
   */
  | {
      readonly kind: 'creates';
      readonly query?: string;
      readonly notFoundProves?: 'always' | 'same-host' | 'when-confirmed';
      readonly continuedBy?: string;
    }
  /** Takes over the order of an earlier operation with the same number (the liveness pair). */
  | { readonly kind: 'continues'; readonly from: string }
  /** Reads the result of the order in the path, which the operation `of` made. */
  | { readonly kind: 'reads'; readonly of: string }
  /** Only asks; its order number is a trace that Signet makes for each try. */
  | { readonly kind: 'traces' };

/** What an operation file says. `Q` and `R` are inferred. */
export interface Declaration<Q extends RequestFields, R extends ResultFields> {
  /** File, function, construct id and operationId. */
  readonly name: string;
  /** One sentence for the docs. */
  readonly summary: string;
  /** Public method and path. */
  readonly route: string;
  /** Upstream method and path, as the manual spells it. */
  readonly upstream: string;
  /** Which codes it answers with, and what they cost. */
  readonly family: Family;
  readonly order: OrderUse;
  readonly request: Q;
  readonly result: R;
  /** The outcome of code 0. */
  readonly outcome: PositiveOutcome;
  /** What decides further after code 0: a score against the stage's threshold, the faces of a group, whose consent it is. */
  readonly decidedBy?: 'similarity' | 'faces' | 'person';
  /** Rules between request fields: any of these sets must be complete; a field needs another. */
  readonly needs?: {
    readonly oneOf?: readonly (readonly string[])[];
    readonly with?: Readonly<Record<string, string>>;
  };
  /** What each media field may hold: everywhere, or per profile. */
  readonly limits?: Readonly<Record<string, Limit | Readonly<Record<ProfileName, Limit>>>>;
  readonly wire?: WireHabits;
  readonly envelope?: Envelope;
}

/** A declared operation, defaults filled, frozen. */
export interface Operation<Q extends RequestFields = RequestFields, R extends ResultFields = ResultFields>
  extends Required<Omit<Declaration<Q, R>, 'decidedBy' | 'needs'>>,
    Pick<Declaration<Q, R>, 'decidedBy' | 'needs'> {
  /** Whether a call may buy something and leaves an order. */
  readonly creates: boolean;
}

type OrderNoOf<K extends OrderUse['kind']> = K extends 'creates'
  ? { readonly orderNo: Optional<typeof orderNo> }
  : K extends 'traces'
    ? Record<never, never>
    : { readonly orderNo: typeof orderNo };

type OptionalKeys<Q> = { [K in keyof Q]: Q[K] extends { readonly optional: true } ? K : never }[keyof Q];
/** The typed request of an operation. */
export type RequestOf<O> =
  O extends Operation<infer Q>
    ? { readonly [K in Exclude<keyof Q, OptionalKeys<Q>>]: Q[K]['sample'] } & {
        readonly [K in OptionalKeys<Q> & keyof Q]?: Q[K]['sample'];
      }
    : never;

type ValueOf<F> =
  F extends Leaf<infer T>
    ? F extends { readonly optional: true }
      ? T | undefined
      : T | null
    : F extends Derived<infer T>
      ? T
      : F extends Group
        ? Values<F['fields']>
        : F extends List
          ? readonly Values<F['fields']>[]
          : never;
type Values<R> = { readonly [K in keyof R]: ValueOf<R[K]> };
/** The typed result of an operation. */
export type ResultOf<O> = O extends Operation<RequestFields, infer R> ? Partial<Values<R>> : never;

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}

/** Declares an operation: adds its `orderNo`, fills defaults and freezes it. */
export function operation<
  const Q extends RequestFields,
  const R extends ResultFields,
  const K extends OrderUse['kind'],
>(declaration: Declaration<Q, R> & { readonly order: { readonly kind: K } }): Operation<OrderNoOf<K> & Q, R> {
  const { kind } = declaration.order;
  const numbered = kind === 'traces' ? {} : { orderNo: kind === 'creates' ? optional(orderNo) : orderNo };
  return deepFreeze({
    limits: {},
    wire: {},
    envelope: paas,
    ...declaration,
    request: { ...numbered, ...declaration.request } as OrderNoOf<K> & Q,
    creates: kind === 'creates' || kind === 'continues',
  });
}

/** `GET /path/{x}` taken apart. */
export function verbAndPath(route: string): { readonly method: 'GET' | 'POST'; readonly path: string } {
  const [method, path] = route.split(' ') as ['GET' | 'POST', string];
  return { method, path };
}

/** What a media field of an operation may hold on a profile. */
export function limitOf(operation: Operation, field: string, profile: ProfileName): Limit {
  const declared = operation.limits[field]!;
  return 'types' in declared ? declared : declared[profile];
}
