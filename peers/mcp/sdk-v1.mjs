// The first generation of the TypeScript SDK (`@modelcontextprotocol/sdk`), which opens with `initialize`.

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { address, headers, same, stdio } from "./gateway.mjs";
import { tell } from "./story.mjs";

const transports = {
  http: () => new StreamableHTTPClientTransport(new URL(address), { requestInit: { headers } }),
  stdio: () => new StdioClientTransport(stdio),
};

for (const [name, transport] of Object.entries(transports)) {
  const client = new Client({ name: "typescript-v1", version: "1" });
  await client.connect(transport());
  same(client.getServerVersion().name, "ncgate", "the server's name");
  await tell(`typescript v1 ${name}`, {
    tools: async () => (await client.listTools()).tools,
    call: (name, args, onprogress) => client.callTool({ name, arguments: args }, undefined, { onprogress }),
  });
  await client.close();
}
console.log("sdk-v1: the story over HTTP and stdio");
