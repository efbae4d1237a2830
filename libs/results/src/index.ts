export {
  ablationChart,
  type AblationChartOptions,
  type AblationGroup,
  type AblationRow,
} from './ablation-chart.ts';
export { barChart, type Bar, type BarChartOptions } from './bar-chart.ts';
export { codeDigest, codeDigestToday } from './code-digest.ts';
export { readConfirmation, writeConfirmation, type Confirmation } from './confirmations.ts';
export {
  compare,
  type Comparison,
  type ComparisonState,
  type Gate,
  type Gates,
  type MetricComparison,
} from './compare.ts';
export { latest, runName } from './latest.ts';
export { heatmap, type HeatmapOptions } from './heatmap.ts';
export { lineChart, type LineChartOptions, type LineSeries } from './line-chart.ts';
export { meanAndSpread } from './mean-and-spread.ts';
export { parseRecord } from './parse-record.ts';
export { provenance, type ProvenanceInput } from './provenance.ts';
export { recordId, type Determinants } from './record-id.ts';
export { RecordStore, type RecordFilter, type WriteOutcome } from './record-store.ts';
export { recordText } from './record-text.ts';
export {
  RECORD_SCHEMA_VERSION,
  recordSchema,
  type Curve,
  type Direction,
  type Metric,
  type Profile,
  type Provenance,
  type ResultRecord,
} from './record.ts';
export { renderSvg } from './render-svg.ts';
export { readReportedValues, reportedValueSchema, type ReportedValue } from './reported-values.ts';
export { resultDifferences, sameResult } from './same-result.ts';
export { table, type Table, type TableOptions } from './table.ts';
export { toMarkdown } from './to-markdown.ts';
export { toPlain } from './to-plain.ts';
export type { VegaLiteSpec } from './vega-lite-spec.ts';
export { migrateRecord, type MigrationStep } from './migrate-record.ts';
export { recordJsonSchema } from './record-json-schema.ts';
export { checkRecords, checkText, type CheckedRun, type CheckResult } from './check-records.ts';
export { claimsTable } from './claims-table.ts';
export { diffRecords, diffText, type DiffLine, type RecordDiff } from './diff-records.ts';
export { jsonChanges, type JsonChange } from './json-changes.ts';
export {
  judgeClaim,
  type Claim,
  type ClaimSide,
  type Interval,
  type IntervalOf,
  type Judgement,
} from './judge-claim.ts';
export { recordsAtCommit } from './records-at-commit.ts';
export { rewriteTables } from './rewrite-tables.ts';
export { MOST_SEEDS, seedsToTell } from './seeds-to-tell.ts';
export { staleReasons, type Today } from './stale-reasons.ts';
export { toCsv } from './to-csv.ts';
export { toLatex } from './to-latex.ts';
export { reportPage, type ReportPage, type ReportPicture, type ReportSection } from './report-page.ts';
