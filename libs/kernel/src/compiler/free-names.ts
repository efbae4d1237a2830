import type { AnyNode, CallExpression, Identifier, Pattern } from 'acorn';
import { children, lexicalNames, patternNames, varNames } from './names.ts';

/** How the code uses a name that no inner scope binds. */
export interface FreeName {
  readonly node: Identifier;
  readonly role: 'read' | 'write' | 'call' | 'typeof' | 'declare';
  /** True for `{x}`, which must become `{x: …}`. */
  readonly shorthand: boolean;
  /** True inside a function or class body, which may run later than its place in the cell says. */
  readonly deferred: boolean;
}

/** What else the rewriter must know about. */
export interface Visitor {
  name(use: FreeName): void;
  /** Any node, before its children; `depth` counts enclosing functions and class bodies. */
  enter(node: AnyNode, depth: number, ownThis: boolean): void;
  /** A direct call of `eval`, with the names that inner scopes bind where it stands. */
  directEval?(call: CallExpression, locals: ReadonlySet<string>, ownThis: boolean): void;
}

type Scope = ReadonlySet<string>;
type FunctionNode = Extract<
  AnyNode,
  { type: 'FunctionDeclaration' | 'FunctionExpression' | 'ArrowFunctionExpression' }
>;

/** Walks a program and reports every name that refers to the program's own top level or to nothing at all. */
export function visitFreeNames(program: AnyNode, visitor: Visitor): void {
  new Walker(visitor).children(program, []);
}

class Walker {
  readonly #visitor: Visitor;
  #depth = 0;
  #ownThis = false;

  constructor(visitor: Visitor) {
    this.#visitor = visitor;
  }

  children(node: AnyNode, scopes: Scope[]): void {
    for (const child of children(node)) this.walk(child, scopes);
  }

  walk(node: AnyNode, scopes: Scope[]): void {
    this.#visitor.enter(node, this.#depth, this.#ownThis);
    switch (node.type) {
      case 'Identifier':
        return this.use(node, scopes, 'read');
      case 'CallExpression':
        this.target(node.callee, scopes, 'call');
        if (node.callee.type === 'Identifier' && node.callee.name === 'eval' && this.#visitor.directEval) {
          const locals = new Set(scopes.flatMap((scope) => [...scope]));
          this.#visitor.directEval(node, locals, this.#ownThis);
        }
        return node.arguments.forEach((argument) => this.walk(argument, scopes));
      case 'TaggedTemplateExpression':
        this.target(node.tag, scopes, 'call');
        return this.walk(node.quasi, scopes);
      case 'UnaryExpression':
        return this.target(node.argument, scopes, node.operator === 'typeof' ? 'typeof' : 'read');
      case 'UpdateExpression':
        return this.target(node.argument, scopes, 'write');
      case 'AssignmentExpression':
        this.pattern(node.left, scopes, 'write');
        return this.walk(node.right, scopes);
      case 'MemberExpression':
        this.walk(node.object, scopes);
        if (node.computed) this.walk(node.property, scopes);
        return;
      case 'Property':
        if (node.computed) this.walk(node.key, scopes);
        if (node.shorthand) this.use(node.value as Identifier, scopes, 'read', true);
        else this.walk(node.value, scopes);
        return;
      case 'MethodDefinition':
      case 'PropertyDefinition':
        if (node.computed) this.walk(node.key, scopes);
        if (node.value) {
          // A field's initialiser runs once per instance and has its own `this`.
          if (node.type === 'PropertyDefinition') this.within(() => this.walk(node.value as AnyNode, scopes));
          else this.walk(node.value, scopes);
        }
        return;
      case 'VariableDeclaration':
        for (const { id, init } of node.declarations) {
          // var of any block belongs to the cell unless a function encloses it; then its scope knows the name.
          this.pattern(id, scopes, 'declare');
          if (init) this.walk(init, scopes);
        }
        return;
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        return this.function(node, scopes);
      case 'ClassDeclaration':
      case 'ClassExpression': {
        const inner = node.id ? [...scopes, new Set([node.id.name])] : scopes;
        if (node.superClass) this.walk(node.superClass, inner);
        return this.walk(node.body, inner);
      }
      case 'StaticBlock': {
        const names = new Set([...lexicalNames(node.body).keys(), ...varNames(node.body)]);
        return this.within(() => node.body.forEach((child) => this.walk(child, [...scopes, names])));
      }
      case 'BlockStatement':
        return this.children(node, [...scopes, new Set(lexicalNames(node.body).keys())]);
      case 'SwitchStatement': {
        this.walk(node.discriminant, scopes);
        const names = new Set(lexicalNames(node.cases.flatMap((one) => one.consequent)).keys());
        return node.cases.forEach((one) => this.walk(one, [...scopes, names]));
      }
      case 'ForStatement':
        return this.children(node, [...scopes, headNames(node.init)]);
      case 'ForInStatement':
      case 'ForOfStatement': {
        const inner = [...scopes, headNames(node.left)];
        if (node.left.type === 'VariableDeclaration') this.walk(node.left, inner);
        else this.pattern(node.left, inner, 'write');
        this.walk(node.right, inner);
        return this.walk(node.body, inner);
      }
      case 'CatchClause': {
        const inner = [...scopes, new Set(node.param ? patternNames(node.param) : [])];
        if (node.param) this.pattern(node.param, inner, 'declare');
        return this.walk(node.body, inner);
      }
      case 'LabeledStatement':
        return this.walk(node.body, scopes);
      case 'BreakStatement':
      case 'ContinueStatement':
      case 'ImportDeclaration':
      case 'ExportAllDeclaration':
      case 'MetaProperty':
        return;
      case 'ExportNamedDeclaration':
        if (node.declaration) this.walk(node.declaration, scopes);
        return;
      default:
        return this.children(node, scopes);
    }
  }

  function(callable: FunctionNode, scopes: Scope[]): void {
    const arrow = callable.type === 'ArrowFunctionExpression';
    const names = new Set(callable.params.flatMap(patternNames));
    if (!arrow) names.add('arguments');
    if (callable.type === 'FunctionExpression' && callable.id) names.add(callable.id.name);
    const inner = [...scopes, names];
    this.within(() => {
      for (const parameter of callable.params) this.pattern(parameter, inner, 'declare');
      if (callable.body.type === 'BlockStatement') {
        const body = new Set([...lexicalNames(callable.body.body).keys(), ...varNames(callable.body.body)]);
        this.#visitor.enter(callable.body, this.#depth, this.#ownThis);
        for (const child of callable.body.body) this.walk(child, [...inner, body]);
      } else this.walk(callable.body, inner);
    }, arrow);
  }

  /** An expression that is used in a special way when it is a bare name. */
  target(node: AnyNode, scopes: Scope[], role: FreeName['role']): void {
    if (node.type === 'Identifier') this.use(node, scopes, role);
    else if (node.type === 'ParenthesizedExpression') this.target(node.expression, scopes, role);
    else this.walk(node, scopes);
  }

  /** A pattern that is assigned to or declared. */
  pattern(node: Pattern, scopes: Scope[], role: 'write' | 'declare'): void {
    switch (node.type) {
      case 'Identifier':
        return this.use(node, scopes, role);
      case 'ObjectPattern':
        for (const property of node.properties) {
          if (property.type === 'RestElement') {
            this.pattern(property.argument, scopes, role);
            continue;
          }
          if (property.computed) this.walk(property.key, scopes);
          const { value } = property;
          if (!property.shorthand) this.pattern(value, scopes, role);
          else if (value.type === 'AssignmentPattern') {
            this.use(value.left as Identifier, scopes, role, true);
            this.#visitor.enter(value, this.#depth, this.#ownThis);
            this.walk(value.right, scopes);
          } else this.use(value as Identifier, scopes, role, true);
        }
        return;
      case 'ArrayPattern':
        for (const element of node.elements) if (element) this.pattern(element, scopes, role);
        return;
      case 'RestElement':
        return this.pattern(node.argument, scopes, role);
      case 'AssignmentPattern':
        this.#visitor.enter(node, this.#depth, this.#ownThis);
        this.pattern(node.left, scopes, role);
        return this.walk(node.right, scopes);
      default:
        return this.walk(node, scopes);
    }
  }

  use(node: Identifier, scopes: Scope[], role: FreeName['role'], shorthand = false): void {
    if (scopes.some((scope) => scope.has(node.name))) return;
    this.#visitor.name({ node, role, shorthand, deferred: this.#depth > 0 });
  }

  within(action: () => void, arrow = false): void {
    const ownThis = this.#ownThis;
    this.#depth++;
    if (!arrow) this.#ownThis = true;
    action();
    this.#depth--;
    this.#ownThis = ownThis;
  }
}

function headNames(head: AnyNode | null | undefined): Scope {
  return new Set(head?.type === 'VariableDeclaration' ? lexicalNames([head]).keys() : []);
}
