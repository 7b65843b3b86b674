import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planEntries } from '../../infra/docs/verifications-data.ts';
import { generatedFiles } from '../../infra/docs.ts';
import { resolvedEvent } from '../../lib/flow/resolve.ts';
import type { Properties, Schema } from '../../lib/openapi/schema.ts';
import { checks, steps } from '../../lib/verifications/checks.ts';
import { completedEvent } from '../../lib/verifications/conclude.ts';
import { readPlan } from '../../lib/verifications/plan.ts';
import { ruleMeanings } from '../../lib/verifications/policy.ts';
import { document, faults } from '../lib/openapi/ajv.ts';
import { runVerification } from '../support/verification-run.ts';
import { createWorld, media, type World } from '../support/world.ts';

const guide = readFileSync('docs/verifications.md', 'utf8');
const blocks = (language: string): string[] =>
  [...guide.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, text]) => text!);

describe('docs/verifications.md', () => {
  // Plans stand in double quotes of the shell, each file as a command that prints it.
  const plans = blocks('sh')
    .flatMap((script) => [...script.matchAll(/\/v1\/verifications" -H "\$json" -d "(\{[\s\S]*?\})"\n/g)])
    .map(([, text]) => text!.replaceAll(/\$\(stage [^)]*\)/g, '{"mediaId":"specimen000000000000000000000001"}'))
    .map((text) => JSON.parse(text.replaceAll('\\"', '"')));

  it('starts verifications with plans that are right', () => {
    expect(plans.map(({ verificationId }) => verificationId)).toEqual(['first1', 'card2', 'live2']);
    for (const plan of plans) {
      expect(faults('VerificationPlan', plan)).toBe('');
      expect(readPlan(plan, 'webank')).toHaveProperty('checks');
    }
  });

  const [answer, ...events] = blocks('json').map((text) => JSON.parse(text));

  it('shows an answer as it is', () => {
    expect(faults('Verification', answer)).toBe('');
  });

  describe('the events', () => {
    let world: World;
    beforeAll(async () => {
      world = await createWorld();
      const photo = await world.stage(Buffer.from(media.photo!.base64, 'base64'));
      world.simulator.configure({
        faults: [{ kind: 'executed-no-answer', path: '/api/v2/ocrpaas/driverlicenseupload' }],
      });
      const subject = { name: '样本甲', idNo: '990101199001010019' };
      await world.start({ verificationId: 'told1', subject, checks: { driverLicense: { photo } } });
      await runVerification(world, 'told1');
    });
    afterAll(() => world.stop());

    it.each([completedEvent, resolvedEvent])('%s has the form of what is sent', (type) => {
      const shown = events.find((event) => event['detail-type'] === type);
      const { detail } = world.events.find(({ detailType }) => detailType === type)!;
      const kinds = (value: object) =>
        Object.entries(value)
          .map(([key, one]) => `${key}: ${typeof one}`)
          .sort();
      expect(kinds(shown.detail)).toEqual(kinds(detail));
      expect(JSON.stringify(detail)).not.toMatch(/样本|990101/);
    });

    it('can be told by the pattern', () => {
      const [completed, , pattern] = events;
      expect(pattern.source).toContain(completed.source);
      expect(pattern['detail-type']).toEqual([completedEvent]);
      expect(pattern.detail.verdict).toContain(completed.detail.verdict);
    });
  });
});

describe('the generated docs', () => {
  const rulesPage = generatedFiles().get('docs/verification-rules.md')!;

  it('list every check, step and rule', () => {
    for (const name of [...Object.keys(checks), ...steps.map((step) => step.name), ...Object.keys(ruleMeanings)]) {
      expect(rulesPage).toContain(`\n| \`${name}\` |`);
    }
  });

  it('say of every field of a plan where it goes', () => {
    const { properties } = document.components.schemas!.VerificationPlan as { properties: Properties };
    const fieldsOf = (schema: Schema | undefined) => Object.keys(schema?.properties as Properties);
    const given = Object.entries((properties.checks as { properties: Properties }).properties);
    const fields = [
      ...fieldsOf(properties.subject).map((field) => `subject.${field}`),
      ...given.flatMap(([check, schema]) => fieldsOf(schema).map((field) => `checks.${check}.${field}`)),
    ];
    expect(planEntries.map(({ what }) => what).sort()).toEqual(fields.sort());
    const kept = planEntries.filter(({ where }) => !where.includes('record only'));
    expect(kept.map(({ what }) => what)).toEqual(['checks.liveness.orderNo']);
  });
});
