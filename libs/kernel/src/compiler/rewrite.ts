import type { AnyNode, Expression, Pattern, Program, Statement, VariableDeclaration } from 'acorn';
import MagicString from 'magic-string';
import { visitFreeNames, type FreeName } from './free-names.ts';
import { patternNames, topLevelNames, type DeclarationKind } from './names.ts';
import { rawGlobals } from './raw-globals.ts';
import { bindingPlaces, declarationOf, isAnonymousFunction, isEnumOrNamespace } from './syntax.ts';

/** What the session knows of a name that an earlier cell declared. */
export type KnownNames = ReadonlyMap<string, DeclarationKind>;

/** The rewritten cell, before it is wrapped. */
export interface Rewritten {
  readonly text: MagicString;
  readonly declared: ReadonlyMap<string, DeclarationKind>;
  /** Names of enums and namespaces, which start afresh instead of merging with an earlier cell's. */
  readonly fresh: readonly string[];
  /** Names whose binding the code needs, in order of first use. */
  readonly bindings: readonly string[];
  /** Names that the cell reads or assigns but does not declare. */
  readonly uses: readonly string[];
  readonly hoisted: readonly string[];
  readonly needsAwait: boolean;
  /** Prefix of every name the rewriter adds; it occurs nowhere in the cell. `0` after it is the kernel, `1` the flags. */
  readonly prefix: string;
}

/** Turns every use of a top-level name into an access to its binding, and makes loops stoppable. */
export function rewrite(code: string, program: Program, cell: string, known: KnownNames): Rewritten {
  return new Rewriter(code, program, cell, known).run();
}

interface Place {
  readonly at: number;
  readonly initStart: number;
  readonly initEnd: number;
}

class Rewriter {
  readonly #code: string;
  readonly #program: Program;
  readonly #known: KnownNames;
  readonly #text: MagicString;
  readonly #declared: Map<string, DeclarationKind>;
  readonly #local = new Set<string>();
  readonly #places = new Map<string, Place>();
  readonly #topLevel = new Set<AnyNode>();
  readonly #heads = new Set<AnyNode>();
  readonly #bindings = new Set<string>();
  readonly #uses = new Set<string>();
  readonly #fresh: string[] = [];
  readonly #prefix: string;
  #needsAwait = false;

  constructor(code: string, program: Program, cell: string, known: KnownNames) {
    this.#code = code;
    this.#program = program;
    this.#known = known;
    this.#text = new MagicString(code);
    this.#declared = topLevelNames(program);
    let prefix = '$$';
    while (code.includes(prefix)) prefix += '$';
    this.#prefix = prefix;
    for (const statement of program.body) this.#declare(statement as Statement, cell);
  }

  run(): Rewritten {
    const { body } = this.#program;
    body.forEach((statement, i) => this.#statement(statement as Statement, body[i + 1] as Statement));
    this.#value();
    visitFreeNames(this.#program, {
      name: (use) => this.#name(use),
      enter: (node, depth, ownThis) => this.#enter(node, depth, ownThis),
    });
    const hoisted = [...this.#declared].filter(([, kind]) => kind === 'function').map(([name]) => name);
    for (const name of this.#declared.keys()) this.#bindings.add(name);
    return {
      text: this.#text,
      declared: this.#declared,
      fresh: this.#fresh,
      bindings: [...this.#bindings],
      uses: [...this.#uses],
      hoisted,
      needsAwait: this.#needsAwait,
      prefix: this.#prefix,
    };
  }

  /** Notes where names come to life; leaves what TypeScript generated as locals of the cell. */
  #declare(statement: Statement, cell: string): void {
    const node = declarationOf(statement);
    this.#topLevel.add(node);
    if (node.type === 'ClassDeclaration' && node.id) {
      this.#places.set(node.id.name, { at: node.start, initStart: 0, initEnd: 0 });
    }
    if (node.type !== 'VariableDeclaration') return;
    const names = node.declarations.flatMap(({ id }) => patternNames(id));
    if (names.every((name) => !cell.includes(name) && name !== '__require')) {
      for (const name of names) {
        this.#local.add(name);
        this.#declared.delete(name);
      }
    }
    for (const { id, init } of node.declarations) {
      for (const [name, at] of bindingPlaces(id)) {
        this.#places.set(name, { at, initStart: init?.start ?? 0, initEnd: init?.end ?? 0 });
      }
    }
  }

  #statement(statement: Statement, next: Statement | undefined): void {
    const node = statement as AnyNode;
    if (node.type === 'ImportDeclaration' || node.type === 'ExportAllDeclaration') {
      this.#text.update(node.start, node.end, ';');
    } else if (node.type === 'ExportNamedDeclaration') {
      if (node.declaration) this.#text.update(node.start, node.declaration.start, '');
      else this.#text.update(node.start, node.end, ';');
    } else if (node.type === 'ExportDefaultDeclaration') {
      const { declaration } = node;
      if ('id' in declaration && declaration.id && declaration.type.endsWith('Declaration')) {
        this.#text.update(node.start, declaration.start, '');
      } else {
        const last = statement === this.#lastStatement();
        this.#text.update(node.start, declaration.start, last ? 'return [(' : '(');
        this.#close(node, last ? ')]' : ')');
      }
    }
    const declaration = declarationOf(statement);
    if (
      declaration.type === 'ClassDeclaration' &&
      declaration.id &&
      this.#declared.has(declaration.id.name)
    ) {
      this.#text.appendRight(declaration.start, `${this.#binding(declaration.id.name)}.L = `);
      this.#text.prependLeft(declaration.end, ';');
    }
    if (declaration.type === 'VariableDeclaration' && next && isEnumOrNamespace(declaration, next)) {
      this.#fresh.push(...patternNames(declaration.declarations[0]?.id as Pattern));
    }
  }

  /** Makes the cell return the value of its last expression, in an array so that a promise stays one. */
  #value(): void {
    const last = this.#lastStatement();
    if (last?.type === 'ExpressionStatement') this.#wrap(last, 'return [(', ')]');
    else if (last?.type === 'TryStatement' && this.#local.size > 0) {
      // What TypeScript makes of `using`: the cell's own statements lie in the try block.
      const inner = last.block.body.at(-1);
      if (inner?.type === 'ExpressionStatement') this.#wrap(inner, 'return [(', ')]');
    }
  }

  #lastStatement(): Program['body'][number] | undefined {
    return this.#program.body.findLast(
      (one) => one.type !== 'ExportNamedDeclaration' || one.declaration || one.source,
    );
  }

  #wrap(statement: AnyNode, before: string, after: string): void {
    this.#text.appendRight(statement.start, before);
    this.#close(statement, after);
  }

  /** Adds text before the semicolon that ends a statement. */
  #close(statement: AnyNode, text: string): void {
    if (this.#code[statement.end - 1] === ';') {
      this.#text.update(statement.end - 1, statement.end, `${text};`);
    } else this.#text.appendLeft(statement.end, `${text};`);
  }

  #binding(name: string): string {
    this.#bindings.add(name);
    return this.#prefix + name;
  }

  #name({ node, role, shorthand, deferred }: FreeName): void {
    const { name, start, end } = node;
    if (this.#local.has(name)) return;
    const kind = this.#declared.get(name);
    if (!kind && rawGlobals.has(name) && !this.#known.has(name)) return;
    if (!kind) this.#uses.add(name);
    const box = this.#binding(name);
    let access = `${box}.${this.#member(name, kind, role)}`;
    const place = this.#places.get(name);
    if (role !== 'declare' && !deferred && place && kind && kind !== 'var' && kind !== 'function') {
      const early = start < place.at || (start >= place.initStart && start < place.initEnd);
      if (early) access = `${box}.D`;
    }
    if (role === 'call') access = `(0, ${access})`;
    this.#text.update(start, end, shorthand ? `${name}: ${access}` : access);
  }

  #member(name: string, kind: DeclarationKind | undefined, role: FreeName['role']): string {
    if (role === 'declare') return kind === 'const' ? 'C' : kind === 'let' ? 'L' : 'v';
    if (role === 'typeof') return 't';
    const current = kind ?? this.#known.get(name);
    if (role === 'write' && (current === 'const' || current === 'import')) return 'K';
    return 'v';
  }

  #enter(node: AnyNode, depth: number, ownThis: boolean): void {
    switch (node.type) {
      case 'AwaitExpression':
        if (depth === 0) this.#needsAwait = true;
        return;
      case 'ForOfStatement':
        if (node.await && depth === 0) this.#needsAwait = true;
        this.#heads.add(node.left);
        return this.#guard(node.body);
      case 'ForInStatement':
        this.#heads.add(node.left);
        return this.#guard(node.body);
      case 'ForStatement':
        if (node.init) this.#heads.add(node.init);
        return this.#guard(node.body);
      case 'WhileStatement':
      case 'DoWhileStatement':
        return this.#guard(node.body);
      case 'VariableDeclaration':
        return this.#variables(node, depth);
      case 'ThisExpression':
        if (!ownThis) this.#text.update(node.start, node.end, '(void 0)');
        return;
      case 'MetaProperty':
        if (node.meta.name === 'import') this.#text.update(node.start, node.end, `${this.#prefix}0.meta`);
        return;
      case 'ImportExpression':
        this.#text.update(node.start, node.start + 'import'.length, `${this.#prefix}0.import`);
        return;
      case 'AssignmentExpression':
        if (['=', '&&=', '||=', '??='].includes(node.operator)) this.#keepName(node.left, node.right);
        return;
      case 'AssignmentPattern':
        return this.#keepName(node.left, node.right);
      default:
    }
  }

  #guard(body: Statement): void {
    const check = `${this.#prefix}1[0]&&${this.#prefix}0.stop();`;
    if (body.type === 'BlockStatement') this.#text.appendRight(body.start + 1, check);
    else {
      this.#text.appendRight(body.start, `{${check}`);
      this.#text.prependLeft(body.end, '}');
    }
  }

  /** `let a = 1, b;` becomes `void ($$a.L = 1, $$b.L = void 0);`. */
  #variables(node: VariableDeclaration, depth: number): void {
    const own = depth === 0 && (node.kind === 'var' || this.#topLevel.has(node));
    if (!own || node.declarations.some(({ id }) => patternNames(id).some((name) => this.#local.has(name))))
      return;
    const keywordEnd = node.declarations[0]?.start ?? node.end;
    const head = this.#heads.has(node);
    this.#text.update(node.start, keywordEnd, head ? '' : 'void (');
    for (const { id, init } of node.declarations) {
      if (init) this.#keepName(id, init);
      else if (node.kind !== 'var') this.#text.appendLeft(id.end, ' = void 0');
    }
    if (!head) this.#close(node, ')');
  }

  /** An anonymous function takes the name of the variable it is assigned to, which a property would not give it. */
  #keepName(target: AnyNode, value: Expression): void {
    if (target.type !== 'Identifier' || this.#local.has(target.name)) return;
    if (!isAnonymousFunction(value)) return;
    const name = JSON.stringify(target.name);
    this.#text.appendRight(value.start, `({[${name}]: `);
    this.#text.prependLeft(value.end, `})[${name}]`);
  }
}
