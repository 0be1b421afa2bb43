import { GEMMA } from "../../cover.ts";
import { realTalk } from "../../game.ts";

export default {
  ...realTalk({ id: "plain-talk-gguf-v0", cover: GEMMA, innocents: 200 }),
  summary: "plain-talk in the language of a real model, Gemma 3 270M, which is asked on this machine as it is played.",
};
