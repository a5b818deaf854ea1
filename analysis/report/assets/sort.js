// A column's header sorts its table: up, down, and back to the order of the study. Cells without a value stay last.
"use strict";
const text_order = new Intl.Collator("en", { numeric: true });

function byKey(column, direction) {
  const key = (row) => row.cells[column].dataset.key;
  return (a, b) => {
    const [x, y] = [key(a), key(b)];
    if (x === "" || y === "") return (x === "") - (y === "");
    const order = isNaN(x) || isNaN(y) ? text_order.compare(x, y) : x - y;
    return direction === "descending" ? -order : order;
  };
}

function sort(table, original, header) {
  const next = { ascending: "descending", descending: "none" }[header.getAttribute("aria-sort")] || "ascending";
  for (const other of table.tHead.rows[0].cells) other.setAttribute("aria-sort", "none");
  header.setAttribute("aria-sort", next);
  table.toggleAttribute("data-sorted", next !== "none");
  const rows = next === "none" ? original : [...original].sort(byKey(header.cellIndex, next));
  table.tBodies[0].append(...rows);
  say(next === "none" ? "Original order" : `Sorted by ${header.querySelector("button").textContent}, ${next}`);
}

for (const table of document.querySelectorAll("table[data-name]")) {
  const original = [...table.tBodies[0].rows];
  for (const header of table.tHead.rows[0].cells) {
    if (header.querySelector("button")) header.setAttribute("aria-sort", "none");
    header.querySelector("button")?.addEventListener("click", () => sort(table, original, header));
  }
}
