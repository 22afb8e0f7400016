// What the pages can't do by themselves: live updates, the viewer's own time zone, the keyboard, copying. Everything
// else works without it. No markup is made here; htmx fetches it from the server.
"use strict";

// ---- Times: written by the server in UTC, shown in the viewer's zone, exact on hover -------------------------------

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const hour = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
const STEPS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

function passed(then) {
  const seconds = Math.round((then - Date.now()) / 1000);
  if (Math.abs(seconds) < 5) return "just now";
  const [unit, size] = STEPS.find(([, size]) => Math.abs(seconds) >= size);
  return relative.format(Math.trunc(seconds / size), unit);
}

function showTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const then = new Date(time.dateTime);
    if (Number.isNaN(then.getTime())) continue;
    const isNear = Math.abs(then - Date.now()) < 7 * 86400e3;
    const text = "relative" in time.dataset && isNear ? passed(then) : exact.format(then);
    if (time.textContent !== text) time.textContent = text;
    time.title = full.format(then);
  }
  for (const label of root.querySelectorAll("[data-hour]")) label.textContent = hour.format(new Date(label.dataset.hour));
}

// ---- What waits: in the tab's title and icon ------------------------------------------------------------------------

function showWaiting() {
  const count = Number(document.getElementById("waiting")?.dataset.count ?? 0);
  const title = document.title.replace(/^\(\d+\) /, "");
  const wanted = count > 0 ? `(${count}) ${title}` : title;
  if (document.title !== wanted) document.title = wanted;
  const icon = document.querySelector('link[rel="icon"]');
  if (icon && icon.getAttribute("href") !== `/icon/${count}.svg`) icon.setAttribute("href", `/icon/${count}.svg`);
}

// ---- Live updates: one stream for all tabs of a browser -------------------------------------------------------------
// A browser opens few connections to one server, so of several tabs only one, the holder of a lock, listens; it tells
// the others. Parts of the page fetch themselves again on `ncgate:TOPIC`, which bubbles up no further than the body.

const channel = new BroadcastChannel("ncgate");

function tell(topic, detail) {
  document.body.dispatchEvent(new CustomEvent(`ncgate:${topic}`, { detail }));
}

function hear({ kind, data }) {
  if (kind === "changed") {
    const ids = {};
    for (const { topic, id } of data) (ids[topic] ??= []).push(id);
    for (const topic in ids) tell(topic, { ids: ids[topic] });
  } else if (kind === "missed") {
    // Something changed that nobody told us of: fetch every live part again.
    const topics = new Set();
    for (const part of document.querySelectorAll("[hx-trigger]")) {
      for (const [, topic] of part.getAttribute("hx-trigger").matchAll(/ncgate:(\w+)/g)) topics.add(topic);
    }
    for (const topic of topics) tell(topic, {});
  } else if (kind === "ended") {
    location.reload();
  } else if (kind === "state") {
    showLive(data);
  }
}

function showLive(isOn) {
  const note = document.getElementById("live");
  if (!note) return;
  note.classList.toggle("on", isOn);
  note.textContent = isOn ? "Live" : "Not live at the moment. Trying to connect again.";
}

function say(kind, data) {
  hear({ kind, data });
  channel.postMessage({ kind, data });
}

// Whether there was a stream before this one: what happened between two of them, nobody told us.
let wasOpen = false;

function listen(address) {
  return new Promise((ended) => {
    const stream = new EventSource(address);
    stream.onopen = () => {
      say("state", true);
      if (wasOpen) say("missed");
      wasOpen = true;
    };
    stream.onerror = () => {
      say("state", false);
      // Refused, not broken: the session is over, or the server is another one.
      if (stream.readyState === EventSource.CLOSED) setTimeout(() => ended(), 3000);
    };
    stream.addEventListener("changed", (event) => say("changed", JSON.parse(event.data)));
    stream.addEventListener("missed", () => say("missed"));
    stream.addEventListener("ended", () => { stream.close(); say("ended"); });
  });
}

async function follow(address) {
  for (;;) await listen(address);
}

function goLive(address) {
  channel.onmessage = ({ data }) => {
    if (data.kind === "who" ) { if (isHolder) channel.postMessage({ kind: "state", data: true }); } else hear(data);
  };
  let isHolder = false;
  const hold = () => { isHolder = true; return follow(address); };
  if (navigator.locks) {
    channel.postMessage({ kind: "who" });
    navigator.locks.request("ncgate live", hold);
  } else {
    hold();
  }
}

// ---- The keyboard ---------------------------------------------------------------------------------------------------

let leader = 0;

function rows() {
  return [...document.querySelectorAll("main [data-row]")];
}

function move(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.classList.contains("selected"));
  const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
  all[at]?.classList.remove("selected");
  next.classList.add("selected");
  (next.querySelector("a") ?? next).focus();
  next.scrollIntoView({ block: "nearest" });
}

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const key = event.key;
  if (Date.now() - leader < 1500) {
    leader = 0;
    const link = document.querySelector(`#navigation [data-key="${CSS.escape(key)}"]`);
    if (link) { event.preventDefault(); link.click(); }
    return;
  }
  // A key that rows have too means the row that is selected, or the first.
  const own = (document.querySelector("main [data-row].selected") ?? document.querySelector("main")).querySelector(`[data-press="${CSS.escape(key)}"]`);
  if (key === "g") leader = Date.now();
  else if (key === "?") document.getElementById("help")?.showModal();
  else if (key === "/") { const search = document.querySelector('main input[type="search"]'); if (!search) return; event.preventDefault(); search.closest("details")?.setAttribute("open", ""); search.focus(); search.select(); }
  else if (key === "j") move(1);
  else if (key === "k") move(-1);
  else if (own) { event.preventDefault(); own.focus(); if (own.matches("a, summary, button[type=button]")) own.click(); }
}

// ---- Forms ----------------------------------------------------------------------------------------------------------

/** A form with `data-guard` shows its bar only when something was changed, and asks before that is lost. */
function guard(form) {
  const bar = form.querySelector(".unsaved");
  // A tick alone changes nothing.
  const ignored = new Set(["csrf", "pick", "bulk"]);
  const state = () => new URLSearchParams([...new FormData(form)].filter(([name]) => !ignored.has(name))).toString();
  const before = state();
  let isSending = false;
  const look = () => {
    // What the server sent can hold choices that are not saved.
    const isChanged = "changed" in form.dataset || state() !== before;
    if (bar) bar.hidden = !isChanged;
    return isChanged;
  };
  for (const event of ["input", "change"]) form.addEventListener(event, look);
  form.addEventListener("reset", () => setTimeout(look));
  form.addEventListener("submit", () => { isSending = true; });
  form.querySelector("[data-discard]")?.addEventListener("click", () => { isSending = true; });
  window.addEventListener("beforeunload", (event) => { if (!isSending && look()) event.preventDefault(); });
  look();
}

/** A search field with `data-search` leaves those of the selected that have every word of it. */
function sift(search) {
  const words = search.value.toLowerCase().split(/\s+/);
  for (const one of document.querySelectorAll(search.dataset.search)) {
    const text = one.textContent.toLowerCase();
    one.hidden = !words.every((word) => text.includes(word));
  }
  const groups = new Set([...document.querySelectorAll(search.dataset.search)].map((one) => one.closest("[role=group]")));
  for (const group of groups) if (group) group.hidden = !group.querySelector(".check:not([hidden])");
}

/** Ticks whatever is to be seen in the button's group, or takes the ticks out again. */
function tick(button) {
  const boxes = [...button.closest("[role=group]").querySelectorAll(".check:not([hidden]) > [type=checkbox]")];
  const isOn = boxes.some((box) => !box.checked);
  for (const box of boxes) box.checked = isOn;
  boxes[0]?.dispatchEvent(new Event("input", { bubbles: true }));
}

/** A form with `data-filter` narrows the table it names in place, so that nothing that was chosen there is lost. */
function narrow(form) {
  const table = document.querySelector(form.dataset.filter);
  const value = (name) => form.elements[name].value.trim().toLowerCase();
  const look = () => {
    const words = value("search").split(/\s+/);
    let shown = 0;
    for (const row of table.querySelectorAll("tr[data-words]")) {
      const mode = row.querySelector("select")?.value ?? row.dataset.mode;
      const fits = words.every((word) => row.dataset.words.includes(word))
        && (!value("effect") || value("effect") === row.dataset.effect) && (!value("policy") || value("policy") === mode);
      row.hidden = !fits;
      if (fits) shown += 1;
    }
    for (const body of table.querySelectorAll("tbody")) body.hidden = !body.querySelector("tr[data-words]:not([hidden])");
    for (const note of table.querySelectorAll("[data-filter-none]")) note.hidden = shown > 0;
  };
  for (const event of ["input", "change"]) form.addEventListener(event, look);
  form.addEventListener("submit", (event) => { event.preventDefault(); look(); });
}

/** A form with `data-busy` says so while its answer takes its time, and is sent once. */
function busy(form) {
  form.addEventListener("submit", (event) => {
    if ("sent" in form.dataset) { event.preventDefault(); return; }
    form.dataset.sent = "";
    form.setAttribute("aria-busy", "true");
    const note = form.querySelector("[data-busy-note]");
    if (note) note.textContent = form.dataset.busy;
    // What shows how far it has come begins to ask.
    form.dispatchEvent(new CustomEvent("ncgate:sent", { bubbles: true }));
  });
  // Back from the next page, out of the browser's memory.
  window.addEventListener("pageshow", () => { delete form.dataset.sent; form.removeAttribute("aria-busy"); });
}

/** Shows what only works with scripts, once for each piece of the page. */
function equip(root) {
  showTimes(root);
  for (const button of root.querySelectorAll("[data-copy], [data-help], [data-search], [data-tick]")) button.hidden = false;
  for (const form of root.querySelectorAll("form[data-guard]:not([data-guarded])")) {
    form.dataset.guarded = "";
    guard(form);
  }
  for (const form of root.querySelectorAll("form[data-filter]:not([data-equipped])")) {
    form.dataset.equipped = "";
    narrow(form);
    for (const button of form.querySelectorAll("[type=submit]")) button.hidden = true;
  }
  for (const form of root.querySelectorAll("form[data-busy]:not([data-equipped])")) {
    form.dataset.equipped = "";
    busy(form);
  }
  // What lies open for the eye, by the style sheet, is open for whoever asks the element.
  if (matchMedia("(min-width: 40.01rem)").matches) for (const fold of root.querySelectorAll(".filters")) fold.open = true;
  showWaiting();
}

async function copy(button) {
  const text = button.closest(".code")?.querySelector("code")?.textContent ?? button.dataset.copy;
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Select it and press Ctrl+C";
  }
  setTimeout(() => { button.textContent = label; }, 2000);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.matches("[data-copy]")) copy(button);
  if (button?.matches("[data-tick]")) tick(button);
  if (button?.matches("[data-help]")) document.getElementById("help").showModal();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("input", (event) => event.target.matches("[data-search]") && sift(event.target));
document.addEventListener("keydown", press);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) { menu.open = false; menu.querySelector("summary").focus(); }
});
document.addEventListener("htmx:after:swap", () => {
  equip(document);
  // The button that asked for it went with the swap.
  if (document.activeElement === document.body) document.querySelector("#answer[tabindex]")?.focus({ preventScroll: true });
});
document.addEventListener("DOMContentLoaded", () => {
  equip(document);
  setInterval(() => showTimes(document), 15000);
  const address = document.body.dataset.live;
  if (address) goLive(address);
  // What was refused is read first. A live part of the page may tell of trouble too; that is no answer to anything.
  const refused = document.querySelector("[role=alert][tabindex]:not([hx-get] *), [aria-invalid=true]");
  if (!document.querySelector("[autofocus]")) refused?.focus();
});
