import { InputError, resolveParams } from "masque";
import { type Asked, type Level, scriptedRole, seat, type TrainTask } from "masque/learn";
import type { PpoConfig } from "./settings.ts";

// Kickstarting (Schmitt et al. 2018, arXiv:1803.03835) by scripts: the learner plays, a script that sees the same says what
// it would have done, and the loss gains their cross-entropy, at first. That its advice is about what the learner meets, and
// not about what the script would have, is what DAgger is about (Ross et al. 2011, arXiv:1011.0686). Critics judge the learner
// from the first step: nothing of theirs has to change when it is let go.

/** A script that plays along: nobody acts on what it does unless it leads. */
export interface Teacher {
  /** By level, `[copies · agents of the role, numbers]`, as the environment counts choices. */
  readonly actions: readonly (Int32Array | Float32Array)[];
  /** From what the role sees now; before every step, from the first of an episode on. */
  act(): void;
}

/** The teacher of a whole role. It draws from the streams that a script in its place would: the same episodes, the same play. */
export function teacherOf({ env, scripts }: TrainTask, levels: readonly Level[], role: string, name: string): Teacher {
  const desks = levels.map(({ world }) => {
    const factory = scriptedRole(env, env.roles(world.params as never), scripts!, role, name);
    const actions = world.roles[role].actions.slice();
    const roles = { ...world.roles, [role]: { ...world.roles[role], actions } };
    return { actions, players: seat(env, { ...world, roles }, { [role]: factory }) };
  });
  return {
    actions: desks.map(({ actions }) => actions),
    act() {
      for (const { players } of desks) players.act();
    },
  };
}

const filled = ({ teacherWeight: weight = 1, teacherLeads: leads = 0.1, teacherUntil: until = 0.5 }: PpoConfig) => ({
  weight,
  leads,
  until,
});

/** What a teacher does in an iteration of a training. */
export interface Lesson {
  /** Of its part of the loss; 0: nothing. */
  readonly weight: number;
  /** It acts itself: the learner watches, and learns what it does and what comes of it. */
  readonly leads: boolean;
}

/** When a share `done` of the training is done. The teacher leads, then its weight falls linearly to 0. */
export function lessonAt(config: PpoConfig, done: number): Lesson {
  const { weight, leads, until } = filled(config);
  if (config.teacher === undefined || done >= until) return { weight: 0, leads: false };
  if (done < leads) return { weight, leads: true };
  return { weight: (weight * (until - done)) / (until - leads), leads: false };
}

/** @throws InputError unless the script that is to teach plays every role that learns, at every level, and settings agree */
export function checkTeacher(config: PpoConfig, { env, levels, roles, scripts }: Asked): void {
  const { teacher } = config;
  if (teacher === undefined) {
    const orphan = (["teacherWeight", "teacherLeads", "teacherUntil"] as const).find(
      (name) => config[name] !== undefined,
    );
    if (orphan)
      throw new InputError(`PPO: got ${orphan} without a teacher; name a script by \`teacher\`, or leave it out.`);
    return;
  }
  const { leads, until } = filled(config);
  if (leads > until)
    throw new InputError(
      `PPO: got teacherLeads: ${leads} and teacherUntil: ${until}, expected a teacher to lead no longer than it counts.`,
    );
  if (!scripts)
    throw new InputError(`PPO: teacher "${teacher}": expected the environment's scripts, as in train({ scripts, … }).`);
  for (const params of levels) {
    const specs = env.roles(resolveParams(env, params));
    for (const role of roles) {
      try {
        scriptedRole(env, specs, scripts, role, teacher);
      } catch (error) {
        if (error instanceof InputError) throw new InputError(`PPO: teacher of "${role}": ${error.message}`);
        throw error;
      }
    }
  }
}
