import type * as TypeScript from 'typescript';
import { typescript } from '../compiler/transpile.ts';

/** A name that a cell declares at its top level, as the type checker sees it. */
export interface DeclaredName {
  readonly name: string;
  /** False for let and var, which later cells may assign. */
  readonly constant: boolean;
  /** `any` of the two or both: an import, a namespace. */
  readonly meaning: 'value' | 'type' | 'both' | 'any';
}

/** Names that a cell's TypeScript declares: values, types and imports, also `var` in blocks. */
export function declaredNames(source: TypeScript.SourceFile): DeclaredName[] {
  const ts = typescript();
  const names = new Map<string, DeclaredName>();
  const add = (name: string, constant: boolean, as: DeclaredName['meaning'] = 'any'): void => {
    const known = names.get(name);
    if (!known) names.set(name, { name, constant, meaning: as });
    else {
      const meaning = known.meaning === as ? as : known.meaning === 'any' || as === 'any' ? 'any' : 'both';
      names.set(name, { name, constant: known.constant && constant, meaning });
    }
  };
  const addPattern = (pattern: TypeScript.BindingName, constant: boolean): void => {
    if (ts.isIdentifier(pattern)) add(pattern.text, constant, 'value');
    else {
      for (const element of pattern.elements) {
        if (ts.isBindingElement(element)) addPattern(element.name, constant);
      }
    }
  };
  const addList = (list: TypeScript.VariableDeclarationList): void => {
    // Const is a bit of its own, using another, and await using is both.
    const constant = (list.flags & (ts.NodeFlags.Const | ts.NodeFlags.Using)) !== 0;
    for (const { name } of list.declarations) addPattern(name, constant);
  };
  const visitVars = (node: TypeScript.Node): void => {
    if (ts.isFunctionLike(node) || ts.isClassLike(node) || ts.isModuleDeclaration(node)) return;
    if (ts.isVariableDeclarationList(node) && !(node.flags & ts.NodeFlags.BlockScoped)) addList(node);
    ts.forEachChild(node, visitVars);
  };
  for (const statement of source.statements) {
    if (ts.isVariableStatement(statement)) addList(statement.declarationList);
    else if (ts.isImportDeclaration(statement)) {
      const { name, namedBindings } = statement.importClause ?? {};
      if (name) add(name.text, true);
      if (namedBindings && ts.isNamespaceImport(namedBindings)) add(namedBindings.name.text, true);
      else if (namedBindings) for (const one of namedBindings.elements) add(one.name.text, true);
    } else if (ts.isModuleDeclaration(statement)) {
      if (ts.isIdentifier(statement.name)) add(statement.name.text, true);
    } else if (
      ts.isFunctionDeclaration(statement) ||
      ts.isClassDeclaration(statement) ||
      ts.isInterfaceDeclaration(statement) ||
      ts.isTypeAliasDeclaration(statement) ||
      ts.isEnumDeclaration(statement) ||
      ts.isImportEqualsDeclaration(statement)
    ) {
      if (statement.name) add(statement.name.text, true, meaningOf(statement));
    } else visitVars(statement);
  }
  return [...names.values()];
}

function meaningOf({ kind }: TypeScript.Statement): DeclaredName['meaning'] {
  const { SyntaxKind } = typescript();
  if (kind === SyntaxKind.FunctionDeclaration) return 'value';
  if (kind === SyntaxKind.InterfaceDeclaration || kind === SyntaxKind.TypeAliasDeclaration) return 'type';
  return kind === SyntaxKind.ImportEqualsDeclaration ? 'any' : 'both';
}
