/** What a person chose and this machine remembers. */
import { SvelteMap } from 'svelte/reactivity';
import { AS_DESIGNED, COLUMNS, type Column } from '../lib/columns';
import { GROUPINGS, type Grouping } from '../lib/groups';

export type Theme = 'system' | 'dark' | 'light';
export type Density = 'comfortable' | 'compact';

const KEY = 'spanglass.settings';

interface Kept {
  theme: Theme;
  density: Density;
  utc: boolean;
  sizes: Record<string, number>;
  grouping: Grouping;
  columns: Column[];
}

class Settings {
  theme: Theme = $state('system');
  /** How close rows and messages stand. */
  density: Density = $state('comfortable');
  /** Moments in UTC, else in the local zone. */
  utc = $state(false);
  /** What the traces in the list are grouped by. */
  grouping: Grouping = $state('none');
  /** What the list tells of a trace. */
  columns: readonly Column[] = $state.raw(AS_DESIGNED);
  /** Widths of panes by name, in pixels; absent = as designed. */
  sizes = new SvelteMap<string, number>();
  /** Grows when the colours change: whoever draws on a canvas reads it. */
  painted = $state(0);

  constructor() {
    const kept = read();
    if (kept.theme === 'dark' || kept.theme === 'light') this.theme = kept.theme;
    if (kept.density === 'compact') this.density = kept.density;
    this.utc = kept.utc === true;
    for (const [name, px] of Object.entries(kept.sizes ?? {})) if (Number.isFinite(px)) this.sizes.set(name, px);
    if (GROUPINGS.some((known) => known === kept.grouping)) this.grouping = kept.grouping ?? 'none';
    if (Array.isArray(kept.columns)) this.columns = COLUMNS.map((column) => column.id).filter((id) => kept.columns?.includes(id));
    const dark = matchMedia('(prefers-color-scheme: dark)');
    this.#paint(dark.matches);
    dark.addEventListener('change', () => this.#paint(dark.matches));
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.#paint(matchMedia('(prefers-color-scheme: dark)').matches);
    this.#keep();
  }

  setDensity(density: Density): void {
    this.density = density;
    this.#paint(matchMedia('(prefers-color-scheme: dark)').matches);
    this.#keep();
  }

  setUtc(utc: boolean): void {
    this.utc = utc;
    this.#keep();
  }

  setGrouping(grouping: Grouping): void {
    this.grouping = grouping;
    this.#keep();
  }

  setColumns(columns: readonly Column[]): void {
    this.columns = columns;
    this.#keep();
  }

  /** Remembers the width of a pane; null = as designed. */
  setSize(name: string, px: number | null): void {
    if (px === null) this.sizes.delete(name);
    else this.sizes.set(name, Math.round(px));
    this.#keep();
  }

  #paint(dark: boolean): void {
    document.documentElement.dataset['theme'] = this.theme === 'system' ? (dark ? 'dark' : 'light') : this.theme;
    document.documentElement.dataset['density'] = this.density;
    this.painted += 1;
  }

  #keep(): void {
    const kept: Kept = { theme: this.theme, density: this.density, utc: this.utc, sizes: Object.fromEntries(this.sizes), grouping: this.grouping, columns: [...this.columns] };
    try {
      localStorage.setItem(KEY, JSON.stringify(kept));
    } catch {
      // A full or forbidden store costs only the memory of these choices.
    }
  }
}

function read(): Partial<Kept> {
  try {
    return (JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Kept> | null) ?? {};
  } catch {
    return {};
  }
}

export const settings = new Settings();
