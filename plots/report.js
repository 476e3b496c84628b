// SPDX-License-Identifier: MIT
"use strict";

// Buttons that copy; where the page may not, the text is selected for the user to copy.
for (const button of document.querySelectorAll("button[data-copy]")) {
	const label = button.textContent;
	const source = document.getElementById(button.dataset.copy);
	const say = (words) => {
		button.textContent = words;
		setTimeout(() => { button.textContent = label; }, 2000);
	};
	const select = () => {
		const range = document.createRange();
		range.selectNodeContents(source);
		const selection = getSelection();
		selection.removeAllRanges();
		selection.addRange(range);
		say("selected: press Ctrl+C");
	};
	button.addEventListener("click", () => {
		if (!navigator.clipboard)
			select();
		else
			navigator.clipboard.writeText(source.textContent).then(() => say("copied"), select);
	});
}

// The table of trials: a click on a title sorts, words in the box filter.
const table = document.getElementById("trial-table");
if (table) {
	const body = table.tBodies[0];
	const heads = [...table.tHead.rows[0].cells];
	const rows = [...body.rows];
	const texts = rows.map((row) => [...row.cells].map((cell) => cell.textContent).join(" ").toLowerCase());
	const filter = document.getElementById("filter");
	const count = document.getElementById("count");

	const sort = (column, ascending) => {
		const numeric = heads[column].classList.contains("n");
		const sign = ascending ? 1 : -1;
		const value = (row) => {
			const text = row.cells[column].textContent;
			return numeric ? (text === "" ? NaN : Number(text)) : text;
		};
		const keyed = rows.map((row, i) => ({row, i, key: value(row)}));
		keyed.sort((a, b) => {
			if (!numeric)
				return sign * a.key.localeCompare(b.key) || a.i - b.i;
			if (Number.isNaN(a.key) || Number.isNaN(b.key))
				return Number.isNaN(a.key) - Number.isNaN(b.key) || a.i - b.i;
			return sign * (a.key - b.key) || a.i - b.i;
		});
		body.append(...keyed.map((entry) => entry.row));
		heads.forEach((head, i) => {
			if (i === column)
				head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
			else
				head.removeAttribute("aria-sort");
		});
	};

	const apply = () => {
		const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
		let shown = 0;
		rows.forEach((row, i) => {
			row.hidden = !words.every((word) => texts[i].includes(word));
			shown += !row.hidden;
		});
		count.textContent = shown === rows.length ? `${shown} trials` : `${shown} of ${rows.length} trials`;
	};

	heads.forEach((head, column) => {
		const button = document.createElement("button");
		button.type = "button";
		button.textContent = head.textContent;
		button.addEventListener("click", () => sort(column, head.getAttribute("aria-sort") !== "ascending"));
		head.replaceChildren(button);
	});
	filter.addEventListener("input", apply);
}
