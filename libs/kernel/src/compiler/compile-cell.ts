import { Parser, parseExpressionAt, type ImportDeclaration, type Program } from 'acorn';
import type { DeclarationKind } from './names.ts';
import { parseCell, syntaxErrors, usingAsConst, usingNames } from './parse-cell.ts';
import { rewrite, type KnownNames } from './rewrite.ts';
import { SourcePositions } from './source-positions.ts';
import { transpile, type CellDiagnostic } from './transpile.ts';

/** One `import` (or `export … from`) statement of a cell. */
export interface CellImport {
  readonly specifier: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** What becomes visible; `*` is the whole namespace. */
  readonly bindings: readonly { readonly local: string; readonly imported: string }[];
}

/** A cell that is ready to run. */
export interface CompiledCell {
  /** A script that hands the cell's function to `globalThis[Symbol.for('fovea.cell')]`. */
  readonly code: string;
  /** Encoded source maps from `code` to the cell, newest step first; for {@link SourcePositions}. */
  readonly mappings: readonly string[];
  readonly imports: readonly CellImport[];
  readonly declared: readonly (readonly [string, DeclarationKind])[];
  readonly fresh: readonly string[];
  readonly bindings: readonly string[];
  readonly uses: readonly string[];
}

/** Either a cell that is ready to run or what is wrong with its syntax. */
export type CompileResult =
  | { readonly ok: true; readonly cell: CompiledCell; readonly warnings?: readonly CellDiagnostic[] }
  | {
      readonly ok: false;
      readonly errors: readonly CellDiagnostic[];
      /** The cell could run, but its types are wrong. */
      readonly typesOnly?: boolean;
    };

/**
 * Compiles a cell to a script whose top-level names live in bindings that outlast the cell.
 *
 * @param source TypeScript
 * @param known names of earlier cells, with how they were declared
 */
export function compileCell(source: string, known: KnownNames = new Map()): CompileResult {
  const written = asExpression(source) ?? source;
  const file = parseCell(written);
  const using = usingNames(file);
  const cell = using.size > 0 && syntaxErrors(file).length === 0 ? usingAsConst(written, file) : written;
  const transpiled = transpile(cell);
  if ('errors' in transpiled) return { ok: false, errors: transpiled.errors };
  const { code, mappings } = transpiled;
  let program: Program;
  try {
    program = CellParser.parse(code, {
      ecmaVersion: 'latest',
      sourceType: 'module',
      checkPrivateFields: true,
      allowAwaitOutsideFunction: true,
    });
  } catch (error) {
    return { ok: false, errors: [syntaxError(error, mappings)] };
  }
  const result = rewrite({ code, program, cell, known, using });
  const { prefix, bindings, text } = result;
  const parameters = [`${prefix}0`, `${prefix}1`, ...bindings.map((name) => prefix + name)];
  const hoisted = result.hoisted.map((name) => `${prefix}${name}.F = ${name};`).join('');
  const needsAwait = result.needsAwait || [...using.values()].includes(true);
  const [open, close] = using.size > 0 ? disposal(prefix, needsAwait) : ['', ''];
  text.prepend(
    `globalThis[Symbol.for("fovea.cell")](${needsAwait ? 'async ' : ''}(${parameters.join(', ')}) => {"use strict";${open}${hoisted}\n`,
  );
  text.append(`\n${close}});`);
  return {
    ok: true,
    cell: {
      code: text.toString(),
      mappings: [text.generateMap({ hires: 'boundary' }).mappings, ...mappings],
      imports: cellImports(program),
      declared: [...result.declared],
      fresh: result.fresh,
      bindings,
      uses: result.uses,
    },
  };
}

/** What a cell with `using` at its top runs in: its resources end with it, whatever happens. */
function disposal(prefix: string, awaits: boolean): [string, string] {
  const [resources, error] = [`${prefix}2`, `${prefix}3`];
  return [
    `const ${resources} = { stack: [], error: void 0, hasError: false }; try {`,
    `} catch (${error}) { ${resources}.error = ${error}; ${resources}.hasError = true; } ` +
      `finally { ${awaits ? 'await ' : ''}${prefix}0.dispose(${resources}); }`,
  ];
}

/** A cell may export what an earlier cell declared, which a module may not. */
const CellParser = Parser.extend(
  (Base) =>
    class extends Base {
      checkLocalExport(): void {}
    },
);

/** `{a: 1}` as a whole cell means the object, as in every other JavaScript prompt. */
export function asExpression(source: string): string | undefined {
  const start = source.search(/\S/);
  if (source[start] !== '{' || !source.trimEnd().endsWith('}')) return undefined;
  try {
    const expression = parseExpressionAt(source, start, {
      ecmaVersion: 'latest',
      sourceType: 'module',
      allowAwaitOutsideFunction: true,
    });
    // Parentheses take the place of nothing, so columns on the first line move by one; lines stay.
    return source.slice(expression.end).trim() === '' ? `(${source.trimEnd()})` : undefined;
  } catch {
    return undefined;
  }
}

function cellImports(program: Program): CellImport[] {
  return program.body.flatMap((node) => {
    if (node.type !== 'ImportDeclaration' && node.type !== 'ExportAllDeclaration') {
      if (node.type !== 'ExportNamedDeclaration' || !node.source) return [];
    }
    const { source, attributes } = node as ImportDeclaration;
    const entries = attributes.map(({ key, value }) => [
      key.type === 'Identifier' ? key.name : String(key.value),
      String(value.value),
    ]) as [string, string][];
    const specifiers = node.type === 'ImportDeclaration' ? node.specifiers : [];
    const bindings = specifiers.map((specifier) => ({
      local: specifier.local.name,
      imported:
        specifier.type === 'ImportNamespaceSpecifier'
          ? '*'
          : specifier.type === 'ImportDefaultSpecifier'
            ? 'default'
            : specifier.imported.type === 'Identifier'
              ? specifier.imported.name
              : String(specifier.imported.value),
    }));
    return [{ specifier: String(source?.value), attributes: Object.fromEntries(entries), bindings }];
  });
}

function syntaxError(error: unknown, mappings: readonly string[]): CellDiagnostic {
  const { message, loc } = error as SyntaxError & { loc?: { line: number; column: number } };
  const generated = { line: (loc?.line ?? 1) - 1, column: loc?.column ?? 0 };
  const place = new SourcePositions(mappings).original(generated) ?? { line: 0, column: 0 };
  return { message: message.replace(/ \(\d+:\d+\)$/, ''), code: 0, ...place, length: 1 };
}
