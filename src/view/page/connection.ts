import type { PageData } from "../data.ts";
import type { Reply, Request } from "./messages.ts";

type Bare<T> = T extends unknown ? Omit<T, "id"> : never;

/** A worker that has one environment in it. */
export interface Connection {
  /** Asks; `hear` is told of every answer. Answers to what was asked before in the same `lane` are dropped. */
  ask(lane: string, request: Bare<Request>, hear: (reply: Reply) => void): void;
  end(): void;
}

/** Starts a worker from the page's own data, so that it starts from `file:` as well: nothing is fetched. */
export function connect(data: PageData, environment: string, fail: (message: string) => void): Connection {
  const blob = new Blob([data.worker, "\n", data.scripts[environment]], { type: "text/javascript" });
  const url = URL.createObjectURL(blob);
  const worker = new Worker(url);
  const latest = new Map<string, number>();
  const hearing = new Map<number, { lane: string; hear: (reply: Reply) => void }>();
  let count = 0;
  worker.onmessage = ({ data: reply }: MessageEvent<Reply>) => {
    const one = hearing.get(reply.id);
    if (one && latest.get(one.lane) === reply.id) one.hear(reply);
    else if (reply.kind === "frame") reply.painted?.close();
  };
  worker.onerror = (event) => {
    event.preventDefault();
    fail(`The simulation stopped: ${event.message || "it could not be started"}. Reload the page to go on.`);
  };
  return {
    ask(lane, request, hear) {
      const id = ++count;
      hearing.delete(latest.get(lane) ?? 0);
      latest.set(lane, id);
      hearing.set(id, { lane, hear });
      worker.postMessage({ id, ...request });
    },
    end() {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}
