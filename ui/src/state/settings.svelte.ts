/** What a person chose and this machine remembers. */
import { SvelteMap } from 'svelte/reactivity';

export type Theme = 'system' | 'dark' | 'light';

const KEY = 'spanglass.settings';

interface Kept {
  theme: Theme;
  utc: boolean;
  sizes: Record<string, number>;
}

class Settings {
  theme: Theme = $state('system');
  /** Moments in UTC, else in the local zone. */
  utc = $state(false);
  /** Widths of panes by name, in pixels; absent = as designed. */
  sizes = new SvelteMap<string, number>();
  /** Grows when the colours change: whoever draws on a canvas reads it. */
  painted = $state(0);

  constructor() {
    const kept = read();
    if (kept.theme === 'dark' || kept.theme === 'light') this.theme = kept.theme;
    this.utc = kept.utc === true;
    for (const [name, px] of Object.entries(kept.sizes ?? {})) if (Number.isFinite(px)) this.sizes.set(name, px);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    this.#paint(dark.matches);
    dark.addEventListener('change', () => this.#paint(dark.matches));
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.#paint(matchMedia('(prefers-color-scheme: dark)').matches);
    this.#keep();
  }

  setUtc(utc: boolean): void {
    this.utc = utc;
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
    this.painted += 1;
  }

  #keep(): void {
    const kept: Kept = { theme: this.theme, utc: this.utc, sizes: Object.fromEntries(this.sizes) };
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
