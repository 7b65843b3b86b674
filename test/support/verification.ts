import { verbAndPath } from '../../lib/operation.ts';
import { operations } from '../../lib/operations/index.ts';
import { type StepName, steps } from '../../lib/verifications/checks.ts';
import type { Decision } from '../../lib/verifications/policy.ts';
import type { StepView, VerificationView } from '../../lib/verifications/view.ts';
import { type Around, passUntil, type Run, runVerification } from './verification-run.ts';
import { media, type Seen, type World } from './world.ts';

/** Whom the verifications are about: personal values that occur nowhere else, so that no trace of them goes unseen. */
export const somebody = { name: '样本丙丁戊', idNo: '990101199203040072', userId: 'canary1' };
/** Somebody else, who is met now and then. */
export const other = { name: '样本己庚辛', idNo: '990101199304050114' };
/** A person of whom the authority has no photo (docs/simulator.md). */
export const unseen = { name: '样本甲乙丙丁', idNo: '990101199001010035' };
/** What stands on documents and in files, and nowhere else. */
export const marks = {
  address: '样本省样本市壬癸街九八七号',
  cardNo: '6222987650123498765',
  photo: 'mark-of-photo-q8Zr4Lw',
  video: 'mark-of-video-t5Xk9Pd',
  agreement: 'mark-of-agreement-h2Vb7Nc',
} as const;

/** What must be found in no record, log, event or execution. */
export const personal: readonly string[] = [
  somebody.name,
  somebody.idNo,
  other.name,
  other.idNo,
  unseen.name,
  unseen.idNo,
  ...Object.values(marks),
];

interface Person {
  readonly name: string;
  readonly idNo: string;
}
type Values = Readonly<Record<string, string>>;
type Kind = 'photo' | 'video' | 'agreement' | 'sourcePhoto';
const markOf = { photo: marks.photo, sourcePhoto: marks.photo, video: marks.video, agreement: marks.agreement };
const types = { photo: 'image/jpeg', sourcePhoto: 'image/png', video: 'video/mp4', agreement: 'application/pdf' };

/** What the simulator reads from the documents of a person, all of them valid. */
const documentsOf = ({ name, idNo }: Person) =>
  ({
    portrait: { name, idcard: idNo, address: marks.address },
    bankCard: { bankcardNo: marks.cardNo },
    driverLicense: { name, licenseNo: idNo, address: marks.address },
    vehicle: { owner: name, address: marks.address },
  }) satisfies Record<string, Values>;

/** The bytes of a file with its mark and what it makes the simulator do. */
export const fileOf = (kind: Kind, values: Values = {}): Buffer => {
  const pairs = Object.entries(values).map(([key, value]) => `${key}=${value}`);
  const told = `\n${markOf[kind]}\nsignet-simulator:${pairs.join(';')}`;
  return Buffer.concat([Buffer.from(media[kind]!.base64, 'base64'), Buffer.from(told)]);
};

/** The checks of a plan; what the simulator is to do with each file. */
export interface Wanted {
  readonly agreement?: Values;
  /** Consent that is only asked for. */
  readonly consent?: object;
  readonly portrait?: Values;
  readonly emblem?: Values;
  readonly bankCard?: Values;
  readonly driverLicense?: Values;
  readonly vehicle?: Values;
  readonly supplementary?: Values;
  readonly face?: Values;
  readonly fallback?: Values;
  readonly video?: Values;
}

/** A plan that asks for every check. */
export const everything: Wanted = {
  agreement: {},
  portrait: {},
  emblem: {},
  bankCard: {},
  driverLicense: {},
  vehicle: {},
  supplementary: {},
  face: {},
  video: {},
};

/** What a verification came to. */
export interface Verified {
  readonly id: string;
  readonly run: Run;
  readonly view: VerificationView;
  readonly decision: Decision;
}

/** Rules that do not approve, in lines: `similarity face 75 80 review`. */
export const objections = ({ rules }: Decision): string[] =>
  rules
    .filter(({ effect }) => effect !== 'approve')
    .map(({ rule, step, value, threshold, effect }) =>
      [rule, step ?? 'all', value ?? '-', ...(threshold === undefined ? [] : [threshold]), effect].join(' '),
    );

/** Status and outcome of each step: `face: succeeded match`. */
export const statuses = ({ steps: shown }: VerificationView): string[] =>
  shown.map(({ step, status, outcome }) => `${step}: ${status}${outcome === null ? '' : ` ${outcome}`}`);

/** Ids of the staged files of a plan. */
export const filesOf = (plan: object): string[] => [
  ...new Set([...JSON.stringify(plan).matchAll(/"mediaId":"(\w+)"/g)].map(([, id]) => id!)),
];

const operationOf = (step: StepName) => steps.find(({ name }) => name === step)!.operation;

/** Verifications in one world: starts them, runs them, and keeps all that was seen of them. */
export function createVerifier(world: World) {
  const runs: Run[] = [];
  const answers: Seen[] = [];
  let count = 0;

  const stage = (kind: Kind, values: Values = {}, caller?: string) =>
    world.stage(fileOf(kind, values), types[kind], caller);

  /** Staged files and a challenge for the checks. */
  async function checksOf(wanted: Wanted, person: Person = somebody) {
    const photo = (values: Values | undefined, base: Values = {}) => values && stage('photo', { ...base, ...values });
    const { agreement, consent, portrait, emblem, face, fallback, video } = wanted;
    const { bankCard, driverLicense, vehicle, supplementary } = wanted;
    const documents = documentsOf(person);
    const front = await photo(portrait, documents.portrait);
    const back = await photo(emblem, {});
    const main = await photo(vehicle, documents.vehicle);
    const second = await photo(supplementary);
    return {
      ...(consent && { consent }),
      ...(agreement && { consent: { agreement: await stage('agreement', agreement) } }),
      ...((front || back) && { idCard: { ...(front && { portrait: front }), ...(back && { emblem: back }) } }),
      ...(bankCard && { bankCard: { photo: await photo(bankCard, documents.bankCard) } }),
      ...(driverLicense && { driverLicense: { photo: await photo(driverLicense, documents.driverLicense) } }),
      ...(main && { vehicleLicense: { main, ...(second && { supplementary: second }) } }),
      ...(face && {
        face: {
          photo: await photo(face),
          ...(fallback && { fallbackPhoto: await stage('sourcePhoto', fallback), fallbackPhotoType: 'hd' }),
        },
      }),
      ...(video && { liveness: { orderNo: await challenge(person), video: await stage('video', video) } }),
    };
  }

  /** The number of a fresh challenge. */
  async function challenge({ name, idNo }: Person = somebody): Promise<string> {
    const { body } = await world.post('liveness-challenge', { name, idNo });
    return body.orderNo;
  }

  const fresh = (): string => {
    count += 1;
    return `V${count}`;
  };

  async function start(plan: unknown, caller?: string, changed?: Parameters<World['start']>[2]): Promise<Seen> {
    const answer = await world.start(plan, caller, changed);
    answers.push(answer);
    return answer;
  }

  async function show(id: string, query?: Record<string, string>, caller?: string): Promise<Seen> {
    const answer = await world.verification(id, query, caller);
    if (!query) answers.push(answer);
    return answer;
  }

  async function run(id: string, around?: Around): Promise<Run> {
    const ended = await runVerification(world, id, around);
    runs.push(ended);
    return ended;
  }

  return {
    /** Executions that were run. */
    runs,
    /** Answers to callers, but for results. */
    answers,
    stage,
    checksOf,
    challenge,
    fresh,
    start,
    show,
    run,
    /** Lets minutes pass. */
    pass: (minutes: number) => passUntil(world, world.clock + minutes * 60_000),
    /** Lets hours pass at once: no schedule runs meanwhile, but for tickets at the end. */
    async skip(hours: number): Promise<void> {
      world.clock += hours * 3_600_000;
      await world.refresh();
    },
    /** A complete plan: the person and the checks. */
    plan: async (wanted: Wanted, more: Record<string, unknown> = {}, person: Person = somebody) => ({
      verificationId: fresh(),
      subject: person,
      checks: await checksOf(wanted, person),
      ...more,
    }),
    /** Starts a plan, runs it, and tells what it came to. */
    async verify(plan: { verificationId: string }, around?: Around): Promise<Verified> {
      const { verificationId: id } = plan;
      const started = await start(plan);
      if (started.status !== 202) throw new Error(`Not started: ${JSON.stringify(started.body)}`);
      const ran = await run(id, around);
      const { body: view } = await show(id);
      return { id, run: ran, view, decision: view.decision };
    },
    /** How often the upstream worked on the order of a step. */
    bought({ step, orderNo }: StepView): number {
      return world.simulator.books().orders[orderNo ?? '']?.[operationOf(step).name]?.calls ?? 0;
    },
    /** Numbers of calls of operations since `from`, by operation. */
    callsSince(from: number): Record<string, number> {
      const made: Record<string, number> = {};
      for (const { path, method } of world.calls().slice(from)) {
        const target = `${method} ${path.split('?')[0]}`;
        const { name = target } = operations.find(({ upstream }) => upstream === target) ?? {};
        made[name] = (made[name] ?? 0) + 1;
      }
      return made;
    },
    /** The events about a verification. */
    told: (id: string) =>
      world.events.filter(({ detail }) => (detail as { verificationId?: string }).verificationId === id),
    /** Uploads of a plan that are still there. */
    left: (plan: object): number => filesOf(plan).filter((id) => world.bucket.has(`uploads/${id}`)).length,
  };
}

/** Verifications as `createVerifier` makes them. */
export type Verifier = ReturnType<typeof createVerifier>;

/** The path of an operation upstream. */
export const pathOf = (name: string): string => verbAndPath(operations.find((one) => one.name === name)!.upstream).path;
