import { inspect } from 'node:util';

const bookkeeping = new Set(['async_id_symbol', 'trigger_async_id_symbol', 'kResourceStore']);

/** Lets promises be printed as Node prints them where nobody follows asynchronous calls: without its numbers, which differ each time. */
export function printPlainPromises(): void {
  Reflect.defineProperty(Promise.prototype, inspect.custom, {
    configurable: true,
    writable: true,
    value(this: Promise<unknown>): unknown {
      for (const key of Object.getOwnPropertySymbols(this)) {
        if (bookkeeping.has(key.description ?? '')) Reflect.defineProperty(this, key, { enumerable: false });
      }
      return this;
    },
  });
}
