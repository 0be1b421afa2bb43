// Trains Alice and Bob to hide one bit a round from a warden, at three levels of the warden's vigilance at once, and
// prints what is left of the secrecy. Run it with: npx tsx --conditions=masque-source examples/train.ts
import { score, train } from "masque";
import mappo from "masque/baselines/mappo";
import covertWire from "masque/envs/covert-wire";
import scripts from "masque/envs/covert-wire/policies";

const params = { cover: "silent", slots: 6, bits: 1, errorBob: 0.2, errorWarden: 0.4 } as const;
const levels = [{ falseAlarm: 0 }, { falseAlarm: 0.1 }, { falseAlarm: 0.3 }];
const warden = scripts.defaults.warden;
const learner = mappo({ learningRate: 0.003, entropy: 0.03 }); // finds the code from every seed tried

const { policies } = await train({
  environment: covertWire,
  params,
  levels, // one training covers all of them: the networks see the knob
  roles: { alice: learner, bob: learner },
  policies: { warden },
  budget: Number(process.env.BUDGET ?? 40_000), // environment steps a level
  seed: 1,
  onProgress: ({ steps, total, returns }) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${steps} of ${total} steps, return ${returns.bob.toFixed(3)}  `);
  },
});

for (const level of levels) {
  const { attacked } = score(covertWire, {
    scripts,
    params: { ...params, ...level },
    attack: policies,
    episodes: 1000,
  });
  console.log(
    `falseAlarm ${level.falseAlarm}: utility ${attacked.utility.toFixed(3)}, secrecy ${attacked.secrecy.toFixed(3)}`,
  );
}
