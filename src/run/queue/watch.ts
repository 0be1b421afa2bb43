import { StorageError } from "../../data/errors.ts";
import { printable } from "../../data/markup.ts";
import { type BullMq, shown, WAITING } from "./bullmq.ts";

/** Milliseconds. */
export interface Patience {
  /** In which a Redis must answer: at first, and from then on before it is called away. */
  readonly answer: number;
  /** After which a wait that leads nowhere is told of, and after which it ends. */
  readonly say: number;
  readonly end: number;
}

export const PATIENCE: Patience = { answer: 10_000, say: 60_000, end: 600_000 };

export interface RedisWatch {
  /** Rejects with a StorageError when Redis has been away for too long. Nobody need listen. */
  readonly lost: Promise<never>;
  /** How often it went away: what it knew before may be gone. */
  absences(): number;
  stop(): void;
}

/**
 * Waits for a first answer, and says from then on when Redis is away and when it is back. One that hangs with its connections
 * open is away as well: it is asked all the time.
 * @throws StorageError where none answers at first
 */
export async function watchRedis(
  { Redis }: Pick<BullMq, "Redis">,
  address: string,
  note: (text: string) => void,
  patience: Patience = PATIENCE,
): Promise<RedisWatch> {
  const place = shown(address);
  const redis = new Redis(address, WAITING);
  let why = "no answer";
  redis.on("error", (error) => {
    why = error.message || String((error as NodeJS.ErrnoException).code);
  });
  // An answer, and not only a connection: whatever listens there takes that.
  const refused = (error: Error) => {
    why = error.message;
    throw error;
  };
  if (!(await within(redis.ping().catch(refused), patience.answer))) {
    redis.disconnect();
    throw new StorageError(
      printable(
        `No Redis is to be used at ${place} (${why.slice(0, 300)}). Start one there, or name another one, with its password, by --queue.`,
      ),
    );
  }

  let [silence, absences] = [0, 0];
  let [away, over, asking] = [false, false, false];
  const goes = () => {
    if (away || over) return;
    away = true;
    absences++;
    note(`masque: Redis at ${place} is away; cells that are being computed go on, all else waits for it.\n`);
  };
  const answers = () => {
    silence = 0;
    if (away && !over) note(`masque: Redis at ${place} is back.\n`);
    away = false;
  };
  const ask = async () => {
    if (asking) return;
    asking = true;
    await redis.ping().then(answers, () => {});
    asking = false;
  };
  redis.on("close", goes);
  redis.on("ready", () => void ask());
  let timer: NodeJS.Timeout | undefined;
  const lost = new Promise<never>((_, reject) => {
    const period = patience.answer / 5;
    // Silence is counted here and not by a clock: a process that was stopped for an hour has not waited for an hour.
    timer = setInterval(() => {
      silence += period;
      if (silence > patience.answer) goes();
      if (silence > patience.end) reject(new StorageError(`Redis at ${place} ${gone(patience)}.`));
      void ask();
    }, period).unref();
  });
  lost.catch(() => {});
  return {
    lost,
    absences: () => absences,
    stop() {
      over = true;
      clearInterval(timer);
      redis.disconnect();
    },
  };
}

const gone = ({ end }: Patience) =>
  `has been away for ${inWords(end)}. What is computed is kept: start Redis again, then go on with --resume, or name another one`;

/** "10 minutes" */
export const inWords = (milliseconds: number): string =>
  milliseconds < 120_000
    ? `${Math.round(milliseconds / 1000)} seconds`
    : `${Math.round(milliseconds / 60_000)} minutes`;

/** Whether something resolves in time. */
async function within(what: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, milliseconds, false);
  });
  const done = await Promise.race([what.then(() => true), late]).catch(() => false);
  clearTimeout(timer);
  return done;
}
