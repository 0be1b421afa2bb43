import { score } from "masque";
import wire from "masque/envs/covert-wire";
import scripts from "masque/envs/covert-wire/policies";

const { clean, attacked } = score(wire, { scripts, attack: "code-2-3", params: { falseAlarm: 0.1 } });
console.log(`secrecy ${attacked.secrecy.toFixed(2)} at utility ${clean.utility.toFixed(2)}`);
