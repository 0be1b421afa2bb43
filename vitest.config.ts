import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["masque-source"] },
  ssr: { resolve: { conditions: ["masque-source"] } },
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    maxWorkers: "100%", // the default leaves a core to the watcher: half of the time on two
    typecheck: { enabled: false },
  },
});
