/**
 * Puts tables between their markers in a Markdown text and leaves everything else as it is.
 *
 * A table named `bam/small` stands between `<!-- table:bam/small -->` and `<!-- /table:bam/small -->`, each on a line of its own.
 *
 * @param render - the Markdown of a table by name
 * @returns the new text and the names found in it, in their order
 * @throws Error with the line number when a marker has no partner, or two tables are inside each other
 *
 * @example
 * const { text } = rewriteTables(readme, (name) => toMarkdown(tables[name]));
 */
export function rewriteTables(
  text: string,
  render: (name: string) => string,
): { readonly text: string; readonly names: readonly string[] } {
  const names: string[] = [];
  const lines: string[] = [];
  let open: { name: string; line: number } | undefined;
  for (const [i, line] of text.split('\n').entries()) {
    const [, slash, name] = /^<!-- (\/?)table:(\S+) -->\s*$/.exec(line) ?? [];
    if (name === undefined) {
      if (!open) lines.push(line);
    } else if (slash === '') {
      if (open) throw new Error(`rewriteTables: line ${i + 1}: ${name} begins inside ${open.name}.`);
      open = { name, line: i + 1 };
      names.push(name);
      lines.push(line, '', render(name).trimEnd(), '');
    } else {
      if (open?.name !== name)
        throw new Error(`rewriteTables: line ${i + 1}: ${name} ends but did not begin.`);
      open = undefined;
      lines.push(line);
    }
  }
  if (open)
    throw new Error(`rewriteTables: line ${open.line}: ${open.name} has no <!-- /table:${open.name} -->.`);
  return { text: lines.join('\n'), names };
}
