import type { AnyNode, Pattern, Program, Statement, VariableDeclaration } from 'acorn';

/** How a name was declared at the top level of a cell; decides what an assignment to it does. */
export type DeclarationKind = 'let' | 'const' | 'class' | 'function' | 'var' | 'import';

/** Names bound by a pattern, in source order. */
export function patternNames(pattern: Pattern): string[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern.name];
    case 'ObjectPattern':
      return pattern.properties.flatMap((property) =>
        patternNames(property.type === 'Property' ? property.value : property.argument),
      );
    case 'ArrayPattern':
      return pattern.elements.flatMap((element) => (element ? patternNames(element) : []));
    case 'RestElement':
      return patternNames(pattern.argument);
    case 'AssignmentPattern':
      return patternNames(pattern.left);
    default:
      return [];
  }
}

/** Names that a list of statements binds lexically: let, const, class, function, import; not var. */
export function lexicalNames(statements: readonly AnyNode[]): Map<string, DeclarationKind> {
  const names = new Map<string, DeclarationKind>();
  for (const statement of statements) {
    const node =
      (statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportDefaultDeclaration') &&
      statement.declaration
        ? statement.declaration
        : statement;
    if (node.type === 'VariableDeclaration' && node.kind !== 'var') {
      for (const name of declaredNames(node)) names.set(name, node.kind === 'let' ? 'let' : 'const');
    } else if (node.type === 'FunctionDeclaration' && node.id) names.set(node.id.name, 'function');
    else if (node.type === 'ClassDeclaration' && node.id) names.set(node.id.name, 'class');
    else if (node.type === 'ImportDeclaration') {
      for (const specifier of node.specifiers) names.set(specifier.local.name, 'import');
    }
  }
  return names;
}

/** Names that `var` binds in a function body or program, however deeply nested in blocks, not in inner functions. */
export function varNames(root: AnyNode | readonly AnyNode[]): Set<string> {
  const names = new Set<string>();
  const visit = (node: AnyNode): void => {
    if (isFunction(node) || node.type === 'ClassDeclaration' || node.type === 'ClassExpression') return;
    if (node.type === 'VariableDeclaration' && node.kind === 'var') {
      for (const name of declaredNames(node)) names.add(name);
    }
    for (const child of children(node)) visit(child);
  };
  for (const node of Array.isArray(root) ? (root as AnyNode[]) : [root as AnyNode]) visit(node);
  return names;
}

/** Every name that the top level of a cell declares. */
export function topLevelNames(program: Program): Map<string, DeclarationKind> {
  const names = lexicalNames(program.body);
  for (const name of varNames(program.body as Statement[])) if (!names.has(name)) names.set(name, 'var');
  return names;
}

/** Child nodes in source order of their keys. */
export function children(node: AnyNode): AnyNode[] {
  const found: AnyNode[] = [];
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) found.push(item);
    } else if (isNode(value)) found.push(value);
  }
  return found;
}

/** Function declaration, expression or arrow. */
export function isFunction(node: AnyNode): boolean {
  return (
    node.type === 'FunctionDeclaration' ||
    node.type === 'FunctionExpression' ||
    node.type === 'ArrowFunctionExpression'
  );
}

function declaredNames(node: VariableDeclaration): string[] {
  return node.declarations.flatMap((declarator) => patternNames(declarator.id));
}

function isNode(value: unknown): value is AnyNode {
  return (
    typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'
  );
}

/** Every identifier of a text; more than its free names, which costs nothing but a longer prelude. */
export function identifiers(text: string): Set<string> {
  return new Set(text.match(/[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/gu));
}
