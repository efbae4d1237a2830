import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { countTests } from './count-tests.ts';

describe('countTests', () => {
  it('adds up what passed, failed and was skipped over every report', () => {
    const folder = mkdtempSync(join(tmpdir(), 'fovea-count-'));
    const vitest = `<testsuites><testsuite name="a" tests="3" failures="1">
      <testcase classname="a" name="x &gt; y" time="0.1"></testcase>
      <testcase classname="a" name="z" time="0.1"><failure message="&lt;testcase>">boom</failure></testcase>
      <testcase classname="a" name="w"><skipped/></testcase></testsuite></testsuites>`;
    const node = `<testsuites><testcase name="n" time="0.2" classname="test"/>
      <testcase name="f" classname="test" failure="no"><failure type="testCodeFailure">no</failure></testcase></testsuites>`;
    writeFileSync(join(folder, 'a.xml'), vitest);
    writeFileSync(join(folder, 'b.xml'), node);
    writeFileSync(join(folder, 'c.txt'), vitest);
    expect(countTests(folder)).toEqual({ passed: 2, failed: 2, skipped: 1 });
    rmSync(folder, { recursive: true });
  });
  it('finds none in a folder that is missing', () => {
    expect(countTests('no-such-folder')).toEqual({ passed: 0, failed: 0, skipped: 0 });
  });
});
