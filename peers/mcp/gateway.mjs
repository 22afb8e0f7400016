// The gateway that `cargo xtask conformance` started, as the scripts here need it: how to reach it as an agent, the
// person's side of it over REST, and N-central's own word on what was really changed.

import { setTimeout as sleep } from "node:timers/promises";

const { GATEWAY_URL, GATEWAY_STATE, GATEWAY_KEY, GATEWAY_PASSWORD, NCGATE, EMULATOR_URL } = process.env;

export const address = `${GATEWAY_URL}/mcp`;
export const headers = { Authorization: `Bearer ${GATEWAY_KEY}` };
// `ncgate mcp` finds the gateway that owns the state; the key says who asks.
export const stdio = { command: NCGATE, args: ["mcp"], env: { NCGATE_STATE: GATEWAY_STATE, NCGATE_KEY: GATEWAY_KEY } };

export function fail(message) {
  throw new Error(message);
}

export function holds(condition, what) {
  if (!condition) fail(`not so: ${what}`);
}

export function same(actual, expected, what) {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) fail(`${what}: ${a} instead of ${b}`);
}

async function rest(method, path, { token, body } = {}) {
  const answer = await fetch(`${GATEWAY_URL}/api/v1/${path}`, {
    method,
    headers: { ...(token && { Authorization: `Bearer ${token}` }), ...(body && { "Content-Type": "application/json" }) },
    body: body && JSON.stringify(body),
  });
  const said = await answer.text();
  if (!answer.ok) fail(`${method} ${path}: ${answer.status} ${said}`);
  return JSON.parse(said);
}

/// A person with the right to decide, signed in as one does.
export async function person() {
  const { token } = await rest("POST", "sessions", { body: { name: "admin", password: GATEWAY_PASSWORD } });
  const decide = (id, body) => rest("POST", `approvals/${id}/decision`, { token, body });
  return {
    approve: (id) => decide(id, { decision: "approve" }),
    deny: (id, reason) => decide(id, { decision: "deny", reason }),
    /// The approval of the call that names its task so, as soon as it waits.
    async pending(task) {
      for (const end = Date.now() + 15_000; Date.now() < end; await sleep(50)) {
        const { items } = await rest("GET", "approvals?state=pending", { token });
        const found = items.find((approval) => approval.arguments.name === task);
        if (found) return found;
      }
      return fail(`no approval waits for ${task}`);
    },
  };
}

/// How often N-central was told to run the task of this name; the gateway puts a mark of its own behind it.
export async function timesRun(task) {
  const changes = await (await fetch(`${EMULATOR_URL}/_emulator/journal`)).json();
  return changes.filter(({ operation, body }) =>
    operation === "createDirectScheduledTask" && body.name.startsWith(task)).length;
}
