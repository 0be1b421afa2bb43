import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["masque-source"] },
  ssr: { resolve: { conditions: ["masque-source"] } },
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    typecheck: { enabled: false },
  },
});
