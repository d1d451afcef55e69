/** An address that may be opened after a person has seen its host. */
export interface SafeLink {
  /** The address as it will be opened: host in punycode. */
  href: string;
  host: string;
}

/** Reads an address; `null` = not one that is ever opened: another scheme, no host, or credentials that hide the host. */
export function safeLink(address: string): SafeLink | null {
  // The browser's parser drops tabs and newlines inside an address; one that needs it is not what it seems.
  if (/[\u0000-\u0020\u007f]/.test(address) || !/^https?:\/\//i.test(address)) return null;
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  if (url.username !== '' || url.password !== '' || url.hostname === '') return null;
  return { href: url.href, host: url.host };
}

/** What the address of a picture, sound or file is, and whether its bytes are here. */
export type Place =
  | { is: 'inline'; mime: string; base64: boolean }
  | { is: 'remote'; host: string }
  | { is: 'attachment' }
  | { is: 'reference' };

/** Reads the address of media without fetching anything. */
export function placeOf(uri: string): Place {
  const data = /^data:([\w.+-]+\/[\w.+-]+)?((?:;[\w.+-]+=[^;,]*)*)(;base64)?,/i.exec(uri.slice(0, 256));
  if (data) return { is: 'inline', mime: (data[1] ?? 'text/plain').toLowerCase(), base64: data[3] !== undefined };
  if (/^(https?:)?\/\//i.test(uri)) {
    try {
      return { is: 'remote', host: new URL(uri, 'https://unknown.invalid').host };
    } catch {
      return { is: 'reference' };
    }
  }
  if (/^mlflow-attachment:\/\//i.test(uri)) return { is: 'attachment' };
  return { is: 'reference' };
}
