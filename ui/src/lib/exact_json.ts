// JSON read without changing a digit: JavaScript's numbers hold whole numbers up to 2^53, and the ids of many programs are longer.

/** A number too long for JavaScript's stands in a text of the parsed value between two steps, under a name no sender can know. */
const LONG = crypto.getRandomValues(new Uint32Array(4)).join('-');
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/gs;

/** Under these names senders' own values stand in the answers of the engine; with its own numbers the page reckons. */
const SENDERS = new Set(['arguments', 'result', 'value', 'attributes', 'resource', 'parameters', 'metadata', 'schema', 'input', 'output']);

/** Reads a sender's JSON. A whole number that JavaScript's numbers would change becomes a `bigint`. */
export function readJson(text: string): unknown {
  return read(text, true);
}

/** Reads an answer of the engine: the values of senders in it as [`readJson`] does, its own as ever. */
export function readAnswer(text: string): unknown {
  return read(text, false);
}

function read(text: string, isSenders: boolean): unknown {
  // Times of nanoseconds stand in quotation marks: hardly any answer is looked through number by number.
  if (!/(?<!["\d.])\d{16}/.test(text)) return JSON.parse(text);
  let any = false;
  const marked = text.replace(TOKENS, (token) => {
    if (token.startsWith('"') || !/^-?\d{16,}$/.test(token) || Number.isSafeInteger(Number(token))) return token;
    any = true;
    return `"${LONG}${token}"`;
  });
  return any ? unmarked(JSON.parse(marked), isSenders) : JSON.parse(text);
}

function unmarked(value: unknown, isSenders: boolean): unknown {
  if (typeof value === 'string' && value.startsWith(LONG)) {
    const digits = value.slice(LONG.length);
    return isSenders ? BigInt(digits) : Number(digits);
  }
  if (Array.isArray(value)) return value.map((each) => unmarked(each, isSenders));
  if (value === null || typeof value !== 'object') return value;
  // An answer of which texts may be cut stands in a `value` of its own.
  const isAnswer = 'value' in value && 'cut' in value;
  const isTheirs = (key: string) => isSenders || (SENDERS.has(key) && !(isAnswer && key === 'value'));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, unmarked(each, isTheirs(key))]));
}

/** Writes a value as JSON, a `bigint` as the number it was read from. */
export function writeJson(value: unknown, indent?: number): string {
  try {
    return JSON.stringify(value, null, indent);
  } catch {
    const marked = JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? `${LONG}${each}` : each), indent);
    return marked.replaceAll(new RegExp(`"${LONG}(-?\\d+)"`, 'g'), '$1');
  }
}
