/** Refuses a confidence level outside (0, 1). */
export function checkConfidence(confidence: number, where: string): void {
  if (!(confidence > 0 && confidence < 1)) {
    throw new Error(`${where}: confidence must lie in (0, 1), got ${confidence}; 95 % is 0.95.`);
  }
}
