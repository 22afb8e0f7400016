// The MCP Inspector's command line: one process a request, over HTTP and stdio, in both eras. It also judges whether the
// tools' schemas are ones that every client can use.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { address, headers, holds, person, same, stdio, timesRun } from "./gateway.mjs";
import { said, task } from "./story.mjs";

// The package exports nothing, so its program is looked up as `npx` would.
const program = path.join(process.argv[2], "node_modules/.bin/inspector");
holds(existsSync(program), `${program} is installed`);

const transports = {
  http: ["--server-url", address, "--transport", "http", "--header", `Authorization: ${headers.Authorization}`],
  stdio: [stdio.command, ...stdio.args, "--transport", "stdio",
    ...Object.entries(stdio.env).flatMap(([name, value]) => ["-e", `${name}=${value}`])],
};

function run(args) {
  return new Promise((resolve) => {
    const command = [program, "--cli", ...args, "--format", "json", "--quiet", "--stored-auth-only"];
    execFile(process.execPath, command, { timeout: 60_000, maxBuffer: 16 << 20 }, (error, out, err) =>
      resolve({ code: error ? (error.code ?? error.signal) : 0, out, err }));
  });
}

for (const [name, target] of Object.entries(transports)) {
  for (const era of ["legacy", "modern"]) {
    const label = `inspector ${name} ${era}`;
    const ask = async (method, ...args) => {
      const { code, out, err } = await run([...target, "--protocol-era", era, "--method", method, ...args]);
      same(code, 0, `${label} ${method}: ${err}`);
      const answer = JSON.parse(out);
      return answer.result ?? answer;
    };
    const call = (tool, args) => ask("tools/call", "--tool-name", tool, "--tool-args-json", JSON.stringify(args));

    const { tools } = await ask("tools/list", "--strict");
    same(tools.length, 40, `${label}: tools in the list`);
    const found = said(await call("n_central-list-devices", { customer: "Acme", search: "FS" }));
    same(found.returned, 1, `${label}: devices found`);

    const unknown = await run([...target, "--protocol-era", era, "--method", "tools/call", "--tool-name", "no-such-tool"]);
    holds(unknown.code !== 0 && unknown.err.includes("no-such-tool"), `${label}: an unknown tool fails by its name`);

    const held = said(await call("n_central-run-direct-task", task(label)));
    same(held.status, "approval_required", `${label}: a held call`);
    await (await person()).approve(held.approval_id);
    const look = { approval_id: held.approval_id, wait_seconds: 20 };
    const ended = said(await call("n_central-get-approval", look));
    same([ended.state, ended.outcome], ["approved", "done"], `${label}: the call after its approval`);
    same(await timesRun(label), 1, `${label}: runs of an approved task`);
  }
}
console.log("inspector: list, read, unknown tool, a held call and its approval; HTTP and stdio; both eras");
