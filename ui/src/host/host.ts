/** What only the surroundings of the page can do. */
export interface Host {
  /** Whether this is the desktop window. */
  desktop: boolean;
  /** Opens an `http` or `https` address outside. The caller has asked the person. */
  openLink(url: string): Promise<void>;
  copy(text: string): Promise<void>;
  /** Hands a text to the person as a file. */
  save(name: string, text: string): Promise<void>;
}
