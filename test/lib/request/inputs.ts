import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { Operation, ProfileName } from '../../../lib/operation.ts';
import { operations } from '../../../lib/operations/index.ts';
import { profiles } from '../../../lib/profiles.ts';
import { type CheckedRequest, validate } from '../../../lib/request/validate.ts';

/** Every profile. */
export const profileNames = Object.keys(profiles) as ProfileName[];

/** Every operation on every profile. */
export const everywhere = operations.flatMap((operation) =>
  profileNames.map((profile) => ({ name: operation.name, operation, profile })),
);

const sample = (file: string): { base64: string } => ({
  base64: readFileSync(new URL(`../../samples/${file}`, import.meta.url)).toString('base64'),
});

/** Synthetic media by the field that carries it. */
export const media: Readonly<Record<string, { base64: string }>> = {
  photo: sample('face.jpg'),
  sourcePhoto: sample('face-source.png'),
  video: sample('digits-video.mp4'),
  agreement: sample('agreement.pdf'),
};

/** An operation by its name. */
export function named(name: string): Operation {
  return operations.find((operation) => operation.name === name) ?? expect.fail(`no operation ${name}`);
}

/** A request with every field that the profile has, made of the fields' samples and synthetic media. */
export function fullInput(operation: Operation, profile: ProfileName): Record<string, unknown> {
  const absent = operation.wire.absent?.[profile] ?? [];
  const present = Object.entries(operation.request).filter(([name]) => !absent.includes(name));
  return Object.fromEntries(
    present.map(([name, field]) => [name, field.kind === 'media' ? media[name] : field.sample]),
  );
}

/** The same request, with the overrides, after the check. */
export function checkedInput(operation: Operation, profile: ProfileName, input: unknown): CheckedRequest {
  const checked = validate(operation, profile, input);
  return 'request' in checked ? checked.request : expect.fail(JSON.stringify(checked.errors));
}

/** What is wrong with an input that must be refused: the problem, then each pointer with its rule. */
export function refused(operation: string, input: unknown, profile: ProfileName = 'tencentcloud'): string[] {
  const checked = validate(named(operation), profile, input);
  if (!('problem' in checked)) return expect.fail('accepted');
  return [checked.problem, ...checked.errors.map(({ pointer, rule }) => `${pointer} ${rule}`)];
}

/** An input without some of its fields. */
export const without = (given: Record<string, unknown>, ...names: string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(given).filter(([name]) => !names.includes(name)));
