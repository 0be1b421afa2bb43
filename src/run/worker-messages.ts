/** What a pool tells its worker: which cell to compute. */
export interface Order {
  readonly hash: string;
}

/** What a worker tells its pool. */
export type Report =
  | { readonly kind: "ready"; readonly cpuSeconds: number }
  | { readonly kind: "progress"; readonly done: number }
  /** It is there: workers say so every second. */
  | { readonly kind: "alive" }
  | { readonly kind: "done"; readonly cpuSeconds: number }
  | { readonly kind: "failed"; readonly name: string; readonly message: string; readonly stack?: string };
