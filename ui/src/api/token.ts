/**
 * What `spanglass serve` asks for: the address it prints carries the token of its start. It is kept by origin, port included, which a
 * cookie is not: what else listens on this machine never gets it.
 */

const KEY = 'spanglass.token';

let token = fromAddress() ?? kept();

/** The headers that say the token, where there is one. */
export function known(): Record<string, string> {
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

/** Keeps the token for further tabs, once it was right. */
export function keep(): void {
  if (token === null || token === kept()) return;
  try {
    localStorage.setItem(KEY, token);
  } catch {
    // The page goes on knowing it.
  }
}

/** Takes the token out of the address, so that nobody copies it along. */
function fromAddress(): string | null {
  const asked = new URLSearchParams(location.search).get('token');
  if (asked !== null) history.replaceState(history.state, '', location.pathname + location.hash);
  return asked;
}

function kept(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
