import { same, type SemanticCase } from './semantic-case.ts';

/** Scopes within scopes: loops, generators, classes, parameters, `this`, and names that are not there. */
export const edgeScopesCases: readonly SemanticCase[] = [
  same(
    'closures over the variables of a loop, kept across cells',
    'const fs = []; for (let i = 0, step = 1; i < 3; i += step) fs.push(() => i++, () => i)',
    'fs[0](); fs[2]()',
    'out(fs.map((f) => f()))',
  ),
  same(
    'closures over a var of a loop',
    'const fs = []; for (var i = 0; i < 3; i++) fs.push(() => i)',
    'i = 7',
    'out(fs.map((f) => f()))',
  ),
  same(
    'a let without value in a loop',
    'const seen = []; for (let i = 0; i < 3; i++) { let x; seen.push(x); x = i }',
    'out(seen)',
  ),
  same(
    'a var without value in a loop keeps it',
    'const seen = []; for (var i = 0; i < 3; i++) { var x; seen.push(x); x = i }',
    'out(seen)',
  ),
  same(
    'a loop variable captured in the head',
    'let fs = []; for (let i = 0, f = () => i; i < 2; i++) fs.push(f)',
    'out(fs.map((f) => f()))',
  ),
  same('the head of for-of sees its own variable too early', 'let xs = [1]; for (let xs of xs) out(xs)'),
  same(
    'the head of for-of reads the outer name',
    'let a = [1, 2]; for (const b of a) { const a = b * 2; out(a) }',
    'out(a)',
  ),
  same(
    'for-in with let and closures',
    'const fs = []; for (let k in { a: 1, b: 2 }) fs.push(() => k)',
    'out(fs.map((f) => f()))',
  ),
  same(
    'for with a pattern',
    'const r = []; for (const [k, { v = k }] of [["a", {}], ["b", { v: 1 }]]) r.push(k + v)',
    'out(r)',
  ),
  same(
    'for await with a pattern',
    'const r = []; for await (const { v } of [{ v: 1 }, Promise.resolve({ v: 2 })]) r.push(v)',
    'out(r)',
  ),
  same(
    'generators share live names',
    'let n = 0; function* g() { while (n < 3) yield n++ } const it = g()',
    'it.next(); n = 2',
    'out([it.next().value, it.next().done])',
  ),
  same(
    'a generator with try, finally and return',
    'const log = []; function* g() { try { yield 1; yield 2 } finally { log.push("f") } } const it = g(); it.next()',
    'out(it.return(9)); out(log)',
  ),
  same(
    'a generator gets values',
    'function* g() { const a = yield 1; const b = yield a + 1; return a + b } const it = g()',
    'out([it.next().value, it.next(5).value, it.next(6)])',
  ),
  same(
    'async generators with return',
    'async function* g() { try { yield 1; yield 2 } finally { out("f") } }',
    'for await (const v of g()) { out(v); break }',
  ),
  same(
    'labels: continue of an outer while',
    'let i = 0; const r = []; o: while (i < 4) { i++; for (const j of [1, 2]) { if (i % 2) continue o; r.push([i, j]) } }',
    'out(r)',
  ),
  same('a label on a block', 'a: { b: { out(1); break a } out(2) } out(3)'),
  same(
    'a label named as a variable',
    'let x = 1; x: for (const y of [1, 2]) { if (y === 1) continue x; out(x + y) }',
  ),
  same(
    'private methods, getters, static',
    'class A { static #n = 0; static #up() { return ++A.#n } static get n() { return A.#up() } get #g() { return 5 } set #g(v) { out(v) } go() { this.#g = 4; return this.#g } }',
    'out([A.n, A.n, new A().go()])',
  ),
  same(
    'a private name with a check',
    'class A { #x = 1; static is = (o) => #x in o }',
    'out([A.is(new A()), A.is({})])',
  ),
  same(
    'fields in order with side effects',
    'const log = []; class A { a = log.push("a"); [(log.push("k"), "b")] = log.push("b"); static s = log.push("s") }',
    'new A(); out(log)',
  ),
  same(
    'this in fields, arrows and static blocks',
    'class A { v = 1; f = () => this.v; static s = this.name; static { this.t = this.s + "!" } }',
    'const { f } = new A(); out([f(), A.s, A.t])',
  ),
  same(
    'a derived class without constructor',
    'class A { constructor(...a) { this.a = a } } class B extends A { b = this.a.length }',
    'out(new B(1, 2).b)',
  ),
  same(
    'super in object methods and static',
    'class A { static m() { return "A" } } class B extends A { static m() { return super.m() + "B" } static f = super.m() }',
    'out([B.m(), B.f])',
  ),
  same(
    'super properties are assigned',
    'class A { set v(x) { this.w = x } } class B extends A { go() { super.v = 3; return this.w } }',
    'out(new B().go())',
  ),
  same(
    'a class in a block shadows',
    'class A { v = 1 } { class A { v = 2 } out(new A().v) }',
    'out(new A().v)',
  ),
  same(
    'a class expression named as a variable',
    'let A = 1; const B = class A { static self = A }; out([A, B.self === B])',
  ),
  same(
    'accessors with the name of a variable',
    'let v = 1; const o = { get v() { return v * 2 }, set v(x) { v = x } }',
    'o.v = 4; out([v, o.v])',
  ),
  same(
    'defaults refer to earlier parameters and outer names',
    'let a = 1; const f = (b = a, c = b + a, { d = c, e = d * 2 } = {}) => [b, c, d, e]',
    'a = 10; out(f()); out(f(1))',
  ),
  same(
    'a default with its own function scope',
    'let x = 1; function f(a = () => x) { var x = 2; return [a(), x] }',
    'out(f())',
  ),
  same('a parameter named as the function', 'function f(f) { return f } out(f(3))'),
  same('var in a function with the name of a parameter', 'function f(a) { var a; return a } out(f(4))'),
  same(
    'var in a function hides the cell name everywhere in it',
    'let h = 1; function f() { const seen = h; var h = 2; return [seen, h] }',
    'out(f())',
  ),
  same(
    'a function in a block of a function',
    'let g = 1; function f() { { function g() { return 2 } } return typeof g }',
    'out(f())',
  ),
  same(
    'a catch variable and var',
    'function f() { try { throw 1 } catch (e) { var e2 = e; let e3 = e } return e2 } out(f())',
  ),
  same('catch with default pattern', 'let d = 5; try { throw {} } catch ({ message = d }) { out(message) }'),
  same(
    'arguments in a cell function and in an arrow of it',
    'const f = function () { const g = () => arguments[0]; return g(9) }',
    'out(f(3))',
  ),
  same(
    'arguments of a method',
    'const o = { m() { return arguments.length } }; class C { m() { return arguments.length } static { out(typeof this) } }',
    'out([o.m(1, 2), new C().m(1)])',
  ),
  same('a variable named arguments is not allowed', 'let arguments = 1'),
  same('a variable named eval is not allowed', 'let eval = 1'),
  same('a variable named let is not allowed', 'let let = 1'),
  same('delete of a name is not allowed', 'let a = 1; delete a'),
  same('a function with two equal parameters is not allowed', 'function f(a, a) {}'),
  same('assigning to a primitive throws', 'const s = "abc"; s.length = 1'),
  same('a frozen object throws', 'const o = Object.freeze({ a: 1 }); o.a = 2'),
  same(
    'this of a plain call is undefined',
    'function f() { return typeof this } out(f())',
    'out((function () { return this })())',
  ),
  same(
    'this at the top level in arrows and blocks',
    'const f = () => { { return (() => this)() } }',
    'out(f()); { out(this) }',
  ),
  same(
    'this inside of a getter and a class member',
    'const o = { n: 2, get d() { return this.n * 2 }, a: () => typeof this }',
    'out([o.d, o.a()])',
  ),
  same(
    'typeof of an undeclared name in an expression',
    'out(typeof nope === "undefined" ? 1 : 2); out(typeof (nope))',
  ),
  same('typeof of an undeclared member base throws', 'typeof nope.x'),
  same(
    'an undeclared name behind a short circuit',
    'out(false && nope); out(true || nope); out(null?.x(nope))',
  ),
  same(
    'assigning an undeclared name throws',
    'try { undeclared1 = 1 } catch (e) { out(e.name) }',
    'out(typeof undeclared1)',
  ),
  same(
    'a let in its own initialiser by a closure',
    'let a = (() => { try { return a } catch (e) { return e.name } })()',
    'out(a)',
  ),
  same(
    'a function that reads a let too early',
    'function early() { return later }',
    'try { early() } catch (e) { out(e.name) } let later = 1; out(early())',
  ),
  same(
    'switch cases share a scope',
    'switch (2) { case 1: let a; break; case 2: try { a } catch (e) { out(e.name) } }',
  ),
  same('a class heritage that uses the class', 'try { class A extends A {} } catch (e) { out(e.name) }'),
  same('a const without value is not allowed', 'const a'),
  same('a name is declared as let and var', 'let a; var a'),
  same('a name is declared as let and function', 'let a; function a() {}'),
  same('var and function of one name', 'var a = 1; function a() {} out(typeof a)'),
  same('functions of one name in one cell', 'function a() { return 1 } out(a()); '),
];
