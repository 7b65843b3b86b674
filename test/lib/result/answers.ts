import { readFileSync } from 'node:fs';
import { classify } from '../../../lib/codes/classify.ts';
import type { Answer } from '../../../lib/flow/answer.ts';
import { conclude } from '../../../lib/flow/conclude.ts';
import type { ProfileName } from '../../../lib/operation.ts';
import { profiles } from '../../../lib/profiles.ts';
import type { CheckedRequest } from '../../../lib/request/validate.ts';
import type { ReadContext } from '../../../lib/result/read.ts';
import { named } from '../request/inputs.ts';

/** Our own time in these tests. */
export const now = Date.parse('2026-01-05T02:00:00Z');

/** What a result depends on besides the answer. */
export const readContext = (more: Partial<ReadContext> = {}): ReadContext => ({
  request: {},
  threshold: 70,
  challengeMaxAge: 300_000,
  now,
  transactionTime: null,
  ...more,
});

/** A documented answer of the upstream, from the fixtures. */
export function documented(file: string): Record<string, unknown> {
  const path = new URL(`../../fixtures/upstream/samples/${file}.json`, import.meta.url);
  return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
}

/** What Signet makes of a parsed answer: null when it proves nothing. */
export function understood(
  operation: string,
  profile: ProfileName,
  request: CheckedRequest,
  body: Record<string, unknown>,
): Answer | null {
  const declared = named(operation);
  const opened = declared.envelope.open(body);
  const code = opened.code ?? '';
  return conclude(
    declared,
    request,
    { kind: 'answer', opened: { ...opened, code }, classified: classify(declared.family, code, opened.message) },
    {
      profile: profiles[profile],
      now: () => now,
      policy: {
        similarity: { match: 70, approve: 80 },
        challengeMaxAge: 300,
        isolateCallers: true,
        externalOrders: 'deny',
      },
    },
  );
}
