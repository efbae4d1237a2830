import { compileCell } from '../libs/kernel/src/compiler/compile-cell.ts';
import { transpile, typescript } from '../libs/kernel/src/compiler/transpile.ts';
import { CellModules } from '../libs/kernel/src/language/cell-modules.ts';
import { NativeChecker } from '../libs/kernel/src/language/native-checker.ts';
const folder = '/work/main/libs/kernel';
const modules = new CellModules(folder);
const checker = new NativeChecker(folder, modules);
compileCell('1'); checker.check('console.log(1)');
const t: Record<string, number[]> = {};
const time = <T,>(n: string, f: () => T): T => { const s = performance.now(); const r = f(); (t[n] ??= []).push(performance.now() - s); return r; };
const known = new Map();
for (let i = 0; i < 200; i++) {
  const src = `const v${i} = ${i}; v${i} + 1`;
  time('transpile', () => transpile(src));
  time('compile', () => compileCell(src, known));
  time('parse', () => typescript().createSourceFile('cell.mts', src, 99));
  time('open', () => checker.open(src));
  time('check', () => checker.check(src));
  time('commit', () => modules.commit(src));
}
for (const [n, v] of Object.entries(t)) { const s = v.slice(50).sort((a, b) => a - b); console.log(n, 'median', s[s.length >> 1].toFixed(2), 'p95', s[Math.floor(s.length * .95)].toFixed(2)); }
checker.close();
