import { KernelClient } from '../libs/kernel/src/testing/kernel-client.ts';
const k = await KernelClient.start({ ...(process.argv[2] ? { FOVEA_TYPECHECK: process.argv[2] } : {}) });
const times: number[] = [];
await k.execute('1');
for (let i = 0; i < 200; i++) { const s = performance.now(); await k.execute(`const v${i} = ${i}; v${i} + 1`); times.push(performance.now() - s); k.published.length = 0; }
const s = times.slice(20).sort((a, b) => a - b); console.log('median', s[s.length >> 1].toFixed(2), 'p95', s[Math.floor(s.length * .95)].toFixed(2), 'first20', times.slice(0,20).map(x=>x.toFixed(1)).join(' '));
await k.stop();
