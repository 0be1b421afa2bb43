/** Scripts that print the figures of an environment's page, by name: what `benchmarks/evidence/<env>.ts` exports by default. */
export type Evidence = Readonly<Record<string, Part>>;

export interface Part {
  /** What it prints, in a line. */
  readonly summary: string;
  /** `settings` are what follows the part's name on the command line. */
  print(settings: readonly string[]): void | Promise<void>;
}
