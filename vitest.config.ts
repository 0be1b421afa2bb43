import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Tests that take longest, by what their paths hold. They begin first: on a fresh clone nothing else is known of a file than its
 * size, and one of these at the end would keep a single core busy.
 */
const LONG = [
  "testing/conformance",
  "run/queue",
  "leaderboard/board",
  "leaderboard/reference",
  "browser/view",
  "site/site",
  "plugins/real-model-page",
  "baselines/native",
  "package",
  "envs/plain-talk.",
  "envs/screening-stego",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const found = LONG.findIndex((name) => moduleId.includes(`/test/${name}`));
      return found < 0 ? LONG.length : found;
    };
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}

export default defineConfig({
  resolve: { conditions: ["masque-source"] },
  ssr: { resolve: { conditions: ["masque-source"] } },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/temporary.ts"],
    sequence: { sequencer: LongestFirst },
    testTimeout: 60_000,
    maxWorkers: "100%", // the default leaves a core to the watcher: half of the time on two
    typecheck: { enabled: false },
  },
});
