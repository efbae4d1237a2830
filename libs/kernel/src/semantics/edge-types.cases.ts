import { like, same, type SemanticCase } from './semantic-case.ts';

/** Enums, namespaces, decorators, `using`, types in odd places. */
export const edgeTypesCases: readonly SemanticCase[] = [
  same(
    'enums: reverse names, computed members, references',
    'enum A { X = 1, Y = X << 2, Z = "abc".length, W = Y | Z }',
    'out([A.X, A.Y, A.Z, A.W, A[4]])',
  ),
  same(
    'an enum in a function and one in a block',
    'function f() { enum E { A = 5 } return E.A } { enum E { B = 6 } out(E.B) } out(f())',
  ),
  same(
    'an enum of strings and numbers used as a key',
    'enum E { A = "a", B = 1 } const o = { [E.A]: 1, [E.B]: 2 }',
    'out(o)',
  ),
  same('a const enum in the next cell', 'const enum E { A = 3 }', 'out(E.A + E["A"])'),
  same(
    'an enum merges in its cell and sees earlier members',
    'enum E { A = 1 } enum E { B = A + 1 } out([E.A, E.B])',
  ),
  same(
    'namespaces merge in a cell',
    'namespace N { export let a = 1 } namespace N { export const b = () => a++ } N.b(); out([N.a])',
  ),
  same(
    'nested and dotted namespaces',
    'namespace A.B.C { export const v = 1 } namespace A.B { export const w = C.v + 1 }',
    'out([A.B.C.v, A.B.w])',
  ),
  same(
    'a namespace with private state',
    'namespace N { let hidden = 1; export const next = () => ++hidden }',
    'N.next(); out([N.next(), Object.keys(N)])',
  ),
  same(
    'a namespace with an import alias',
    'namespace N { export namespace M { export const v = 2 } } import Q = N.M; out(Q.v)',
  ),
  same(
    'a namespace with types only leaves nothing',
    'namespace T { export type A = number } let a: T.A = 1; out(a)',
  ),
  same(
    'a namespace and an enum',
    'enum E { A } namespace E { export const parse = (s: string) => E[s as "A"] }',
    'out(E.parse("A"))',
  ),
  same(
    'an interface and a class of one name',
    'class A { v = 1 } interface A { w?: number }',
    'const a = new A(); a.w = 2; out(a)',
  ),
  same(
    'generics against comparisons',
    'let a = 1, b = 2, c = 3; const f = <T,>(x: T) => x; out(f<number>(a)); out(a < b > (c as never))',
  ),
  same(
    'arrow functions with types',
    'const f = (a: number, b?: string, ...c: boolean[]): [number, boolean] => [a, c[0]!]; const g = async <T>(x: T): Promise<T> => x',
    'out([f(1, "", true), await g(2)])',
  ),
  same(
    'satisfies, as and non-null in targets',
    'let o: { a?: number } = {}; (o as { a: number }).a = 1; o!.a! += 1; (o.a as number)++; out(o)',
  ),
  same(
    'assertions around names',
    'let n: unknown = 1; (n as number) = 2; out(n as number); (<number>n) = 3; out(n)',
  ),
  same(
    'decorators on every kind of member, in order',
    'const log: string[] = []; const d = (n: string) => { log.push(`e${n}`); return (_: unknown, c: { kind: string }) => { log.push(`${c.kind}${n}`) } }; @d("1") class A { @d("2") static m() {} @d("3") f = 1; @d("4") get g() { return 1 } @d("5") accessor a = 1 }',
    'out(log); out(new A())',
  ),
  same(
    'a decorator that replaces the class',
    'const wrap = <T extends new (...a: any[]) => object>(C: T, _: unknown) => class extends C { w = 2 }; @wrap class A { v = 1 }',
    'out({ ...new A() })',
  ),
  same(
    'a decorator with a name of a later use',
    'let factor = 2; const times = (m: Function, _: unknown) => function (this: unknown) { return m.call(this) * factor }; class A { @times n() { return 4 } }',
    'factor = 10; out(new A().n())',
  ),
  same(
    'using is constant',
    '{ using a = { [Symbol.dispose]() {} }; try { a = null } catch (e) { out((e as Error).name) } }',
  ),
  like(
    'using at the top is constant',
    'const log = []; { using a = { [Symbol.dispose]() { log.push("d") } }; try { a = null } catch (e) { out(e.name) } } out(log)',
    'const log = []',
    'using a = { [Symbol.dispose]() { log.push("d") } }; try { a = null } catch (e) { out(e.name) }',
    'out(log)',
  ),
  same('using of null', '{ using a = null; out(a) }'),
  same(
    'using in a loop head',
    'const log: number[] = []; for (using r of [1, 2].map((n) => ({ n, [Symbol.dispose]() { log.push(n) } }))) log.push(r.n * 10)',
    'out(log)',
  ),
  same(
    'using disposes in reverse, suppresses errors',
    'const log: unknown[] = []; const r = (n: number) => ({ [Symbol.dispose]() { log.push(n); throw new Error(`d${n}`) } }); try { using a = r(1); using b = r(2); throw new Error("b") } catch (e) { log.push((e as Error).name) }',
    'out(log)',
  ),
  like(
    'await using at the top of a cell',
    'const log = []; { await using a = { async [Symbol.asyncDispose]() { log.push("d") } }; log.push(1) } out(log)',
    'const log = []',
    'await using a = { async [Symbol.asyncDispose]() { log.push("d") } }; log.push(1)',
    'out(log)',
  ),
  like(
    'functions and closures beside a using at the top',
    'const log = []; let n = 0; function f() { return n } { using a = { [Symbol.dispose]() { n++ } }; const g = () => n; log.push(f(), g()) } out([log, n, f()])',
    'let n = 0; const log = []',
    'using a = { [Symbol.dispose]() { n++ } }; function f() { return n } const g = () => n; log.push(f(), g())',
    'out([log, n, f()])',
  ),
  like(
    'a class and an enum beside a using at the top',
    'class K { v = 1 } enum E { A = 3 } out([new K().v, E.A])',
    'using a = null; class K { v = 1 } enum E { A = 3 }',
    'out([new K().v, E.A])',
  ),
];
