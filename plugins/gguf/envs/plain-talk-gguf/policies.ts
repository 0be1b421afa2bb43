import { scripts } from "../../../../envs/plain-talk/policies.ts";
import { GEMMA } from "../../cover.ts";

export default scripts(GEMMA);
