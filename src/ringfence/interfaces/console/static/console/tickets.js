// Keys for those who answer many tickets, a look every ten seconds whether somebody else wrote meanwhile, and what was
// begun and not sent: the tab keeps it until it is sent, whichever button of the page is pressed meanwhile.
// Every page works without this; single keys can be turned off, and are forgotten by the browser alone.
"use strict";

const STORED = "ticket-keys";
const TEN_SECONDS = 10000;

const toggle = document.querySelector("[data-keys-on]");
function keysAreOn() {
  return !toggle || toggle.checked;
}
if (toggle) {
  toggle.checked = localStorage.getItem(STORED) !== "off";
  toggle.addEventListener("change", () => localStorage.setItem(STORED, toggle.checked ? "on" : "off"));
}

function focusOn(name) {
  const found = document.querySelector(`[data-focus="${name}"]`);
  if (found) {
    found.focus();
    found.scrollIntoView({ block: "center" });
  }
  return Boolean(found);
}

function step(by) {
  const links = [...document.querySelectorAll(".tickets > li a")];
  if (!links.length) return false;
  const here = links.indexOf(document.activeElement);
  links[Math.min(Math.max(here + by, 0), links.length - 1)].focus();
  return true;
}

function back() {
  const list = document.querySelector("[data-around]");
  if (list) location.href = list.dataset.around.replace(/[^/]+\/around\/$/, "");
  return Boolean(list);
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  r: () => focusOn("answer"),
  n: () => focusOn("note"),
  u: back,
  "/": () => focusOn("search"),
};

document.addEventListener("keydown", (event) => {
  const writes = event.target.closest("textarea, input, select");
  if (writes && event.key === "Enter" && (event.ctrlKey || event.metaKey) && writes.form) {
    event.preventDefault();
    writes.form.requestSubmit();
    return;
  }
  if (writes || event.ctrlKey || event.metaKey || event.altKey || !keysAreOn()) return;
  const act = KEYS[event.key];
  if (act && act()) event.preventDefault();
});

const strip = document.querySelector("[data-around]");
async function look() {
  const answer = await fetch(strip.dataset.around, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const found = await answer.json();
  const written = String(found.version) !== strip.dataset.version;
  strip.querySelector("[data-others]").hidden = !found.others;
  strip.querySelector("[data-written]").hidden = !written;
  strip.hidden = !found.others && !written;
}
const lookNow = () => { if (!document.hidden) look().catch(() => {}); };
if (strip) {
  setInterval(lookNow, TEN_SECONDS);
  document.addEventListener("visibilitychange", lookNow);
  for (const field of document.querySelectorAll("textarea[data-focus]")) field.addEventListener("focus", lookNow);
}

// What was sent counts one more piece when the page is there again, and its field is empty; what was refused comes back
// in its field. The server is told that the other field is kept here.
const drafts = strip ? [...document.querySelectorAll("textarea[data-focus]")] : [];
for (const draft of drafts) {
  const key = `draft ${strip.dataset.around.replace(/^\/\w+\//, "")} ${draft.dataset.focus}`;
  const begun = JSON.parse(sessionStorage.getItem(key) || "null");
  const isSent = begun && begun.sentAt && begun.sentAt !== strip.dataset.version;
  if (begun && !isSent && !draft.value) draft.value = begun.text;
  const keep = (sentAt) => {
    if (draft.value.trim()) sessionStorage.setItem(key, JSON.stringify({ text: draft.value, sentAt }));
    else sessionStorage.removeItem(key);
  };
  keep("");
  draft.addEventListener("input", () => keep(""));
  draft.form.addEventListener("submit", (event) => {
    const isNote = Boolean(event.submitter) && event.submitter.hasAttribute("formaction");
    keep(isNote === (draft.dataset.focus === "note") ? strip.dataset.version : "");
    if (!draft.form.elements.kept) draft.form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "kept", value: "yes" }));
  });
}
