import { parse, type AnyNode } from 'acorn';
import type { Position } from '../compiler/source-positions.ts';
import { children, isFunction } from '../compiler/names.ts';

/** Whether what is thrown at a place of a script meets a `catch` before it leaves the function that the place is in. */
export function isCaught(script: string, place: Position): boolean {
  let program: AnyNode;
  try {
    program = parse(script, {
      ecmaVersion: 'latest',
      sourceType: 'module',
      allowAwaitOutsideFunction: true,
      allowHashBang: true,
    });
  } catch {
    return false;
  }
  const at = offset(script, place);
  let caught = false;
  const visit = (node: AnyNode): void => {
    if (isFunction(node)) caught = false;
    const inside = children(node).find(({ start, end }) => start <= at && at < end);
    if (node.type === 'TryStatement' && node.handler && inside === node.block) caught = true;
    if (inside) visit(inside);
  };
  visit(program);
  return caught;
}

function offset(text: string, { line, column }: Position): number {
  let start = 0;
  for (let i = 0; i < line; i++) start = text.indexOf('\n', start) + 1;
  return start + column;
}
