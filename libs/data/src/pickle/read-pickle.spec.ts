import { describe, expect, it } from 'vitest';
import { readPickle } from './read-pickle.ts';

/** {'data': uint8 array 0 … 11 of 3 x 4, 'labels': [3, 8, 300]}, checked to load in Python with encoding='bytes'. */
const PICKLE = Buffer.from(
  'gAJ9cQEoVQRkYXRhcQJjbnVtcHkuY29yZS5tdWx0aWFycmF5Cl9yZWNvbnN0cnVjdApxA2NudW1weQpuZGFycmF5CnEESwCFVQFih1JxBShLAUsDSwSGY251bXB5CmR0eXBlCnEGVQJ1MUsASwGHUnEHKEsDVQF8Tk5OSv////9K/////0sAdGKJVAwAAAAAAQIDBAUGBwgJCgt0YlUGbGFiZWxzXXEIKEsDSwhNLAFldS4=',
  'base64',
);

describe('readPickle', () => {
  it('reads dictionaries with lists and arrays of bytes', () => {
    const value = readPickle(PICKLE) as Map<string, unknown>;
    expect([...value.keys()]).toEqual(['data', 'labels']);
    expect(value.get('labels')).toEqual([3, 8, 300]);
    expect(value.get('data')).toEqual({
      shape: [3, 4],
      data: Uint8Array.from({ length: 12 }, (_, index) => index),
    });
  });
  it('refuses to make anything but arrays, and names the place', () => {
    const evil = Buffer.from('\x80\x02cos\nsystem\nU\x02ls\x85R.', 'latin1');
    expect(() => readPickle(evil)).toThrow('os.system is refused at byte 13 of 20');
    expect(() => readPickle(PICKLE.subarray(0, 100))).toThrow('cut short at byte');
    expect(() => readPickle(Buffer.from('\x80\x04.', 'latin1'))).toThrow('only protocols up to 2');
    expect(() => readPickle(Buffer.from('\x80\x02G', 'latin1'))).toThrow(
      'instruction 0x47 is not read here at byte 2',
    );
    expect(() => readPickle(Buffer.alloc(0))).toThrow('cut short at byte 0 of 0');
  });
});
