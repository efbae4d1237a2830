/** Writes protocol-buffer messages; only what TensorFlow's graph format needs. */
export class Message {
  readonly #parts: Uint8Array[] = [];

  /** int64, int32, bool or enum field. */
  integer(field: number, value: number): this {
    this.#parts.push(varint(field * 8), varint(value));
    return this;
  }

  /** float field. */
  float(field: number, value: number): this {
    this.#parts.push(varint(field * 8 + 5), floats([value]));
    return this;
  }

  /** bytes, string or packed field. */
  bytes(field: number, value: Uint8Array | string): this {
    const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
    this.#parts.push(varint(field * 8 + 2), varint(bytes.length), bytes);
    return this;
  }

  /** Field that is a message itself. */
  message(field: number, value: Message): this {
    return this.bytes(field, value.encode());
  }

  /** The bytes written so far. */
  encode(): Uint8Array {
    return Buffer.concat(this.#parts);
  }
}

/** Contents of a packed integer field. */
export function packedIntegers(values: readonly number[]): Uint8Array {
  return Buffer.concat(values.map(varint));
}

/** Contents of a packed float field. */
export function floats(values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

function varint(value: number): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(Math.trunc(value)));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}
