/**
 * The generated docs: `node infra/docs.ts` writes what the declarations say, `node infra/docs.ts --check` writes nothing
 * and fails when a file says something else.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { problems } from '../lib/http/problems.ts';
import { openApi } from '../lib/openapi/document.ts';
import { operations } from '../lib/operations/index.ts';
import { codesPage } from './docs/codes-page.ts';
import { dataPage } from './docs/data-page.ts';
import { errorsPage } from './docs/errors-page.ts';
import { operationsPage } from './docs/operations-page.ts';
import { operationsTable } from './docs/operations-table.ts';
import { verificationsPage } from './docs/verifications-page.ts';

const root = join(import.meta.dirname, '..');
const readme = 'README.md';
const markers = /(<!-- operations:begin -->\n)[\s\S]*?(<!-- operations:end -->)/;

const read = (file: string): string | undefined => {
  const path = join(root, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
};

/** Every generated file by its path from the project's folder, with what it must hold. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const document = {
    'x-generated': 'from the declarations by npm run docs; do not edit',
    ...openApi(operations, { problems }),
  };
  const files = new Map([
    ['docs/openapi.json', `${JSON.stringify(document, null, 2)}\n`],
    ['docs/operations.md', operationsPage(operations)],
    ['docs/errors.md', errorsPage(problems)],
    ['docs/codes.md', codesPage(operations)],
    ['docs/data-catalogue.md', dataPage(operations)],
    ['docs/verification-rules.md', verificationsPage()],
  ]);
  const text = read(readme);
  if (text && markers.test(text)) {
    files.set(
      readme,
      text.replace(markers, (_, begin, end) => `${begin}${operationsTable(operations)}\n${end}`),
    );
  }
  return files;
}

/** The generated files that are not as they must be. */
export const staleFiles = (): readonly string[] =>
  [...generatedFiles()].filter(([file, text]) => read(file) !== text).map(([file]) => file);

if (import.meta.main) {
  const stale = staleFiles();
  if (process.argv.includes('--check')) {
    if (stale.length > 0) {
      console.error(`Not as the declarations say: ${stale.join(', ')}. Run npm run docs.`);
      process.exitCode = 1;
    }
  } else {
    const files = generatedFiles();
    for (const file of stale) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), files.get(file)!);
    }
    console.log(stale.length > 0 ? `Wrote ${stale.join(', ')}.` : 'Everything is as the declarations say.');
  }
}
