// A table that is wider than its window first puts intervals on lines of their own, then each row becomes a card.
"use strict";
const windows = [...document.querySelectorAll(".window")];

function labelCells(table) {
  if (table.dataset.labelled || !table.tHead) return;
  const titles = [...table.tHead.rows[0].cells].map((cell) => (cell.querySelector("button") || cell).textContent);
  for (const row of table.tBodies[0].rows)
    [...row.cells].forEach((cell, i) => { cell.dataset.label = titles[i]; });
  table.dataset.labelled = "yes";
}

function fitTables() {
  for (const one of windows) one.classList.remove("narrow", "cards");
  for (const step of ["narrow", "cards"]) {
    const wide = windows.filter((one) => one.scrollWidth > one.clientWidth);
    for (const one of wide) {
      if (step === "cards") labelCells(one.querySelector("table"));
      one.classList.add(step);
    }
  }
}

let fitted = 0;
new ResizeObserver(() => {
  if (innerWidth !== fitted) { fitted = innerWidth; fitTables(); }
}).observe(document.body);
