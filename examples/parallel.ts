// One episode of simple-crypto through the record view: PettingZoo's parallel API in camelCase.
// Run it with: npx tsx --conditions=masque-source examples/parallel.ts
import { parallel } from "masque";
import crypto from "masque/envs/simple-crypto";

const env = parallel(crypto);
const [observations] = env.reset({ seed: 1 });
console.log(observations.alice_0);
let bobsReturn = 0;
while (env.agents.length > 0) {
  const [, rewards, terminations, truncations] = env.step({ alice_0: 0, bob_0: 1, eve_0: 2 });
  bobsReturn += rewards.bob_0;
  if (terminations.bob_0 || truncations.bob_0) console.log(`Bob's return: ${bobsReturn}`);
}
