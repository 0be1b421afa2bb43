import { statSync } from "node:fs";
import type { CellResult } from "./cell-result.ts";

const MAX_BYTES = 1 << 28;

/**
 * Results of cells that have been read and checked, while their files stay as they are: a finished run reads every cell
 * several times. Keeps the latest that lie in at most 256 MB of files. Who gets a result must not change it.
 */
export function makeCellCache(): (path: string, read: () => CellResult) => CellResult | undefined {
  const kept = new Map<string, { readonly stamp: string; readonly bytes: number; readonly result: CellResult }>();
  let bytes = 0;
  const drop = (path: string) => {
    bytes -= kept.get(path)?.bytes ?? 0;
    kept.delete(path);
  };
  return (path, read) => {
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (!stat) {
      drop(path);
      return undefined;
    }
    // Files are replaced, never changed in place; whatever does that changes the times.
    const stamp = `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`;
    const before = kept.get(path);
    drop(path);
    const result = before?.stamp === stamp ? before.result : read();
    const one = { stamp, bytes: Number(stat.size), result };
    kept.set(path, one);
    bytes += one.bytes;
    for (const oldest of kept.keys()) {
      if (bytes <= MAX_BYTES) break;
      drop(oldest);
    }
    return result;
  };
}
