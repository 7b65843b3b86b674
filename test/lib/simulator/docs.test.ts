import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { faultKinds } from '../../../lib/simulator/faults.ts';
import { limitedPerson, magicIdNumbers } from '../../../lib/simulator/magic.ts';
import { defaultSettings } from '../../../lib/simulator/settings.ts';

const page = readFileSync('docs/simulator.md', 'utf8');

it('docs/simulator.md lists every setting with its default', () => {
  for (const [name, value] of Object.entries(defaultSettings)) {
    const written = typeof value === 'string' ? `\`"${value}"\`` : JSON.stringify(value);
    expect(page).toContain(`| \`${name}\` | ${written} |`);
  }
});

it('docs/simulator.md lists every fault', () => {
  for (const kind of faultKinds) expect(page).toContain(`| \`${kind}\` |`);
});

it('docs/simulator.md lists every magic ID number', () => {
  for (const [idNo, code] of magicIdNumbers) expect(page).toContain(`| \`${idNo}\` | ${code}`);
  expect(page).toContain(`| \`${limitedPerson.idNo}\` | 66660017 after ${limitedPerson.attempts} attempts`);
});
