// Make the heads of sortable tables buttons: a click sorts the rows, another turns them round.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.append(...head.childNodes);
    head.append(button);
    head.setAttribute("aria-sort", "none");
    const value = (row) => {
      const cell = row.cells[column];
      return "value" in cell.dataset ? Number(cell.dataset.value) : cell.textContent;
    };
    button.addEventListener("click", () => {
      const turn = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      for (const other of table.tHead.rows[0].cells) other.setAttribute("aria-sort", "none");
      head.setAttribute("aria-sort", turn > 0 ? "ascending" : "descending");
      const order = new Intl.Collator("en", { numeric: true });
      const compare = (a, b) =>
        typeof a === "number" && typeof b === "number" ? a - b : order.compare(a, b);
      body.append(...[...body.rows].sort((a, b) => turn * compare(value(a), value(b))));
    });
  });
}
