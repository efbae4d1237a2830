import { same, type SemanticCase } from './semantic-case.ts';

/** What a rewriter of text is easily wrong at: names in other scripts, templates, regular expressions, line ends. */
export const edgeSyntaxCases: readonly SemanticCase[] = [
  same('Unicode names', 'const ñ = 1, Ω = 2, 日本 = 3, \\u0061b = 4, ℮ = 5', 'out([ñ, Ω, 日本, ab, ℮])'),
  same('escapes in names are the same name', 'let \\u{61}c = 1', 'ac++; out(\\u0061c)'),
  same('astral names and strings', 'const 𝒳 = "𝒴😀"; out([𝒳, 𝒳.length, [...𝒳].length])'),
  same('joiners in names', 'const a\u200c = 1; out(a\u200c)'),
  same('nested templates with names', 'let a = 1, b = 2', 'out(`${a}${`${b}${`${a + b}`}`}`); out(`\\${a}`)'),
  same('a template with an object literal', 'let a = 1; out(`${JSON.stringify({ a, b: { a } })}`)'),
  same(
    'tagged templates with names and raw text',
    'const tag = (s, ...v) => [s.raw.join("|"), v]; let a = 1',
    'out(tag`x${a}\\n${{ a }.a}y`)',
  ),
  same('a tag is a member', 'const o = { k: 2, t(s) { return this.k + s[0] } }', 'out(o.t`z`)'),
  same(
    'division and regular expressions',
    'let a = 8, g = 2, i = 1; out(a / 2 / g); out(a /2/ i); const r = /a/g; out("aa".replace(r, "b"))',
  ),
  same('a regular expression after a parenthesis', 'let a = 4; if (a) /x/.test("x") && out(1); out((a) / 2)'),
  same('a regular expression after a brace', 'let a = 4; { a++ } /x/.test("x") && out(a)'),
  same(
    'regular expressions with classes, groups and flags',
    'out("x/y-2024".match(/(?<a>[/\\]x])\\/(?<b>[^/]+)/u)?.groups?.b); out(/\\p{L}/u.test("é"))',
  ),
  same('a statement that starts with a call on the next line', 'let f = () => 1\nlet a = f()\nf()\nout(a)'),
  same('a name and a call on two lines', 'let f = (x) => { out(x); return f }\nlet a = 1\na\nf(2)\na\nf(3)'),
  same('an update on the next line', 'let a = 1, b = 1\na\n++b\nout([a, b])'),
  same('a bracket on the next line continues', 'let a = [[1, 2]]\nlet b = a\n[0]\nout(b)'),
  same('a template on the next line continues', 'let t = (s) => s[0]\nlet b = t\n`x`\nout(b)'),
  same('return and a line end', 'function f() { return\n1 }\nout(f())'),
  same(
    'throw and a semicolon in the next line',
    'try { throw new Error("x")\n} catch (e) { out(e.message) }',
  ),
  same(
    'if, else and line ends without semicolons',
    'let a = 1, f = (x) => out(x)\nif (a) a\nelse f(1)\nf(2)\nif (!a) f(3)\nf(4)',
  ),
  same(
    'do, while and line ends',
    'let a = 0, f = (x) => out(x)\ndo a++\nwhile (a < 3)\nf(a)\nfor (;a < 5;) a++\nf(a)',
  ),
  same(
    'break, continue and calls in the next line',
    'let f = (x) => out(x); for (const x of [1, 2]) {\nif (x === 1) continue\nf(x)\nbreak\nf(9)\n}',
  ),
  same(
    'class fields without semicolons',
    'let k = "key", v = 1; class A { a = v\n b = this.a + v\n static c = k\n d }',
    'out([{ ...new A() }, A.c])',
  ),
  same(
    'fields named get, set, static and async',
    'class A { get = 1; set = 2; static = 3; async = 4; static static = 5 }',
    'out([{ ...new A() }, A.static])',
  ),
  same(
    'declarations that end at a comment',
    'let a = 1 // one\nlet b = 2 /* two */ /* three\n*/ let c = 3\nout([a, b, c]) // last',
  ),
  same(
    'a cell that ends with a comment',
    'let a = 1; a // end',
    'out(a) /* end */',
    '/* only */',
    '// nothing',
  ),
  same('an empty cell', '', '  \n', ';;', 'out(1)'),
  same('HTML comments are no comments', 'let a = 3, b = 1; out(a<! --b)'),
  same('a directive', '"use strict"; let a = 1; out(a)', "'use strict'", 'out(a)'),
  same('a directive in a function', 'function f() { "use strict"; return typeof this } out(f())'),
  same('await in parameters is not allowed', 'async function f(a = await 1) {}'),
  same(
    'await in arguments and computed keys',
    'const f = (...a) => a; out(f(await 1, ...(await [2, 3]))); out({ [await "k"]: await 4 })',
  ),
  same(
    'await in a condition, a template and an assignment',
    'let o = {}; o[await "a"] = await 1; out(o); out(`${await 2}`); if (await 0) out(1); else out(await 3)',
  ),
  same(
    'await keeps the value of the left side',
    'let a = 1; const bump = async () => { a = 10; return 1 }; a += await bump(); out(a)',
  ),
  same(
    'await in every clause of try',
    'try { await null; throw await 1 } catch (e) { out(await e) } finally { out(await 2) }',
  ),
  same('await as a label or name of a property', 'const o = { await: 1 }; out(o.await)'),
  same(
    'an async arrow in a loop',
    'const r = []; for (let i = 0; i < 3; i++) (async () => { await null; r.push(i) })(); await new Promise((d) => setTimeout(d, 5))',
    'out(r)',
  ),
  same(
    'yield as a name of a property',
    'const o = { yield: 1, let: 2, static: 3 }; out([o.yield, o.let, o.static])',
  ),
  same(
    'delete of members with computed names',
    'let k = "a"; const o = { a: 1, b: { c: 2 } }',
    'out([delete o[k], delete o?.b.c, delete o.zz, o])',
  ),
  same('in with private and computed names', 'let k = "q"; out([k in { q: 1 }, "length" in []])'),
  same(
    'optional chains with names',
    'let o = null, k = "a", f = null',
    'out([o?.[k], o?.a.b.c, f?.(k), (o ?? { [k]: 1 })[k]])',
  ),
  same(
    'an optional call keeps this of members',
    'const o = { n: 3, f() { return this?.n } }',
    'out([o.f?.(), o?.f(), (o.f)(), (0, o.f)()])',
  ),
  same('an optional chain of calls', 'let f = () => ({ g: null })', 'out(f?.()?.g?.())'),
  same(
    'new with names and members',
    'function P(x) { this.x = x } const ns = { P, d: { P } }',
    'out([new P(1).x, new ns.P(2).x, new ns.d["P"](3).x, new (P.bind(null, 4))().x, (new P).x])',
  ),
  same('new of a call result', 'const make = () => class { v = 1 }', 'out(new (make())().v)'),
  same(
    'comma, void and exponent',
    'let a = 2, b = 3',
    'out((a, b)); out(void a); out((-a) ** b); out(a ** -b ** 1 > 0)',
  ),
];
