import { resolveParams } from "../../env/params.ts";
import { checkTextSet } from "../../library/text-set.ts";
import { allowedText, legalNow } from "../../llm/action.ts";
import { faceOf, turnPrompt } from "../../llm/face.ts";
import { type Check, demand, makeWorld, rolesOf, sit } from "./check.ts";

/** Characters of a prompt that nobody need exceed: some thousand tokens, paid for at every decision. */
const LONGEST = 12_000;

const isPlayedInWords: Check = {
  name: "is short at its text set, where it has one, and can be told in words",
  run(subject) {
    const { env, text } = subject;
    if (!text) return;
    checkTextSet(env, text);
    const params = resolveParams(env, text.params);
    const world = makeWorld({ ...subject, params }, 1, { autoreset: "disabled" });
    const players = sit(subject, world);
    const roles = rolesOf(world).map((role) => ({ role, face: faceOf(env, params, role.name) }));
    world.reset();
    while (world.ended[0] === 0) {
      const step = world.elapsed[0] + 1;
      for (const { role, face } of roles) {
        const { action, masked } = role.spec;
        for (let row = 0; row < role.count; row++) {
          const allowed = allowedText(action, legalNow(action, masked ? role.mask : undefined, row * role.maskSize));
          const prompt =
            face.system + turnPrompt(face, role, row, { step, horizon: world.horizon, before: [], allowed });
          const hole = /undefined|NaN|\[object/.exec(prompt)?.[0];
          demand(hole === undefined, () => `${role.name} is told "${hole}" in step ${step}`);
          demand(
            prompt.length <= LONGEST,
            () => `${role.name} is told ${prompt.length} characters in step ${step}, expected at most ${LONGEST}`,
          );
        }
      }
      players.act();
      world.step();
    }
  },
};

export const wordChecks: readonly Check[] = [isPlayedInWords];
