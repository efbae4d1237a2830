import { describe, expect, it } from 'vitest';
import { exampleRecord } from './example-record.ts';
import { judgeClaim } from './judge-claim.ts';
import { lineChart } from './line-chart.ts';
import { reportPage, type ReportSection } from './report-page.ts';
import { table } from './table.ts';

const records = [exampleRecord(), exampleRecord({ arm: 'bam', config: { note: '</script><b>', list: [1] } })];
const side = (arm: string) => ({ arm, metric: 'knn.k20.t0.07.top1' });
const claim = {
  id: 'c',
  sentence: 'BAM <beats> SimCLR',
  source: 'a & b',
  left: side('bam'),
  right: side('simclr'),
  margin: 0,
};
const section: ReportSection = {
  id: 'bam',
  title: 'BAM & friends',
  intro: 'What we found.',
  tables: [{ caption: 'kNN', table: table(records), records: records.map(({ id }) => id) }],
  charts: [
    {
      spec: lineChart({
        title: 'Loss',
        x: 'epoch',
        y: 'loss',
        series: [{ name: 'bam', x: [1, 2], y: [3, 2] }],
      }),
      records: [records[0].id],
    },
  ],
  claims: [judgeClaim(claim, records, {})],
  pictures: [
    { description: 'Maps & views', address: 'data:image/webp;base64,AAAA', width: 8, height: 4, records: [records[1].id] },
  ],
};
const page = (): Promise<string> => reportPage({ title: 'Fovea', sections: [section], records });

describe('reportPage', () => {
  it('loads nothing from anywhere', async () => {
    const html = await page();
    expect(html).not.toMatch(/<link|<script[^>]* src|@import|url\(|fetch\(/);
    const addresses = [...html.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, address]) => address);
    expect(addresses.filter((address) => !/^(#|data:)/.test(address))).toEqual([]);
  });
  it('holds its pictures, described, with their records', async () => {
    expect(await page()).toContain(
      `<img src="data:image/webp;base64,AAAA" alt="Maps &#38; views" width="8" height="4">\n<figcaption>Maps &#38; views <span class="note">Records: <a href="#record-${records[1].id}">`,
    );
    const [picture] = section.pictures ?? [];
    const loading = { ...section, pictures: [{ ...picture, address: 'maps.png' }] };
    await expect(reportPage({ title: 'Fovea', sections: [loading], records })).rejects.toThrow('data: address');
  });
  it('has a target for every link and a unique id for every target', async () => {
    const html = await page();
    const ids = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(ids.length).toBe(new Set(ids).size);
    for (const [, target] of html.matchAll(/href="#([^"]*)"/g)) expect(ids).toContain(target);
  });
  it('shows tables, charts with their specifications, claims with verdicts, and records', async () => {
    const html = await page();
    expect(html).toContain('<caption><span>kNN</span></caption>');
    expect(html).toContain('<svg role="img" aria-label="Loss: loss over epoch."');
    expect(html).toContain('Vega-Lite specification');
    expect(html).toContain('inconclusive at this scale');
    for (const { id } of records) expect(html).toContain(`<tr id="record-${id}">`);
  });
  it('escapes texts, in the page and in the data of its script', async () => {
    const html = await page();
    expect(html).toContain('BAM &#38; friends');
    expect(html).toContain('BAM &#60;beats&#62; SimCLR');
    expect(html).not.toContain('</script><b>');
    const [, data] = /id="records-data">(.*?)<\/script>/s.exec(html) ?? [];
    const parsed = JSON.parse(data) as { values: Record<string, unknown> }[];
    expect(parsed[1].values['parameter note']).toBe('</script><b>');
    expect(parsed[0].values).toMatchObject({
      'parameter backbone.width': 16,
      'metric knn.k20.t0.07.top1 (%)': 41.25,
    });
  });
  it('is the same text for the same records', async () => {
    expect(await page()).toBe(await page());
  });
});
