"use strict";
// The server writes all HTML and escapes it. This script only sends files, and puts the answers in their place.

const REFRESH_MILLISECONDS = 2000;
const NO_SERVER = "The page has ended: start it again with `python -m local page`.";
const key = location.pathname.split("/")[1];
const drop = document.getElementById("drop");
const files = document.getElementById("files");
const results = document.getElementById("results");
const trouble = document.getElementById("trouble");
let work = Promise.resolve();
let shown = "";

/** Send a request; return the text of the answer, or throw an error whose message is a sentence for the user. */
async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error(NO_SERVER);
  }
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}

function send(action, file) {
  const address = `${action}?name=${encodeURIComponent(file.name)}`;
  return ask(address, {method: "PUT", body: file, headers: {"X-Cafe-Etl-Key": key}});
}

/** Show a sentence in place of the contents of a card. */
function tell(card, name, sentence) {
  const heading = document.createElement("h2");
  heading.textContent = name;
  const paragraph = document.createElement("p");
  paragraph.textContent = sentence;
  card.replaceChildren(heading, paragraph);
}

/** Show in a card what the server answers about a file. */
async function answer(card, file, action, meanwhile) {
  card.setAttribute("aria-busy", "true");
  tell(card, file.name, meanwhile);
  try {
    card.innerHTML = await send(action, file);
  } catch (error) {
    tell(card, file.name, error.message);
  }
  card.removeAttribute("aria-busy");
}

function check(file) {
  const card = document.createElement("section");
  card.className = "card result";
  results.prepend(card);
  const most = Number(drop.dataset.maxBytes);
  if (file.size > most) {
    tell(card, file.name, `The file is larger than ${most.toLocaleString("en-GB")} bytes.`);
    return;
  }
  card.addEventListener("click", event => {
    const action = event.target.dataset.action;
    if (action === "dismiss") card.remove();
    if (action === "upload") answer(card, file, "upload", "Uploading and loading …").then(refresh);
  });
  tell(card, file.name, "Waiting for its check …");
  work = work.then(() => answer(card, file, "check", "Checking …"));
}

/** Show what the cloud contains now, unless nothing has changed: what is unfolded stays so. */
async function refresh() {
  try {
    const text = await ask("./");
    trouble.hidden = true;
    if (text === shown) return;
    shown = text;
    const page = new DOMParser().parseFromString(text, "text/html");
    document.getElementById("overview").replaceWith(page.getElementById("overview"));
  } catch (error) {
    trouble.textContent = error.message;
    trouble.hidden = false;
  }
}

drop.hidden = false;
files.addEventListener("change", () => {
  [...files.files].forEach(check);
  files.value = ""; // so that the same name can be chosen again
});
// A file that misses the zone must not replace the page.
for (const name of ["dragover", "drop"]) addEventListener(name, event => event.preventDefault());
drop.addEventListener("dragover", () => drop.classList.add("over"));
drop.addEventListener("dragleave", () => drop.classList.remove("over"));
drop.addEventListener("drop", event => {
  drop.classList.remove("over");
  [...event.dataTransfer.files].forEach(check);
});
setInterval(() => document.hidden || refresh(), REFRESH_MILLISECONDS);
refresh();
