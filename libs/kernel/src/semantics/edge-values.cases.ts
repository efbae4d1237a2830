import { like, same, type SemanticCase } from './semantic-case.ts';

/** Evaluation order, patterns, exports, globals, `eval`. */
export const edgeValuesCases: readonly SemanticCase[] = [
  same(
    'evaluation order of assignment',
    'const log = []; const o = () => (log.push("o"), {}); const k = () => (log.push("k"), "p"); const v = () => (log.push("v"), 1)',
    'o()[k()] = v(); out(log)',
  ),
  same(
    'evaluation order of calls and operators',
    'let n = 0; const t = (x) => (n = n * 10 + x, x)',
    't(1) + t(2) * t(3); out(n); n = 0; [t(1), { [t(2)]: t(3) }, t(4)]; out(n)',
  ),
  same('a postfix update in its own assignment', 'let i = 1; i = i++ + ++i; out(i)', 'i = i-- - --i; out(i)'),
  same(
    'an assignment that reads what its right side changes',
    'let a = 1; a = a + (a = 5, a); out(a)',
    'a += (a = 100, 1); out(a)',
  ),
  same(
    'chained and nested assignments',
    'let a, b, c; a = b = c = 4; out([a, b, c])',
    'a = (b = 1) + (c = 2); out([a, b, c])',
  ),
  same(
    'logical assignment to members and constants',
    'const o = { n: null, z: 0 }; o.n ??= 1; o.z ||= 2; o.n &&= 3; out(o)',
    'const c = 1; try { c ??= 2; out("kept"); c &&= 2 } catch (e) { out(e.name) }',
  ),
  same(
    'swap, rotate and nested patterns',
    'let a = 1, b = 2, c = 3; [a, b, c] = [c, a, b]; out([a, b, c])',
    '[[a], { x: [b] }] = [[b], { x: [a] }]; out([a, b])',
  ),
  same(
    'patterns with rest of objects and arrays',
    'let a, r; ({ a, ...r } = { a: 1, b: 2 }); out([a, r]); [a, ...r] = "xyz"; out([a, r])',
  ),
  same(
    'patterns with members and computed keys',
    'const o = {}; let k = "z"; [o.a, o[k], ...o.rest] = [1, 2, 3]; ({ [k]: o.b } = { z: 9 })',
    'out(o)',
  ),
  same('a pattern that closes over itself', 'const { f = () => g, g = 2 } = {}; out(f())'),
  same(
    'parameter patterns with defaults that are functions',
    'const f = ({ a = 1, b: { c = a } = {} } = {}, [d = c] = []) => [a, c, d]',
    'out([f(), f({ a: 2 }), f({ b: { c: 3 } }, [4])])',
  ),
  same('an empty pattern', 'const {} = {}; const [] = []; let n = 0; ({} = { get x() { n++ } }); out(n)'),
  same(
    'holes and trailing commas',
    'let [, a, , b,] = [1, 2, 3, 4]; out([a, b]); out([1, , 3].length); out([,].length)',
  ),
  same(
    'spread of names in calls, arrays, objects and new',
    'let xs = [1, 2], o = { a: 1 }',
    'out([Math.max(...xs, 0), [...xs, ...xs].length, { ...o, ...{ a: 2 } }, new Array(...xs, 5).length])',
  ),
  same(
    'numbers with dots and names',
    'let a = 1; out([1..toFixed(1), 1.5.toFixed(1), a.toFixed(2), .5 + a, 1_0.0])',
  ),
  same('string escapes and line continuations', "out('a\\\nb'); out('\\u{1F600}\\x41\\0'); out(\"it's\")"),
  same(
    'object literals with every kind of member',
    'let x = 1; const o = { x, "y": 2, 3: 3, [`z${x}`]: 4, m() { return x }, async am() {}, *g() { yield x }, get p() { return x }, __proto__: { q: 5 }, ...{ r: x } }',
    'out([Object.keys(o), o.q, o.m(), [...o.g()]])',
  ),
  same(
    'names of methods and accessors',
    'const o = { m() {}, get g() { return 1 }, ["c" + 1]: () => {} }',
    'out([o.m.name, Object.getOwnPropertyDescriptor(o, "g").get.name, o.c1.name])',
  ),
  same(
    'names of classes assigned',
    'let A; A = class {}; const B = class { static name = "own" }; let [C = class {}] = []',
    'out([A.name, B.name, C.name])',
  ),
  same('an export default of an arrow has the name default', 'export default () => 1; out(1)'),
  same('an export default of an expression', 'let a = 1; export default a + 1', 'out(a)'),
  same('an export default class without a name', 'export default class { v = 1 } out(1)'),
  like('an export default twice', 'out(2)', 'export default 1', 'export default 2', 'out(2)'),
  same('an exported list before the declaration', 'export { late }; let late = 4; out(late)'),
  same(
    'an import twice under other names',
    'import { join as j1 } from "node:path"',
    'import { join as j2 } from "node:path"',
    'out(j1 === j2)',
  ),
  like(
    'an import again',
    'import { join } from "node:path"; out(join("a", "b"))',
    'import { join } from "node:path"',
    'import { join } from "node:path"',
    'out(join("a", "b"))',
  ),
  like(
    'an import again from elsewhere',
    'import { posix as path } from "node:path"; out(path.sep)',
    'import * as path from "node:path"',
    'import { posix as path } from "node:path"',
    'out(path.sep)',
  ),
  same(
    'an import in a closure of an earlier cell',
    'const f = () => basename("/a/b")',
    'import { basename } from "node:path"',
    'out(f())',
  ),
  same(
    'an import shadowed in a function',
    'import { sep } from "node:path"; const f = (sep) => sep; { const sep = 2; out(sep) } out([f(1), sep])',
  ),
  same(
    'a namespace import is constant and its members are',
    'import * as p from "node:path"',
    'try { p.join = 1 } catch (e) { out(e.name) } try { p = 1 } catch (e) { out(e.name) }',
  ),
  same(
    'a live export of a module',
    'import * as m from "data:text/javascript,export let n = 1; export const up = () => { n++ }"; import { n, up } from "data:text/javascript,export let n = 1; export const up = () => { n++ }"',
    'const before = n; up(); out([m.n - before, n - before])',
  ),
  same(
    'a cell that throws keeps what ran before',
    'let a = 1, b = 1; const f = () => { a = 2; throw new Error("x") }',
    'try { f(); b = 2 } catch {} out([a, b])',
  ),
  same(
    'errors thrown of any kind',
    'try { throw undefined } catch (e) { out(e) } try { throw { a: 1 } } catch ({ a }) { out(a) } throw null',
  ),
  same(
    'error causes and stacks are the thrower’s',
    'const e = new Error("a", { cause: new TypeError("b") }); out([e.cause.name, e.message])',
  ),
  same(
    'getters on the prototype chain named as globals',
    'class A { get name() { return "n" } static get length() { return 7 } } out([new A().name, A.length])',
  ),
  same(
    'globals as parameters and locals',
    'const f = (process, console, Map) => [process, console, Map]; { const Array = 5; out(Array) } out(f(1, 2, 3)); out(typeof Map)',
  ),
  same(
    'a builtin shadowed in a later cell',
    'const before = () => typeof Set',
    'const Set = 5; out(Set)',
    'out(Set + 1); out(typeof globalThis.Set)',
  ),
  same(
    'console and process shadowed',
    'const console = { log: out }; console.log(5)',
    'console.log(6); const process = 1; out(process)',
  ),
  same('undefined as a parameter', 'const f = (undefined) => undefined; out(f(3))'),
  same('Infinity and NaN cannot be changed', 'try { Infinity = 1 } catch (e) { out(e.name) }'),
  same(
    'globalThis reads and writes',
    'globalThis.zzz = 1; out(zzz); zzz = 2; out(globalThis.zzz); delete globalThis.zzz; out(typeof zzz)',
  ),
  same(
    'a declared name is not on globalThis',
    'let qqq = 1; var www = 2; function eee() {}',
    'out([globalThis.qqq, globalThis.www, globalThis.eee])',
  ),
  same(
    'new Function and indirect eval see globals only',
    'let inner = 1',
    'out([new Function("return typeof inner")(), (0, eval)("typeof inner")])',
  ),
  same(
    'direct eval sees locals of a function',
    'function f(a) { let b = 2; return eval("a + b") } out(f(1))',
  ),
  same(
    'direct eval sees what cells declare',
    'let ev = 3; const f = () => ev',
    'out(eval("ev + 1")); out(eval("ev = 9; f()"))',
    'out(ev)',
  ),
  same(
    'direct eval in a function sees what cells declare',
    'const base = 10; function g(x) { return eval("base + x") }',
    'out(g(5))',
  ),
  same(
    'what a direct eval declares stays in it',
    'eval("var inside = 1; let other = 2"); out([typeof inside, typeof other])',
  ),
  same(
    'setters, symbols and JSON',
    'const s = Symbol("d"); const o = { [s]: 1, toJSON() { return { j: this[s] } } }',
    'out(JSON.stringify({ o }))',
  ),
  same(
    'WeakRef, Proxy and Reflect work on cell values',
    'const t = { a: 1 }; const p = new Proxy(t, { get: (o, k) => (k in o ? o[k] : k) })',
    'out([p.a, p.b, Reflect.has(p, "a")])',
  ),
  same(
    'instanceof across cells',
    'class E1 extends Error {} class E2 extends E1 { name = "E2" }',
    'const e = new E2("m"); out([e instanceof E1, e instanceof Error, Array.isArray([]), [] instanceof Array])',
  ),
  same(
    'very long chains of names',
    'let a = 1; const f = () => a; const o = { a: { a: { a } } }',
    'out(o.a.a.a + f() + ((a) => a)(2) + [a].map((a) => a + 1)[0])',
  ),
];
