/** What the last line of a trace in the list can tell. */
export const COLUMNS = [
  { id: 'duration', title: 'Duration' },
  { id: 'ttft', title: 'Time to the first chunk' },
  { id: 'stall', title: 'Longest silence of a stream' },
  { id: 'service', title: 'Service' },
  { id: 'model', title: 'Model' },
  { id: 'session', title: 'Session' },
  { id: 'user', title: 'User' },
  { id: 'spans', title: 'Spans' },
  { id: 'tokens', title: 'Tokens' },
  { id: 'cost', title: 'Cost' },
] as const;

export type Column = (typeof COLUMNS)[number]['id'];

export const AS_DESIGNED: readonly Column[] = ['duration', 'model', 'tokens', 'cost'];

/** Shows a column or hides it; the order stays. */
export function toggled(shown: readonly Column[], column: Column): Column[] {
  const wanted = shown.includes(column) ? shown.filter((each) => each !== column) : [...shown, column];
  return COLUMNS.map((each) => each.id).filter((id) => wanted.includes(id));
}
