import { parse } from 'acorn';
import MagicString from 'magic-string';
import { visitFreeNames } from '../compiler/free-names.ts';
import { topLevelNames } from '../compiler/names.ts';
import { debugHostKey } from './debug-host-key.ts';

/**
 * Makes names of cells readable and writable in a frame that has no variables of these names: they live in bindings.
 *
 * @param known names that cells have declared
 * @param local names that the frame itself has
 * @throws SyntaxError where the text is no JavaScript
 */
export function frameExpression(
  code: string,
  known: ReadonlySet<string>,
  local: ReadonlySet<string>,
): string {
  const program = parse(code, { ecmaVersion: 'latest', sourceType: 'script' });
  const own = topLevelNames(program);
  const text = new MagicString(code);
  visitFreeNames(program, {
    enter: () => undefined,
    name: ({ node: { name, start, end }, shorthand, role }) => {
      if (!known.has(name) || local.has(name) || own.has(name)) return;
      const member = role === 'write' ? 'K' : role === 'typeof' ? 't' : 'v';
      const access = `globalThis[Symbol.for("${debugHostKey}")].binding(${JSON.stringify(name)}).${member}`;
      const called = role === 'call' ? `(0, ${access})` : access;
      text.update(start, end, shorthand ? `${name}: ${called}` : called);
    },
  });
  return text.toString();
}
