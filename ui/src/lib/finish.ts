/**
 * Whether a model stopped before it was done: at a limit, a filter, a refusal or a failure. Providers have a word of their own for each
 * (`length`, `max_tokens`, `MAX_TOKENS`, `model_context_window_exceeded`, `content_filter`, `SAFETY`, `MALFORMED_FUNCTION_CALL`); a word that
 * tells of none of these is no warning.
 */
export function isStoppedShort(reason: string): boolean {
  return /length|max|limit|exceed|incomplete|truncat|filter|safety|recit|block|prohibit|guard|spii|refus|malform|unexpected|error|fail|cancel|abort|interrupt/i.test(reason);
}
