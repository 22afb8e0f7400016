// What every client has to get through, whichever SDK, transport and revision: the list, a read, mistakes, a call that a
// person denies, and one that a person approves while the client follows its progress.

import { fail, holds, person, same, timesRun } from "./gateway.mjs";

const RUN = "n_central-run-direct-task";

/// A call of `RUN` under a name of its own, so that no two calls of the suite are the same call.
export function task(name) {
  return { device: "GLOBEX-WS01", item_id: 2014, task_type: "Script", name, reason: "a peer asks" };
}

/// What a result says; its text and its structured content must be the same.
export function said(result) {
  const text = JSON.parse(result.content[0].text);
  if (result.structuredContent) same(text, result.structuredContent, "text and structured content");
  return text;
}

/// `client` is `{ tools(), call(name, arguments, onProgress?) }`; `label` names it, and its tasks.
export async function tell(label, client) {
  const tools = await client.tools();
  same(tools.length, 40, "tools in the list");
  const named = (name) => tools.find((tool) => tool.name === name) ?? fail(`${name} is not in the list`);
  same(named("n_central-list-devices").annotations.readOnlyHint, true, "a look-up says that it only reads");
  holds(!named(RUN).annotations.readOnlyHint, "a run does not");
  holds(tools.every((tool) => tool.inputSchema.type === "object"), "every tool takes an object");

  const found = said(await client.call("n_central-list-devices", { customer: "Acme", search: "FS" }));
  same(found.returned, 1, "devices found");
  same(found.rows[0][found.columns.indexOf("long_name")], "ACME-FS01", "the device found");

  const mistaken = await client.call("n_central-list-devices", { custmer: "Acme" });
  same(mistaken.isError, true, "an unknown argument is the tool's error");
  holds(said(mistaken).message.includes("customer"), "it names the nearest argument");
  same(said(mistaken).changed, "no", "it says that nothing was changed");
  const unknown = await client.call("n_central-format-disk", {}).then(() => "no error", (error) => error);
  same(unknown.code, -32602, "an unknown tool is the protocol's error");

  const approver = await person();
  const denied = `${label} denied`;
  const held = said(await client.call(RUN, task(denied)));
  same(held.status, "approval_required", "a held call without progress answers at once");
  const look = async (wait_seconds) =>
    said(await client.call("n_central-get-approval", { approval_id: held.approval_id, wait_seconds }));
  same((await look(0)).state, "pending", "it waits for a person");
  await approver.deny(held.approval_id, "not today");
  const refusal = await look(20);
  same([refusal.state, refusal.decision_reason], ["denied", "not today"], "the agent hears why");
  same(await timesRun(denied), 0, "a denied task was run");

  const approved = `${label} approved`;
  const heard = [];
  const { promise: first, resolve: hear } = Promise.withResolvers();
  const call = client.call(RUN, task(approved), (progress) => hear(heard.push(progress)));
  const answered = call.then((result) => fail(`answered before a message came: ${JSON.stringify(result)}`));
  const decided = Promise.all([approver.pending(approved), Promise.race([first, answered])])
    .then(([{ id }]) => approver.approve(id));
  const [result] = await Promise.all([call, decided]);
  const ended = said(result);
  same([ended.status, ended.targets.length], ["done", 1], "the call that was approved meanwhile");
  holds(ended.targets[0].task_id, "its task has an id");
  holds(heard.every(({ progress }, i) => i === 0 || progress > heard[i - 1].progress),
    `progress grows: ${JSON.stringify(heard)}`);
  same(await timesRun(approved), 1, "runs of an approved task");
}
