import type { AnyNode, Expression, Pattern, Program, Statement, VariableDeclaration } from 'acorn';
import MagicString from 'magic-string';
import { visitFreeNames, type FreeName } from './free-names.ts';
import { patternNames, topLevelNames, type DeclarationKind } from './names.ts';
import { rawGlobals } from './raw-globals.ts';
import type { KnownNames, RewriteInput, Rewritten } from './rewritten.ts';
import {
  bindingPlaces,
  declarationOf,
  endsWithLine,
  isAnonymousFunction,
  isEnumOrNamespace,
  unescaped,
} from './syntax.ts';

export type { KnownNames } from './rewritten.ts';

/** Turns every use of a top-level name into an access to its binding, and makes loops stoppable. */
export function rewrite(input: RewriteInput): Rewritten {
  return new Rewriter(input).run();
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
  readonly #using: ReadonlyMap<string, boolean>;
  readonly #text: MagicString;
  readonly #declared: Map<string, DeclarationKind>;
  readonly #local = new Set<string>();
  readonly #places = new Map<string, Place>();
  readonly #topLevel = new Set<AnyNode>();
  readonly #heads = new Set<AnyNode>();
  readonly #bindings = new Set<string>();
  readonly #uses = new Set<string>();
  readonly #fresh: string[] = [];
  readonly #unended = new Set<number>();
  readonly #prefix: string;
  #needsAwait = false;

  constructor({ code, program, cell, known, using }: RewriteInput) {
    this.#using = using;
    this.#code = code;
    this.#program = program;
    this.#known = known;
    this.#text = new MagicString(code);
    this.#declared = topLevelNames(program);
    let prefix = '$$';
    while (code.includes(prefix)) prefix += '$';
    this.#prefix = prefix;
    const written = unescaped(cell);
    for (const statement of program.body) this.#declare(statement as Statement, written);
  }

  run(): Rewritten {
    const { body } = this.#program;
    this.#separate(body);
    body.forEach((statement, i) => this.#statement(statement as Statement, body[i + 1] as Statement));
    this.#value();
    visitFreeNames(this.#program, {
      name: (use) => this.#name(use),
      enter: (node, depth, ownThis) => this.#enter(node, depth, ownThis),
      directEval: ({ arguments: [text] }, locals, ownThis) => {
        if (!text || text.type === 'SpreadElement') return;
        // Names of this cell's own that are no bindings are found like those of a function.
        const names = JSON.stringify([...locals, ...this.#local]);
        this.#text.appendRight(text.start, `${this.#prefix}0.evaluated(`);
        this.#text.prependLeft(text.end, `, ${names}, ${ownThis}, ${JSON.stringify(`${this.#prefix}0`)})`);
      },
    });
    // Last, so that it follows what else was put there.
    for (const end of this.#unended) this.#text.appendLeft(end, ';');
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

  /** Ends statements that end with their line: what follows may now begin with a parenthesis. */
  #separate(statements: readonly AnyNode[]): void {
    for (const statement of statements.slice(0, -1)) {
      if (this.#code[statement.end - 1] !== ';' && endsWithLine(statement)) this.#unended.add(statement.end);
    }
  }

  #enter(node: AnyNode, depth: number, ownThis: boolean): void {
    switch (node.type) {
      case 'BlockStatement':
      case 'StaticBlock':
        return this.#separate(node.body);
      case 'SwitchCase':
        return this.#separate(node.consequent);
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
      if (init) {
        this.#keepName(id, init);
        if (id.type === 'Identifier' && this.#using.has(id.name)) this.#use(init, id.name);
      } else if (node.kind !== 'var') this.#text.appendLeft(id.end, ' = void 0');
    }
    if (!head) this.#close(node, ')');
  }

  /** The value of a `using` is noted, so that it is disposed of when the cell ends. */
  #use(value: Expression, name: string): void {
    this.#text.appendRight(value.start, `${this.#prefix}0.use(${this.#prefix}2, `);
    this.#text.prependLeft(value.end, `, ${this.#using.get(name) === true})`);
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
