import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a request asks, as far as tests look. */
export interface Asked {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly response_format?: {
    readonly json_schema: { readonly schema: { readonly properties: { readonly action: unknown } } };
  };
  readonly [key: string]: unknown;
}

/** Answers one request: with text, with a status and headers, or by doing what it likes to the response. */
export type Answer =
  | string
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  | ((response: ServerResponse) => void);

export interface FakeServer {
  readonly url: string;
  /** Requests in the order in which they came, with their headers. */
  readonly requests: { readonly asked: Asked; readonly url: string; readonly headers: IncomingMessage["headers"] }[];
  /** Most that were under way at once. */
  most: number;
  answer: (asked: Asked, n: number) => Answer | Promise<Answer>;
  close(): Promise<void>;
}

/** A server that speaks as much of the chat API as is needed, and answers as a test says. */
export async function fakeServer(answer: FakeServer["answer"]): Promise<FakeServer> {
  let open = 0;
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => {
      text += chunk;
    });
    request.on("end", async () => {
      const asked = JSON.parse(text) as Asked;
      fake.requests.push({ asked, url: request.url ?? "", headers: request.headers });
      fake.most = Math.max(fake.most, ++open);
      response.on("close", () => open--);
      const given = await fake.answer(asked, fake.requests.length);
      if (typeof given === "function") given(response);
      else if (typeof given === "object") response.writeHead(given.status, given.headers).end(given.body ?? "");
      else {
        const body = {
          choices: [{ message: { content: given } }],
          usage: { prompt_tokens: 100, completion_tokens: 10 },
        };
        response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const fake: FakeServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests: [],
    most: 0,
    answer,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return fake;
}

/** The first allowed value of every choice, by the schema that was sent. */
export function firstAllowed({ response_format }: Asked): string {
  const action = response_format!.json_schema.schema.properties.action as {
    enum?: unknown[];
    items?: { enum: unknown[] };
    minItems?: number;
  };
  const value = action.items ? Array(action.minItems).fill(action.items.enum[0]) : action.enum![0];
  return JSON.stringify({ why: "it is the first", action: value });
}
