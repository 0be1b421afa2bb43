import { InputError } from "../../data/errors.ts";
import { heightOf } from "../../env/render-svg.ts";
import { golden } from "../../testing/golden.ts";
import { measure, theoryOf } from "../measure.ts";
import { openPlayer, type Player } from "../player.ts";
import { placesOf, type Sitting, sitDown } from "../sitting.ts";
import type { Subject } from "../subject.ts";
import { makeMarks } from "./marks.ts";
import type { Reply, Request } from "./messages.ts";

/** Tells the page; what is handed over is the page's from then on. */
export type Post = (reply: Reply, handed?: ImageBitmap[]) => void;

/**
 * Answers a page's requests about one environment: an episode to step through, metrics of many. One request of a kind is
 * under way at a time; a newer measurement ends the one before.
 */
export function answering(subject: Subject, post: Post): (request: Request) => Promise<void> {
  let player: Player | undefined;
  let measuring = new AbortController();
  let sitting: Sitting | undefined;
  const paint = makeMarks();
  const frameOf = (player: Player, { id, kind, step, screen, ...look }: Request & { kind: "frame" }): Reply => {
    const { dense, ...frame } = player.frame(step, { ...look, paints: screen !== undefined });
    if (!dense || !screen || !frame.svg) return { id, kind, frame };
    try {
      return { id, kind, frame, painted: paint(dense, look.width, heightOf(frame.svg), screen) };
    } catch {
      return frameOf(player, { id, kind, step, ...look }); // as nodes, slowly
    }
  };
  const answer = async (request: Request): Promise<Reply | undefined> => {
    const { id } = request;
    switch (request.kind) {
      case "open":
        player = undefined;
        player = openPlayer(subject, request.choice, request);
        return { id, kind: "course", course: player.course };
      case "frame":
        if (!player) return { id, kind: "done" };
        return frameOf(player, request);
      case "places":
        return { id, kind: "places", places: placesOf(subject, request.params) };
      case "sit":
        sitting = await sitDown(subject, request.sit, (told) => post({ id, ...told }));
        await sitting.over;
        return { id, kind: "done" };
      case "act":
        sitting?.act(request.action);
        return undefined;
      case "leave":
        sitting?.leave();
        return undefined;
      case "theory":
        return { id, kind: "theory", theory: theoryOf(subject, request.choice) };
      case "golden":
        return { id, kind: "golden", digest: golden(subject.env).digest };
      case "measure": {
        measuring.abort();
        measuring = new AbortController();
        const { signal } = measuring;
        try {
          await measure(subject, request.choice, request.attacks, {
            ...{ saved: request.saved, signal },
            report: (one) => post({ id, kind: "measured", one }),
            progress: (share) => post({ id, kind: "progress", share }),
          });
        } catch (error) {
          if (signal.aborted) return undefined;
          throw error;
        }
        return { id, kind: "done" };
      }
    }
  };
  return async (request) => {
    try {
      const reply = await answer(request);
      if (reply) post(reply, reply.kind === "frame" && reply.painted ? [reply.painted] : []);
    } catch (error) {
      post({ id: request.id, kind: "error", message: (error as Error).message, wrong: error instanceof InputError });
    }
  };
}
