"use strict";
// Without this script every table is there as it is; with it, numbers are to the right, a click on a header sorts the
// rows, and long tables have a filter.
(() => {
  // With what is compared with it or without: – (67.5%).
  const isDash = (text) => /^[-–—]?(\s*\(.*\))?$/.test(text);
  const asNumber = (text) => {
    // A unit may follow, and then what the number is compared with: 70.0% (67.5%, +2.5).
    const found = /^[+\-−]?(\d[\d,]*\.?\d*|\.\d+)(e[+-]?\d+)?(?=\s*[%s]?\s*($|[(/±]))/i.exec(text);
    return found ? Number(found[0].replaceAll(",", "").replace("−", "-")) : NaN;
  };
  const words = new Intl.Collator("en", { numeric: true });

  const textOf = (row, column) => (row.cells[column]?.textContent ?? "").trim();

  // What the rows are sorted by, and whether these are numbers, and nothing else but dashes.
  const keysOf = (table, column) => {
    const keys = [...table.tBodies[0].rows].map((row) => {
      const text = textOf(row, column);
      return { row, text, dash: isDash(text), number: asNumber(text) };
    });
    const filled = keys.filter((key) => !key.dash);
    const numeric = filled.length > 0 && filled.every((key) => !Number.isNaN(key.number));
    return { keys, numeric };
  };

  const sort = (table, column, direction) => {
    const { keys, numeric } = keysOf(table, column);
    // Dashes are last whatever the direction; equal rows keep their order.
    keys.sort((a, b) => {
      if (a.dash || b.dash) {
        return a.dash - b.dash;
      }
      return direction * (numeric ? a.number - b.number : words.compare(a.text, b.text));
    });
    table.tBodies[0].append(...keys.map((key) => key.row));
  };

  const makeSortable = (table) => {
    const headers = [...table.tHead.rows[0].cells];
    headers.forEach((header, column) => {
      if (keysOf(table, column).numeric) {
        [...table.rows].forEach((row) => row.cells[column]?.classList.add("number"));
      }
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = header.textContent;
      button.title = "Sort by this column";
      header.replaceChildren(button);
      button.addEventListener("click", () => {
        const ascending = header.getAttribute("aria-sort") !== "ascending";
        headers.forEach((other) => other.removeAttribute("aria-sort"));
        header.setAttribute("aria-sort", ascending ? "ascending" : "descending");
        sort(table, column, ascending ? 1 : -1);
      });
    });
  };

  const addFilter = (figure) => {
    const rows = [...figure.querySelectorAll("tbody tr")];
    const label = document.createElement("label");
    const input = document.createElement("input");
    const count = document.createElement("output");
    const show = () => {
      const wanted = input.value.trim().toLowerCase().split(/\s+/);
      for (const row of rows) {
        const text = [...row.cells].map((cell) => cell.textContent).join(" ");
        const all = `${text} ${row.title}`.toLowerCase();
        row.hidden = !wanted.every((word) => all.includes(word));
      }
      count.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} rows`;
    };
    label.className = "filter";
    input.type = "search";
    input.addEventListener("input", show);
    label.append("Filter rows by words:", input, count);
    figure.querySelector(".scroll").before(label);
    show();
  };

  document.querySelectorAll("table").forEach(makeSortable);
  document.querySelectorAll("figure.long").forEach(addFilter);
})();
