import { findModel } from "../../plugins/gguf/model.ts";

/** Why the model is not here, if it is not: MASQUE_GGUF names none, and none is where scripts/language-model.sh puts it. */
const missing = ((): string | undefined => {
  try {
    findModel();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
})();

/** Whether tests of the model are passed over, and what their titles then say. */
export const skipped = missing !== undefined && process.env.MASQUE_REQUIRE_GGUF !== "1";
export const why = skipped ? ", skipped: no GGUF model (scripts/language-model.sh fetches it)" : "";
