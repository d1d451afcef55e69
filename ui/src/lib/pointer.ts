/** Appends keys to a JSON pointer (RFC 6901). */
export function pointerTo(base: string, ...keys: (string | number)[]): string {
  return base + keys.map((key) => '/' + String(key).replaceAll('~', '~0').replaceAll('/', '~1')).join('');
}

/** Takes a JSON pointer apart into its keys. */
export function keysOf(pointer: string): string[] {
  return pointer === '' ? [] : pointer.slice(1).split('/').map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Writes a JSON pointer the way programs name a place: `a.b[0]["odd key"]`. */
export function pathText(pointer: string): string {
  let out = '';
  for (const key of keysOf(pointer)) {
    if (/^(0|[1-9]\d*)$/.test(key)) out += `[${key}]`;
    else if (/^[A-Za-z_$][\w$]*$/.test(key)) out += out === '' ? key : `.${key}`;
    else out += `[${JSON.stringify(key)}]`;
  }
  return out;
}
