/** What the models of a trace were told of a tool. */
import type { ToolHead } from '../api/types';
import type { Texts } from './texts';

export interface Definition {
  tool: ToolHead;
  /** Where it stands in the answer it came with. */
  at: string;
  texts: Texts;
}

/** The way from the call of a tool to what is known of it. */
export interface Definitions {
  /** Its definition; null when nobody was told of it. */
  of(tool: string): Promise<Definition | null>;
  /** Goes to all its calls. */
  go(tool: string): void;
}
