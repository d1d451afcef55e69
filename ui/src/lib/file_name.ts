/** How a file of exported traces is called: by the one trace that is in it, or by how many there are. */
export function exportName(traces: readonly string[], extension: string, count = traces.length): string {
  return `${traces.length === 1 ? `trace-${traces[0]}` : `traces-${count}`}.${extension}`;
}
