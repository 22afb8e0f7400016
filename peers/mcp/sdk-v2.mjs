// The second generation of the TypeScript SDK (`@modelcontextprotocol/client`), which speaks both eras: with a
// hand-shake, by finding out, and pinned to the revision without one.

import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { address, headers, same, stdio } from "./gateway.mjs";
import { tell } from "./story.mjs";

const transports = {
  http: () => new StreamableHTTPClientTransport(new URL(address), { requestInit: { headers } }),
  stdio: () => new StdioClientTransport(stdio),
};
const eras = { legacy: ["legacy", "2025-11-25"], auto: ["auto", "2026-07-28"],
  pinned: [{ pin: "2026-07-28" }, "2026-07-28"] };

for (const [name, transport] of Object.entries(transports)) {
  for (const [era, [mode, revision]] of Object.entries(eras)) {
    const client = new Client({ name: "typescript-v2", version: "1" }, { versionNegotiation: { mode } });
    await client.connect(transport());
    same(client.getServerVersion().name, "ncgate", "the server's name");
    same(client.getNegotiatedProtocolVersion(), revision, `the revision (${era})`);
    await tell(`typescript v2 ${name} ${era}`, {
      tools: async () => (await client.listTools()).tools,
      call: (name, args, onprogress) => client.callTool({ name, arguments: args }, { onprogress }),
    });
    await client.close();
  }
}
console.log("sdk-v2: the story over HTTP and stdio, with a hand-shake and without");
