import type { ExportRequest } from '../api/types';

/** What only the surroundings of the page can do. */
export interface Host {
  /** Whether this is the desktop window. */
  desktop: boolean;
  /** Opens an `http` or `https` address outside. The caller has asked the person. */
  openLink(url: string): Promise<void>;
  copy(text: string): Promise<void>;
  /** Hands a text to the person as a file. */
  save(name: string, content: string | Blob): Promise<void>;
  /** Asks where to keep traces and writes them there as they are read; false = the person changed their mind. Absent = not here. */
  saveTraces?(name: string, request: ExportRequest): Promise<boolean>;
  /** Makes what a drag that begins takes out of the page a file of traces. Absent = not here. */
  dragTraces?(event: DragEvent, name: string, request: ExportRequest): void;
  /** Has the menu and the dialogs in the colours of the page. */
  useTheme?(theme: 'system' | 'dark' | 'light'): void;
  /** Calls back with the id of each command that was chosen outside of the page; returns how to stop that. */
  onCommand?(run: (id: string) => void): () => void;
}
