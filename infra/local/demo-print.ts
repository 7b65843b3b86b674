/** How the demo shows things to people. */

/** Rows in columns, the first row being their heads. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => String(cell).padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The same text, each line further in. */
export const indented = (text: string): string => text.replace(/^(?=.)/gm, '   ');

/** JSON for people: media shortened. */
export const pretty = (value: unknown): string =>
  JSON.stringify(
    value,
    (_, inner) =>
      typeof inner === 'string' && inner.length > 200 ? `${inner.slice(0, 24)}… (${inner.length} characters)` : inner,
    2,
  );
