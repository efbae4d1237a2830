import type * as TypeScript from 'typescript';
import { typescript } from './typescript.ts';

/** Whether a cell without syntax errors means the same to a JavaScript engine as it stands: no types, nothing to lower. */
export function isPlainJavaScript(file: TypeScript.SourceFile): boolean {
  const ts = typescript();
  const { SyntaxKind, NodeFlags } = ts;
  if (file.text.startsWith('#!')) return false;
  const kinds = new Set([
    SyntaxKind.TypeParameter,
    SyntaxKind.InterfaceDeclaration,
    SyntaxKind.TypeAliasDeclaration,
    SyntaxKind.EnumDeclaration,
    SyntaxKind.ModuleDeclaration,
    SyntaxKind.ImportEqualsDeclaration,
    SyntaxKind.NamespaceExportDeclaration,
    SyntaxKind.IndexSignature,
    SyntaxKind.AsExpression,
    SyntaxKind.SatisfiesExpression,
    SyntaxKind.NonNullExpression,
    SyntaxKind.TypeAssertionExpression,
    SyntaxKind.Decorator,
    SyntaxKind.MissingDeclaration,
    SyntaxKind.QuestionToken,
    SyntaxKind.ExclamationToken,
  ]);
  const modifiers = new Set([
    SyntaxKind.ExportKeyword,
    SyntaxKind.DefaultKeyword,
    SyntaxKind.AsyncKeyword,
    SyntaxKind.StaticKeyword,
  ]);
  const plain = (node: TypeScript.Node): boolean => {
    const { kind } = node;
    if (kinds.has(kind)) return false;
    // `class A extends B {}` holds its base as a kind of type.
    const base = kind === SyntaxKind.ExpressionWithTypeArguments;
    if (!base && ts.isTypeNode(node)) return false;
    if (ts.isVariableDeclarationList(node) && node.flags & NodeFlags.Using) return false;
    if (ts.isExportDeclaration(node) && node.isTypeOnly) return false;
    if ((ts.isImportSpecifier(node) || ts.isExportSpecifier(node)) && node.isTypeOnly) return false;
    if (ts.isImportClause(node) && node.phaseModifier !== undefined) return false;
    if (ts.isExportAssignment(node) && node.isExportEquals) return false;
    if (ts.isHeritageClause(node) && node.token === SyntaxKind.ImplementsKeyword) return false;
    if (ts.isFunctionLike(node) && 'body' in node && !node.body) return false;
    if (ts.isParameter(node) && ts.isIdentifier(node.name) && node.name.text === 'this') return false;
    if (ts.canHaveModifiers(node) && node.modifiers?.some((one) => !modifiers.has(one.kind))) return false;
    return (
      ts.forEachChild(node, (child) => {
        // The question mark of `a ? b : c` is a token like that of an optional parameter.
        const conditional = ts.isConditionalExpression(node) && child === node.questionToken;
        return conditional || plain(child) ? undefined : true;
      }) === undefined
    );
  };
  return plain(file);
}
