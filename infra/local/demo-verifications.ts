/** The verifications of the demo: one that is approved, one that is declined, one that somebody must look at. */
import { type Answered, type Client, marked, sample, typeOf } from './demo-client.ts';
import { indented, table } from './demo-print.ts';

/** The specimen person; consents are on record under the user number. */
export const specimenPerson = { name: '样本甲', idNo: '990101199001010019', userId: 'specimen1' };

/** A verification of the demo. */
export interface Scenario {
  readonly title: string;
  readonly verdict: 'approved' | 'declined' | 'review';
  /** Runs it; `tell` takes what happens in between. The last answer holds the decision that counts. */
  readonly run: (client: Client, tell: (line: string) => void) => Promise<readonly Answered[]>;
}

const stage = (client: Client, name: string, marker?: string) =>
  client.upload(marker === undefined ? sample(name) : marked(sample(name), marker), typeOf(name));

const card = async (client: Client, marker?: string) => ({
  portrait: await stage(client, 'id-card-portrait.jpg', marker),
  emblem: await stage(client, 'id-card-emblem.jpg'),
});

const consent = async (client: Client) => ({ agreement: await stage(client, 'agreement.pdf') });

/** The card is read first and tells who is to speak the digits. */
async function inTwoParts(client: Client, tell: (line: string) => void): Promise<readonly Answered[]> {
  const first = await client.verify({
    subject: { userId: specimenPerson.userId },
    checks: { consent: await consent(client), idCard: await card(client) },
  });
  const { verificationId } = first.body;
  const { body } = await client.call('GET', `/v1/verifications/${verificationId}?results=true`);
  const { name, idNo } = body.steps.find(({ step }: { step: string }) => step === 'id-card-portrait').result.portrait;
  const challenge = await client.call('POST', '/v1/liveness/challenge', { name, idNo });
  tell(`The card says who it is; the person reads ${challenge.body.result.digits} aloud.`);
  const { orderNo } = challenge.body;
  const liveness = { orderNo, video: await stage(client, 'digits-video.mp4') };
  return [first, await client.verify({ continues: verificationId, checks: { liveness } })];
}

/** What the demo shows, with the verdict that is expected. */
export const scenarios: readonly Scenario[] = [
  { title: 'The card first, then liveness, which continues it', verdict: 'approved', run: inTwoParts },
  {
    title: 'The face is of somebody else',
    verdict: 'declined',
    run: async (client) => [
      await client.verify({
        subject: specimenPerson,
        checks: {
          consent: await consent(client),
          idCard: await card(client),
          face: { photo: await stage(client, 'face.jpg', 'code=66660004') },
        },
      }),
    ],
  },
  {
    title: 'The card is a photocopy',
    verdict: 'review',
    run: async (client) => [
      await client.verify({
        subject: specimenPerson,
        checks: {
          consent: {},
          idCard: await card(client, 'warning=01000000 multiWarning=01000000'),
          face: { photo: await stage(client, 'face.jpg') },
        },
      }),
    ],
  },
];

interface Shown {
  readonly verificationId: string;
  readonly status: string;
  readonly continues?: string;
  readonly steps: readonly Readonly<Record<'step' | 'status' | 'outcome' | 'billed' | 'orderNo', string | null>>[];
  readonly decision?: {
    readonly verdict: string;
    readonly rules: readonly Readonly<
      Record<'rule' | 'step' | 'value' | 'threshold' | 'effect', string | number | null>
    >[];
  };
}

function shown({ body, ms }: Answered): string {
  const { verificationId, status, continues, steps, decision } = body as Shown;
  const cell = (value: string | number | null | undefined) => value ?? '';
  const ends = steps.map(({ step, status: end, outcome, billed, orderNo }) => [
    cell(step),
    outcome ?? cell(end),
    cell(billed),
    cell(orderNo),
  ]);
  const rules = (decision?.rules ?? []).map(({ rule, step, value, threshold, effect }) => [
    cell(rule),
    cell(step),
    cell(value),
    cell(threshold),
    cell(effect),
  ]);
  return [
    `${verificationId}: ${decision?.verdict ?? status} after ${ms} ms${continues ? `, continues ${continues}` : ''}`,
    table([['step', 'outcome', 'billed', 'order'], ...ends]),
    table([['rule', 'step', 'value', 'threshold', 'effect'], ...rules]),
  ].join('\n\n');
}

/** Runs and shows them all; answers the titles of those that did not end as expected. */
export async function showVerifications(client: Client): Promise<string[]> {
  const wrong: string[] = [];
  for (const [index, { title, verdict, run }] of scenarios.entries()) {
    console.log(`\nVerification ${index + 1}. ${title}: ${verdict} is expected.`);
    const answers = await run(client, (line) => console.log(indented(line)));
    for (const answer of answers) console.log(`\n${indented(shown(answer))}`);
    if (answers.at(-1)?.body.decision?.verdict !== verdict) wrong.push(title);
  }
  return wrong;
}
