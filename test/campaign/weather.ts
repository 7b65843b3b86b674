/** What goes wrong in a schedule, and how often. Seeds choose it; nothing here knows the code under test. */
import type { Dice } from './dice.ts';

/** From and until when (milliseconds since the start) something is down. */
type Outage = readonly [from: number, until: number];

/** What becomes of one call of a dependency that is not the upstream. */
export interface Fate {
  /** Milliseconds until it is carried out, and until its answer is back. */
  readonly there: number;
  readonly back: number;
  /** `refused`: not carried out, fails. `lost`: carried out, fails. `again`: carried out, and again by the SDK. */
  readonly kind: 'fine' | 'refused' | 'lost' | 'again';
}

/** What becomes of one call of the upstream. */
export interface UpstreamFate {
  readonly kind:
    | 'fine'
    | 'unreachable'
    | 'reset-unseen'
    | 'silent'
    | 'reset-executed'
    | 'silent-executed'
    | 'garbled'
    | 'garbled-executed';
  /** Milliseconds until the upstream works on it; up to four minutes. */
  readonly there: number;
  readonly back: number;
}

/** What happens to a run itself, at its n-th call of a dependency. */
export interface Mishap {
  readonly kind: 'crash-before' | 'crash-after' | 'freeze';
  readonly at: number;
  /** How long it freezes, in milliseconds. */
  readonly duration: number;
}

/** The weather of one schedule. */
export interface Weather {
  readonly name: string;
  database(since: number): Fate;
  secrets(since: number): Fate;
  /** S3, an object that is read piece by piece included. */
  objects(since: number): Fate;
  /** Questions are answered in time, or not at all; `buys` says that this is none. */
  upstream(since: number, buys: boolean): UpstreamFate;
  mishap(since: number): Mishap | undefined;
  /** Whether a read that need not be consistent sees an older version. */
  stale(since: number): boolean;
}

/** Everything works again from here on, in milliseconds since the start. */
export const calmAfter = 400_000;

/** Probabilities. */
interface Climate {
  /** A call of the database or of Secrets Manager goes wrong. */
  readonly database: number;
  /** Something is down for a while. */
  readonly outages: number;
  /** A call of the upstream goes wrong. */
  readonly upstream: number;
  /** The upstream works on a request only after its caller has given up. */
  readonly late: number;
  /** A run crashes or freezes. */
  readonly mishaps: number;
}

const climates = {
  fair: { database: 0.01, outages: 0.2, upstream: 0.1, late: 0.05, mishaps: 0.03 },
  crashing: { database: 0.02, outages: 0, upstream: 0.15, late: 0.1, mishaps: 0.5 },
  database: { database: 0.15, outages: 0.7, upstream: 0.15, late: 0.1, mishaps: 0.05 },
  upstream: { database: 0.01, outages: 0.3, upstream: 0.6, late: 0.2, mishaps: 0.05 },
  sluggish: { database: 0.01, outages: 0, upstream: 0.1, late: 0.6, mishaps: 0.03 },
  foul: { database: 0.08, outages: 0.4, upstream: 0.45, late: 0.25, mishaps: 0.25 },
} as const satisfies Readonly<Record<string, Climate>>;

/** What a schedule may be mostly about. */
export type ClimateName = keyof typeof climates;

const calm: Fate = { kind: 'fine', there: 3, back: 3 };

function outage(dice: Dice, probability: number): Outage {
  if (!dice.chance(probability)) return [0, 0];
  const from = dice.between(0, 30_000);
  return [from, from + dice.between(100, 60_000)];
}

/**
 * The weather that the dice choose, in a climate that they choose too unless it is given.
 *
 * @param staging dice of their own for what there is only where files are staged
 */
export function weatherOf(dice: Dice, given?: ClimateName, staging?: Dice): Weather {
  const chosen = dice.one(Object.keys(climates) as ClimateName[]);
  const name = given ?? chosen;
  const climate: Climate = climates[name];
  const databaseDown = outage(dice, climate.outages);
  const secretsDown = outage(dice, climate.outages);
  const noConnection = outage(dice, climate.outages / 2);
  const bucketDown = staging ? outage(staging, climate.outages) : ([0, 0] as const);
  const down = ([from, until]: Outage, since: number) => since >= from && since < until;

  const store = (since: number, outages: Outage, { chance, between, one } = dice): Fate => {
    if (since > calmAfter) return calm;
    if (down(outages, since)) {
      return { kind: chance(0.8) ? 'refused' : 'lost', there: between(5, 1_500), back: between(5, 1_500) };
    }
    // Answers of the database that overtake each other are what races are made of.
    const hop = () => (chance(0.1) ? between(20, 900) : between(1, 20));
    const kind = chance(climate.database) ? one(['refused', 'lost', 'again'] as const) : 'fine';
    return { kind, there: hop(), back: hop() };
  };

  return {
    name,
    database: (since) => store(since, databaseDown),
    secrets: (since) => store(since, secretsDown),
    objects: (since) => store(since, bucketDown, staging),
    upstream(since, buys) {
      if (since > calmAfter) return { kind: 'fine', there: 10, back: 100 };
      const late = buys && dice.chance(climate.late);
      const there = late ? dice.between(20_000, 240_000) : dice.one([400, 400, 400, 20_000]) * dice.fraction();
      const back = dice.chance(0.1) ? dice.between(2_000, 18_000) : dice.between(20, 1_500);
      if (down(noConnection, since)) return { kind: 'unreachable', there, back };
      const kind = dice.chance(climate.upstream)
        ? dice.weighted<UpstreamFate['kind']>([
            [2, 'unreachable'],
            [1, 'reset-unseen'],
            [1, 'silent'],
            [2, 'reset-executed'],
            [3, 'silent-executed'],
            [1, 'garbled'],
            [2, 'garbled-executed'],
          ])
        : 'fine';
      return { kind, there: Math.round(there), back };
    },
    mishap(since) {
      if (since > calmAfter || !dice.chance(climate.mishaps)) return undefined;
      const kind = dice.weighted<Mishap['kind']>([
        [3, 'crash-before'],
        [3, 'crash-after'],
        [3, 'freeze'],
      ]);
      const at = dice.between(1, 8);
      // A call with a staged file makes more calls of its own.
      return { kind, at: staging ? staging.between(1, 16) : at, duration: dice.between(30_000, 900_000) };
    },
    stale: (since) => since <= calmAfter && dice.chance(0.15),
  };
}
