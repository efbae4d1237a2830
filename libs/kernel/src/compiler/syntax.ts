import type { AnyNode, Expression, Pattern, Statement, VariableDeclaration } from 'acorn';

/** The declaration inside an export, or the statement itself. */
export function declarationOf(statement: Statement): AnyNode {
  const node = statement as AnyNode;
  const exported = node.type === 'ExportNamedDeclaration' || node.type === 'ExportDefaultDeclaration';
  return exported && node.declaration ? node.declaration : node;
}

/** A function or class that takes its name from what it is assigned to. */
export function isAnonymousFunction(node: Expression): boolean {
  if (node.type === 'ArrowFunctionExpression') return true;
  return (node.type === 'FunctionExpression' || node.type === 'ClassExpression') && !node.id;
}

/** `var X; (function (X) {…})(X || (X = {}));` is what an enum or a namespace compiles to. */
export function isEnumOrNamespace(declaration: VariableDeclaration, next: Statement): boolean {
  const [only] = declaration.declarations;
  if (!only || only.init || only.id.type !== 'Identifier' || next.type !== 'ExpressionStatement')
    return false;
  const call = next.expression;
  if (call.type !== 'CallExpression' || call.callee.type !== 'FunctionExpression') return false;
  const [argument] = call.arguments;
  const left = argument?.type === 'LogicalExpression' ? argument.left : undefined;
  return left?.type === 'Identifier' && left.name === only.id.name;
}

/** Names that a pattern binds, with where each stands. */
export function bindingPlaces(pattern: Pattern): [string, number][] {
  const found: [string, number][] = [];
  const visit = (node: Pattern): void => {
    if (node.type === 'Identifier') found.push([node.name, node.start]);
    else if (node.type === 'ArrayPattern') node.elements.forEach((element) => element && visit(element));
    else if (node.type === 'RestElement') visit(node.argument);
    else if (node.type === 'AssignmentPattern') visit(node.left);
    else if (node.type === 'ObjectPattern') {
      for (const property of node.properties)
        visit(property.type === 'Property' ? property.value : property.argument);
    }
  };
  visit(pattern);
  return found;
}

/** A statement that a semicolon ends, or the end of its line where none is written. */
export function endsWithLine(statement: AnyNode): boolean {
  switch (statement.type) {
    case 'IfStatement':
      return endsWithLine(statement.alternate ?? statement.consequent);
    case 'LabeledStatement':
      return endsWithLine(statement.body);
    case 'ExpressionStatement':
    case 'VariableDeclaration':
    case 'ReturnStatement':
    case 'ThrowStatement':
    case 'BreakStatement':
    case 'ContinueStatement':
    case 'DebuggerStatement':
    case 'DoWhileStatement':
      return true;
    default:
      return false;
  }
}

/** A text with the escapes resolved that may stand in names. */
export function unescaped(text: string): string {
  if (!text.includes('\\u')) return text;
  return text.replace(/\\u(?:\{([\da-f]+)\}|([\da-f]{4}))/gi, (escape, braced?: string, plain?: string) => {
    const code = Number.parseInt(braced ?? plain ?? '', 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : escape;
  });
}
