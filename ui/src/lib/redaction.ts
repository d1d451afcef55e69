/** What is to be taken out of an export, as the dialog shows it and as the engine reads it. */
export interface Redaction {
  secrets: boolean;
  emails: boolean;
  structure: boolean;
  /** Names of attributes, divided by commas or blanks. */
  attributes: string;
}

/** What is proposed: what nobody wants to send by accident. */
export const PROPOSED: Redaction = { secrets: true, emails: true, structure: false, attributes: '' };

/** Writes rules as the engine reads them. */
export function rules(redaction: Redaction): string {
  const words = (['secrets', 'emails', 'structure'] as const).filter((word) => redaction[word]);
  const names = redaction.attributes.split(/[\s,]+/).filter(Boolean);
  return [...words, ...names.map((name) => `attribute:${name}`)].join(',');
}
