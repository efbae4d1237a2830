import type * as TypeScript from 'typescript';
import { typescript } from '../compiler/transpile.ts';

/** Names that a text declares and that its scopes let a place see, innermost last. */
export function visibleNames(code: string, at: number): string[] {
  const ts = typescript();
  const file = ts.createSourceFile('cell.mts', code, ts.ScriptTarget.ESNext, true);
  const names = new Set<string>();
  const add = (name: TypeScript.BindingName): void => {
    if (ts.isIdentifier(name)) names.add(name.text);
    else for (const one of name.elements) if (ts.isBindingElement(one)) add(one.name);
  };
  const visit = (node: TypeScript.Node, scope: TypeScript.Node): void => {
    const seen = scope.kind === ts.SyntaxKind.SourceFile || (scope.pos <= at && at <= scope.end);
    if (seen) {
      if (ts.isVariableDeclaration(node) || ts.isParameter(node)) add(node.name);
      else if (ts.isImportClause(node) && node.name) names.add(node.name.text);
      else if (ts.isImportSpecifier(node) || ts.isNamespaceImport(node)) names.add(node.name.text);
      else if (isNamed(ts, node) && node.name && ts.isIdentifier(node.name)) names.add(node.name.text);
    }
    const opens =
      ts.isFunctionLike(node) || ts.isBlock(node) || ts.isForStatement(node) || ts.isForOfStatement(node);
    ts.forEachChild(node, (child) => visit(child, opens ? node : scope));
  };
  visit(file, file);
  names.delete('');
  return [...names];
}

/** What a statement or a type may begin with and what TypeScript itself declares as types only. */
export const words: readonly string[] = (
  'abstract any as async await bigint boolean break case catch class const continue debugger declare default delete do else enum ' +
  'export extends false finally for from function if implements import in infer instanceof interface is keyof let namespace never ' +
  'new null number object of private protected public readonly return satisfies static string super switch symbol this throw true ' +
  'try type typeof undefined unknown using var void while with yield'
).split(' ');

export const utilityTypes: readonly string[] = (
  'ArrayLike AsyncIterable Awaited ConstructorParameters Exclude Extract InstanceType Iterable NonNullable Omit Parameters Partial ' +
  'Pick PromiseLike Readonly ReadonlyArray ReadonlyMap ReadonlySet Record Required ReturnType'
).split(' ');

type Named =
  | TypeScript.FunctionDeclaration
  | TypeScript.ClassDeclaration
  | TypeScript.InterfaceDeclaration
  | TypeScript.TypeAliasDeclaration
  | TypeScript.EnumDeclaration
  | TypeScript.ModuleDeclaration;

function isNamed(ts: typeof TypeScript, node: TypeScript.Node): node is Named {
  return (
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isEnumDeclaration(node) ||
    ts.isModuleDeclaration(node)
  );
}
