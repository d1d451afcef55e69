// Attributes as a table: in groups by the first word of their names, or flat; with those found that are looked for.
import { valueText } from './message';

export interface AttributeGroup {
  /** The first word of the names, such as `http`; empty for the flat list and for names without a dot. */
  name: string;
  keys: string[];
}

/** The keys to draw, sorted; `find` is looked for in names and values, whatever their case. */
export function attributeGroups(attributes: Record<string, unknown>, find: string, grouped: boolean): AttributeGroup[] {
  const wanted = find.trim().toLowerCase();
  const keys = Object.keys(attributes)
    .filter((key) => wanted === '' || key.toLowerCase().includes(wanted) || (valueText(attributes[key]) ?? '').toLowerCase().includes(wanted))
    .sort((a, b) => (a < b ? -1 : 1));
  if (!grouped) return keys.length > 0 ? [{ name: '', keys }] : [];
  const groups = new Map<string, string[]>();
  for (const key of keys) {
    const dot = key.indexOf('.');
    const name = dot > 0 ? key.slice(0, dot) : '';
    groups.set(name, [...(groups.get(name) ?? []), key]);
  }
  return [...groups].map(([name, keys]) => ({ name, keys })).sort((a, b) => (a.name < b.name ? -1 : 1));
}
