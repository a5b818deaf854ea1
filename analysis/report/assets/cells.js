// A click or Enter on a cell says which runs stand behind it; arrows move from cell to cell of the same table.
"use strict";
const behind = document.getElementById("behind");
const run_ids = new Map([...document.querySelectorAll("script.run-ids")].map((one) => [one.dataset.study, one]));

function runsOf(table, text) {
  const ids = JSON.parse(run_ids.get(table.dataset.study).textContent);
  return (text || "").split(",").filter(Boolean).flatMap((range) => {
    const [first, last = first] = range.split("-").map(Number);
    return ids.slice(first, last + 1);
  });
}

function listOf(title, ids) {
  const part = document.createElement("section"), head = document.createElement("h4"), all = document.createElement("ul");
  head.textContent = `${title}: ${ids.length}`;
  for (const id of ids) all.appendChild(document.createElement("li")).textContent = id;
  part.append(head, all);
  return part;
}

const slug = (parts) => parts.map((part) => part.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "")).join("-");

function leadTo(details) {
  const link = document.createElement("a");
  link.href = `#${details.id}`;
  link.textContent = `Clips: ${details.querySelector("summary").textContent}`;
  link.addEventListener("click", () => { details.open = true; behind.close(); });
  return link;
}

function openBehind(cell) {
  const table = cell.closest("table"), row = cell.parentElement;
  const places = [...row.querySelectorAll("th")].map((one) => one.textContent.trim());
  const head = table.tHead.rows[0].cells[cell.cellIndex];
  const name = (head.querySelector("button") || head).textContent.trim();
  document.getElementById("behind-title").textContent = `Runs behind ${[...places, name].join(", ")}: ${cell.textContent.trim()}`;
  const lists = [listOf("Runs", runsOf(table, cell.dataset.runs))];
  if (cell.dataset.lacks) lists.push(listOf("Without a result", runsOf(table, cell.dataset.lacks)));
  const wrong = document.getElementById(`${table.dataset.study}-wrong-${slug([...places, name])}`);
  if (wrong) lists.push(leadTo(wrong));
  behind.querySelector(".behind-runs").replaceChildren(...lists);
  behind.showModal();
}

function moveTo(cell, key) {
  const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[key];
  const rows = [...cell.closest("tbody").rows];
  let row = rows.indexOf(cell.parentElement), column = cell.cellIndex;
  for (;;) {
    row += step[0];
    column += step[1];
    const next = rows[row]?.cells[column];
    if (!next) return;
    if (next.dataset.runs) { cell.tabIndex = -1; next.tabIndex = 0; next.focus(); return; }
  }
}

for (const body of document.querySelectorAll("table[data-name] tbody")) {
  const first = body.querySelector("td[data-runs]");
  if (!first) continue;
  first.tabIndex = 0;
  body.addEventListener("click", (event) => {
    const cell = event.target.closest("td[data-runs]");
    if (cell && !event.target.closest("a, button")) openBehind(cell);
  });
  body.addEventListener("keydown", (event) => {
    const cell = event.target.closest("td[data-runs]");
    if (!cell) return;
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); openBehind(cell); }
    if (event.key.startsWith("Arrow")) { event.preventDefault(); moveTo(cell, event.key); }
  });
}
